"""Deciding whether values may be written to a record, with the account at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.sandbox.hubspot.errors import ApiError, conflict, invalid_values
from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.hubspot.values import checked
from adapters.sandbox.hubspot.writing import Values
from adapters.sandbox.store import Store


def checked_values(store: Store, kind: Kind, values: Mapping[str, Any]) -> Values:
    """The values in stored form. Raises the vendor's 400 that lists every value refused."""
    good, problems = checked(store.definitions.of(kind), values, lambda: _owner_ids(store))
    if problems:
        raise invalid_values(problems, store.settings.portal_id)
    return good


def contact_of_that_email(store: Store, kind: Kind, values: Values, own_id: int | None = None) -> ApiError | None:
    """The 409 for an e-mail address that another contact has already; None when it is free."""
    email = values.get("email")
    if kind.name != "contacts" or not email:
        return None
    holder = store.objects.ids_with(kind, "email", [email]).get(email)
    if holder is None or holder == own_id:
        return None
    return conflict(f"Contact already exists. Existing ID: {holder}")


def _owner_ids(store: Store) -> set[str]:
    return {str(owner.id) for owner in store.owners.all() if not owner.archived}


def missing_for_creation(kind: Kind, values: Values) -> ApiError | None:
    """The 400 for a new record that lacks what its kind cannot be without; None when it may be created."""
    if kind.is_activity:
        wanted = ["hs_timestamp"]
    elif kind.name == "contacts":
        wanted = ["email", "firstname", "lastname"]
    else:
        return None
    if any(values.get(name) for name in wanted):
        return None
    message = f"Error creating {kind.singular.upper()}. Some required properties were not set."
    return ApiError(400, message, "VALIDATION_ERROR", context={"properties": wanted})
