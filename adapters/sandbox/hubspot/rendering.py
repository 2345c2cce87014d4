"""A record as the API shows it: every value a string or null, times in ISO."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import request

from adapters.sandbox.hubspot.kinds import KINDS, Kind
from adapters.sandbox.hubspot.times import iso
from adapters.sandbox.store import Store
from adapters.sandbox.tables.associations import PRIMARY_TYPES, Tie
from adapters.sandbox.tables.history import Change
from adapters.sandbox.tables.objects import StoredObject

VERSIONS_SHOWN = 20
_CREATED = ("createdate", "hs_createdate")
_MODIFIED = ("lastmodifieddate", "hs_lastmodifieddate")
COLUMN_PROPERTIES = frozenset((*_CREATED, *_MODIFIED, "hs_object_id"))


class View:
    """How records of one kind are shown for one request: the named properties and the ones that always come.

    A property that is defined and empty is null; one that is not defined is missing without a word (docs, "Contacts").
    """

    def __init__(self, store: Store, kind: Kind, names: Iterable[str], history: Sequence[str] = ()) -> None:
        self._store, self._kind, self._history = store, kind, list(history)
        wanted = {*names, *history} or set(kind.default_properties)
        always = {kind.created_property, kind.modified_property, "hs_object_id"}
        definitions = store.definitions.of(kind)
        known = {name for name in wanted if name in definitions and not definitions[name]["archived"]}
        self._names = sorted(known - COLUMN_PROPERTIES)
        self._columns = sorted((known & COLUMN_PROPERTIES) | always)
        self._address = f"{request.host_url}contacts/{store.settings.portal_id}/record/{kind.type_id}/"

    def show(self, item: StoredObject) -> dict[str, Any]:
        """One record."""
        created, modified = iso(item.created_ms), iso(item.updated_ms)
        values: dict[str, str | None] = {name: item.properties.get(name) for name in self._names}
        for name in self._columns:
            values[name] = created if name in _CREATED else modified if name in _MODIFIED else str(item.id)
        body: dict[str, Any] = {
            "id": str(item.id),
            "properties": values,
            "createdAt": created,
            "updatedAt": modified,
            "archived": item.archived_ms is not None,
            "url": f"{self._address}{item.id}",
        }
        if item.archived_ms is not None:
            body["archivedAt"] = iso(item.archived_ms)
        return body

    def show_all(self, items: Sequence[StoredObject]) -> list[dict[str, Any]]:
        """Several records, with past values where they were asked for."""
        shown = [self.show(item) for item in items]
        if self._history and items:
            changes = self._store.history.of(self._kind, [item.id for item in items], self._history)
            for item, body in zip(items, shown, strict=True):
                body["propertiesWithHistory"] = {
                    name: _versions(item, name, changes.get((item.id, name), [])) for name in self._history
                }
        return shown


def written(store: Store, kind: Kind, items: Iterable[tuple[StoredObject, Iterable[str]]]) -> list[dict[str, Any]]:
    """Records as the answer to a write shows them: what was written and what always comes, not the whole record."""
    views: dict[tuple[str, ...], View] = {}
    shown = []
    for item, names in items:
        key = (*names, "hs_object_id")
        view = views[key] if key in views else views.setdefault(key, View(store, kind, key))
        shown.append(view.show(item))
    return shown


def inline_ties(store: Store, kind: Kind, others: Sequence[Kind], ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The ``associations`` of records as a list shows them, by record id; records without any are absent."""
    found: dict[int, dict[str, Any]] = {}
    for other in others:
        for tie in store.associations.of(kind, other, ids):
            results = found.setdefault(tie.from_id, {}).setdefault(other.name, {"results": []})["results"]
            results.append({"id": str(tie.to_id), "type": _tie_name(kind, other, tie)})
    return found


def _tie_name(kind: Kind, other: Kind, tie: Tie) -> str:
    name = f"{kind.singular}_to_{other.singular}"
    primary = PRIMARY_TYPES.get((kind.name, other.name))
    return name if primary is None or tie.type_id == primary else f"{name}_unlabeled"


def _versions(item: StoredObject, name: str, changes: list[Change]) -> list[dict[str, Any]]:
    versions = [_version(change.value, change.at_ms, change.source_type, change.source_id) for change in changes]
    first = changes[-1].previous if changes else item.properties.get(name)
    if first is not None:
        origin = item.properties.get("hs_object_source", "CRM_UI")
        versions.append(_version(first, item.created_ms, origin, item.properties.get("hs_object_source_id")))
    return versions[:VERSIONS_SHOWN]


def _version(value: str | None, at_ms: int, source: str, source_id: str | None) -> dict[str, Any]:
    version = {"value": value or "", "timestamp": iso(at_ms), "sourceType": source}
    return version if source_id is None else version | {"sourceId": source_id}


def kinds_named(names: Iterable[str]) -> list[Kind]:
    """The kinds among these names, in their own order."""
    wanted = {name.lower() for name in names}
    return [kind for kind in KINDS.values() if wanted & {kind.name, kind.singular, kind.type_id}]
