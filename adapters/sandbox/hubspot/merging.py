"""Merging two records into a new one, and forgetting a person for good. Docs: "Contacts", "Using object APIs"."""

from __future__ import annotations

from flask import Response

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import answer, nothing, required, sent
from adapters.sandbox.hubspot.common import find_by, find_live, integration, key_of, kind_of
from adapters.sandbox.hubspot.errors import ApiError, invalid, not_found
from adapters.sandbox.hubspot.events import Event, Source
from adapters.sandbox.hubspot.gate import require_records
from adapters.sandbox.hubspot.kinds import KINDS, Kind
from adapters.sandbox.hubspot.rendering import written
from adapters.sandbox.hubspot.routes import api
from adapters.sandbox.hubspot.writing import with_inverse
from adapters.sandbox.store import Store
from adapters.sandbox.tables.objects import StoredObject

MERGES_MOST = 250


@api.post("/crm/v3/objects/<type>/merge")
def merge_records(type: str) -> Response:
    """Two records become one with a new id; both old ids lead to it from then on."""
    kind = kind_of(type)
    require_records(kind, "write")
    body = sent()
    required(body, "primaryObjectId", "objectIdToMerge")
    winner, loser = str(body["primaryObjectId"]), str(body["objectIdToMerge"])
    with hub().store.database.alone():
        found = find_live(kind, [winner, loser])
        if winner not in found or loser not in found:
            raise not_found()
        if found[winner].id == found[loser].id:
            raise invalid("A record cannot be merged with itself")
        merged = merge(hub().store, kind, found[winner], found[loser], integration())
    return answer(written(hub().store, kind, [(merged, ["hs_merged_object_ids"])])[0])


@api.post("/crm/v3/objects/contacts/gdpr-delete")
def gdpr_delete() -> Response:
    """Erases a contact: the record, its history and its ties."""
    kind = KINDS["contacts"]
    require_records(kind, "write")
    body = sent()
    required(body, "objectId")
    asked = str(body["objectId"])
    found = find_by(kind, key_of(body), [asked]).get(asked)
    if found is None:
        raise not_found()
    erase(hub().store, kind, found, integration())
    return nothing()


def merge(store: Store, kind: Kind, winner: StoredObject, loser: StoredObject, source: Source) -> StoredObject:
    """The record both become: the winner's values, the loser's where the winner has none, and everybody's ties."""
    before = [each for one in (winner, loser) for each in _merged_before(one)]
    if len(before) > MERGES_MOST:
        raise ApiError(414, f"Cannot have more than {MERGES_MOST} identities on a profile", "VALIDATION_ERROR")
    old_ids = sorted({*before, winner.id, loser.id})
    lineage = {"hs_merged_object_ids": ";".join(map(str, old_ids))}
    properties = loser.properties | winner.properties | lineage
    with store.database.writing() as connection:
        now = store.settings.now_ms()
        new_id = store.objects.reserve_ids(connection, kind, 1)
        merged = StoredObject(new_id, min(winner.created_ms, loser.created_ms), now, None, properties)
        ties = [tie for one in (winner, loser) for tie in store.associations.remove_all(connection, kind, one.id)]
        ours = (winner.id, loser.id)
        kept = [tie for tie in ties if not (tie.to_kind == kind.number and tie.to_id in ours)]
        store.objects.delete(connection, kind, ours)
        store.stale.forget(connection, kind, ours)
        store.objects.insert(connection, kind, [merged])
        store.objects.record_merge(connection, kind, ours, new_id)
        store.history.move(connection, kind, winner.id, new_id)
        store.history.forget(connection, kind, loser.id)
        store.stale.hide(connection, kind, [new_id], now + int(store.settings.search_lag * 1000))
        store.associations.add(connection, with_inverse(new_id, kept))
    moved = sum(name not in winner.properties for name in loser.properties)
    details = {
        "primaryObjectId": winner.id,
        "mergedObjectIds": [loser.id],
        "newObjectId": new_id,
        "numberOfPropertiesMoved": moved,
        "changeFlag": "MERGED",
    }
    store.listener([Event("merge", kind, winner.id, now, source, details)])
    return merged


def erase(store: Store, kind: Kind, item: StoredObject, source: Source) -> None:
    """Removes a record with everything that hangs on it. Listeners hear of a deletion and of a privacy deletion."""
    with store.database.writing() as connection:
        now = store.settings.now_ms()
        store.associations.remove_all(connection, kind, item.id)
        store.history.forget(connection, kind, item.id)
        store.stale.forget(connection, kind, [item.id])
        store.objects.delete(connection, kind, [item.id])
    flag = {"changeFlag": "DELETED"}
    store.listener(
        [
            Event("privacyDeletion", kind, item.id, now, source, {}),
            Event("deletion", kind, item.id, now, source, flag),
        ]
    )


def _merged_before(item: StoredObject) -> list[int]:
    return [int(each) for each in item.properties.get("hs_merged_object_ids", "").split(";") if each]
