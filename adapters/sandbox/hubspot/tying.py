"""Making and cutting ties in the store, and telling the listener."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from adapters.sandbox.hubspot.events import Event, Source
from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.hubspot.writing import inverse_type, with_inverse
from adapters.sandbox.store import Store
from adapters.sandbox.tables.associations import DEFAULT_TYPES, PRIMARY_TYPES, Tie


def tie_records(store: Store, one: Kind, other: Kind, ties: Sequence[Tie]) -> None:
    """Adds ties in both directions. The first company of a record becomes its primary one."""
    with store.database.writing() as connection:
        everything = [each for tie in ties for each in with_inverse(tie.from_id, [tie])]
        everything += _first_as_primary(store, one, other, ties)
        store.associations.add(connection, everything)
    _announce(store, one, other, {(tie.from_id, tie.to_id) for tie in ties}, removed=False)


def cut(store: Store, one: Kind, other: Kind, id: int, ends: Collection[int | None]) -> None:
    """Removes every tie between a record and others, in both directions."""
    with store.database.writing() as connection:
        gone = [tie for tie in store.associations.of(one, other, [id]) if tie.to_id in ends]
        back = [Tie(tie.to_kind, tie.from_kind, tie.to_id, tie.from_id, inverse_type(tie), tie.custom) for tie in gone]
        store.associations.remove(connection, gone + back)
    _announce(store, one, other, {(tie.from_id, tie.to_id) for tie in gone}, removed=True)


def _first_as_primary(store: Store, one: Kind, other: Kind, ties: Sequence[Tie]) -> list[Tie]:
    primary = PRIMARY_TYPES.get((one.name, other.name))
    if primary is None or other.name != "companies":
        return []
    starts = list(dict.fromkeys(tie.from_id for tie in ties))
    have = {tie.from_id for tie in store.associations.of(one, other, starts) if tie.type_id == primary}
    first = {tie.from_id: tie for tie in reversed(ties) if tie.from_id not in have}
    return [each for tie in first.values() for each in with_inverse(tie.from_id, [tie._replace(type_id=primary)])]


def _announce(store: Store, one: Kind, other: Kind, pairs: Collection[tuple[int, int]], *, removed: bool) -> None:
    now = store.settings.now_ms()
    source = Source("INTEGRATION", str(store.settings.app_id))
    both = [(one, other, start, end) for start, end in pairs] + [(other, one, end, start) for start, end in pairs]
    store.listener(
        (
            Event("associationChange", kind, start, now, source, _details(kind, to, start, end, removed=removed))
            for kind, to, start, end in both
        )
    )


def _details(kind: Kind, to: Kind, start: int, end: int, *, removed: bool) -> dict[str, object]:
    return {
        "associationType": f"{kind.singular}_TO_{to.singular}".upper(),
        "associationTypeId": DEFAULT_TYPES[kind.name, to.name],
        "fromObjectId": start,
        "toObjectId": end,
        "associationRemoved": removed,
        "isPrimaryAssociation": False,
    }
