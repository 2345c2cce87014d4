"""Deciding whether values may be written to a record, with the account at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.sandbox.hubspot.errors import ApiError, ValueProblem, conflict, invalid_values
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


def taken(store: Store, kind: Kind, values: Values, own_id: int | None = None) -> ApiError | None:
    """The refusal of a unique value that another record has already; None when all are free."""
    definitions = store.definitions.of(kind)
    for name, value in values.items():
        is_email = (kind.name, name) == ("contacts", "email")
        if value is None or not (is_email or definitions[name]["hasUniqueValue"]):
            continue
        holder = store.objects.ids_with(kind, name, [value]).get(value.lower())
        if holder is None or holder == own_id:
            continue
        if is_email:
            return conflict(f"Contact already exists. Existing ID: {holder}")
        text = f"{value} is already the {name} of {holder}"
        return invalid_values([ValueProblem("CONFLICTING_UNIQUE_VALUE", name, text)], store.settings.portal_id)
    return None


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
