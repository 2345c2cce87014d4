"""What the record page does to the store, in the same way as the API: through checking, history and webhooks."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.sandbox.hubspot.checking import checked_values
from adapters.sandbox.hubspot.errors import ApiError
from adapters.sandbox.hubspot.events import Source
from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.hubspot.writing import apply
from adapters.sandbox.store import Store
from adapters.sandbox.tables.objects import StoredObject

__all__ = ["ApiError", "change_by_hand"]


def change_by_hand(
    store: Store, type: str, id: str | int, values: Mapping[str, str | None], user_id: int
) -> StoredObject:
    """A user changes properties of a live record on the CRM's own screen; None or "" clears one.

    Webhooks carry ``changeSource: CRM_UI`` and ``sourceId: userId:…``. Raises `ApiError` (its ``message`` is the
    vendor's sentence) when a value does not fit, and `LookupError` when there is no such record.
    """
    kind = KINDS[type]
    with store.database.alone():
        found = store.find(type, id)
        if found is None:
            raise LookupError(f"there is no {kind.singular} {id}")
        checked = checked_values(store, kind, values)
        return apply(store, kind, [(found, checked)], Source.user(user_id))[found.id]
