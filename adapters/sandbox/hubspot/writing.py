"""Changing records: the one way through which the API, the record page and merges all go.

Values are checked before (``checking``); here they are applied, remembered in the history, kept from search for a
while, and announced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from adapters.sandbox.hubspot.derived import after_activity, consequences, without_steps_back
from adapters.sandbox.hubspot.events import Event, Source
from adapters.sandbox.hubspot.kinds import KINDS, Kind
from adapters.sandbox.store import Store
from adapters.sandbox.tables.associations import DEFAULT_TYPES, PRIMARY_TYPES, Tie
from adapters.sandbox.tables.history import Change
from adapters.sandbox.tables.objects import StoredObject

Values = Mapping[str, str | None]
_OUR_OWN_WORK = Source("CALCULATED", None)


class NewRecord(NamedTuple):
    """A record to create: checked values, and its ties with the `from_id` still open (0)."""

    values: Values
    ties: Sequence[Tie] = ()


class _Outcome(NamedTuple):
    before: StoredObject
    after: StoredObject
    changed: dict[str, str | None]
    """By property, what was asked for and differs."""
    derived: dict[str, str | None]


def update(store: Store, kind: Kind, values: Mapping[int, Values], source: Source) -> dict[int, StoredObject]:
    """Applies checked values to records by id and returns them as they are now; unknown ids are passed over."""
    with store.database.alone():
        found = store.objects.get_many(kind, values)
        return apply(store, kind, [(item, values[each]) for each, item in found.items()], source)


def apply(
    store: Store, kind: Kind, changes: Sequence[tuple[StoredObject, Values]], source: Source
) -> dict[int, StoredObject]:
    """Applies checked values to live records and returns them as they are now, by id.

    The caller read the records under ``database.alone()`` and still holds it. All is done in one transaction with one
    modified date. A record whose values were these already is not touched, unless the
    settings say that identical writes count.
    """
    with store.database.writing() as connection:
        now = store.settings.now_ms()
        outcomes = [_applied(kind, before, values, now) for before, values in changes]
        touched = [each for each in outcomes if each.changed or each.derived or store.settings.identical_write_touches]
        store.stale.prune(connection, now)
        store.stale.keep(connection, kind, [each.before.id for each in touched], _visible_at(store, now))
        store.objects.update(connection, kind, (each.after for each in touched))
        store.history.add(connection, [change for each in touched for change in _changes(kind, each, now, source)])
    store.listener(event for each in touched for event in _events(kind, each, now, source))
    return {before.id: before for before, _ in changes} | {each.after.id: each.after for each in touched}


def create(store: Store, kind: Kind, records: Sequence[NewRecord], source: Source) -> list[StoredObject]:
    """Creates records with their ties and returns them in the same order."""
    with store.database.writing() as connection:
        now = store.settings.now_ms()
        first = store.objects.reserve_ids(connection, kind, len(records))
        made = [_made(kind, first + place, record.values, now, source) for place, record in enumerate(records)]
        store.objects.insert(connection, kind, made)
        store.stale.prune(connection, now)
        store.stale.hide(connection, kind, (item.id for item in made), _visible_at(store, now))
        ties = [tie for item, record in zip(made, records, strict=True) for tie in with_inverse(item.id, record.ties)]
        store.associations.add(connection, ties)
    store.listener(Event("creation", kind, item.id, now, source, {"changeFlag": "NEW"}) for item in made)
    if kind.is_activity:
        _count_activity(store, kind, ties)
    return made


def archive(store: Store, kind: Kind, ids: Sequence[int], source: Source) -> None:
    """Puts live records in the bin; search forgets them at once. Unknown ids are passed over."""
    _set_archived(store, kind, ids, source, archived=True)


def restore(store: Store, kind: Kind, ids: Sequence[int], source: Source) -> None:
    """Takes records out of the bin."""
    _set_archived(store, kind, ids, source, archived=False)


def with_inverse(from_id: int, ties: Sequence[Tie]) -> list[Tie]:
    """These ties from a record, and the same ties seen from the other side."""
    out = [tie._replace(from_id=from_id) for tie in ties]
    back = [Tie(tie.to_kind, tie.from_kind, tie.to_id, tie.from_id, inverse_type(tie), tie.custom) for tie in out]
    return out + back


def inverse_type(tie: Tie) -> int:
    """The type id of the tie as seen from the other side. An account's own labels come in pairs: even out, odd back."""
    if tie.custom:
        return tie.type_id ^ 1
    return _INVERSE.get((tie.from_kind, tie.to_kind, tie.type_id), tie.type_id)


def _applied(kind: Kind, before: StoredObject, values: Values, now: int) -> _Outcome:
    old = before.properties
    wanted = without_steps_back(kind, old, values)
    changed = {name: value for name, value in wanted.items() if value != old.get(name)}
    derived = consequences(kind, changed, now)
    properties = {name: value for name, value in (old | changed | derived).items() if value is not None}
    return _Outcome(before, before._replace(updated_ms=now, properties=properties), changed, derived)


def _made(kind: Kind, id: int, values: Values, now: int, source: Source) -> StoredObject:
    given = {name: value for name, value in values.items() if value is not None}
    worked_out = {name: value for name, value in consequences(kind, given, now).items() if value is not None}
    origin = {"hs_object_source": source.type, "hs_object_source_label": source.type}
    if source.id:
        origin["hs_object_source_id"] = source.id
    return StoredObject(id, now, now, None, given | worked_out | origin)


def _changes(kind: Kind, outcome: _Outcome, now: int, source: Source) -> list[Change]:
    old = outcome.before.properties
    return [
        Change(kind.number, outcome.before.id, name, now, value, old.get(name), by.type, by.id)
        for values, by in ((outcome.changed, source), (outcome.derived, _OUR_OWN_WORK))
        for name, value in values.items()
    ]


def _events(kind: Kind, outcome: _Outcome, now: int, source: Source) -> Iterator[Event]:
    return (
        Event(
            "propertyChange", kind, outcome.after.id, now, source, {"propertyName": name, "propertyValue": value or ""}
        )
        for name, value in outcome.changed.items()
    )


def _set_archived(store: Store, kind: Kind, ids: Sequence[int], source: Source, *, archived: bool) -> None:
    with store.database.writing() as connection:
        now = store.settings.now_ms()
        found = store.objects.get_many(kind, ids).values()
        moved = [
            item._replace(archived_ms=now if archived else None, updated_ms=now)
            for item in found
            if (item.archived_ms is None) == archived
        ]
        store.objects.update(connection, kind, moved)
        store.stale.forget(connection, kind, (item.id for item in moved))
    what, flag = ("deletion", "DELETED") if archived else ("restore", "RESTORED")
    store.listener(Event(what, kind, item.id, now, source, {"changeFlag": flag}) for item in moved)


def _count_activity(store: Store, kind: Kind, ties: Sequence[Tie]) -> None:
    contacts = KINDS["contacts"]
    ids = {tie.to_id for tie in ties if tie.from_kind == kind.number and tie.to_kind == contacts.number}
    now = store.settings.now_ms()
    with store.database.alone():
        live = [each for each in store.objects.get_many(contacts, ids).values() if each.archived_ms is None]
        apply(store, contacts, [(each, after_activity(kind, each.properties, now)) for each in live], _OUR_OWN_WORK)


def _visible_at(store: Store, now: int) -> int:
    return now + int(store.settings.search_lag * 1000)


def _inverse_types() -> dict[tuple[int, int, int], int]:
    return {
        (KINDS[start].number, KINDS[end].number, type_id): table[end, start]
        for table in (DEFAULT_TYPES, PRIMARY_TYPES)
        for (start, end), type_id in table.items()
    }


_INVERSE = _inverse_types()
