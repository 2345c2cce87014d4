"""What comes back for each row of a write, and the refusals in the vendor's words.

Source of codes and messages: the SOAP API's "Core data types", StatusCode, and recorded answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.sandbox.salesforce.values import RowError


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row's outcome; a refused row has no id."""

    id: str | None
    success: bool
    errors: tuple[RowError, ...] = ()
    created: bool | None = None
    """Whether the record was made; None when the row was refused."""


def refused(error: RowError) -> RowResult:
    """The result of a row that was not written."""
    return RowResult(None, False, (error,))


def roll_back_all(results: Sequence[RowResult]) -> list[RowResult]:
    """The results when one bad row undoes the call: those that were good say so, too."""
    return [each if not each.success else refused(_ROLLED_BACK) for each in results]


def malformed_id(label: str, text: object) -> RowError:
    """The id is none: wrong length, characters or check characters."""
    return RowError("MALFORMED_ID", f"{label} ID: id value of incorrect type: {text}", ("Id",))


def bad_reference(*fields: str) -> RowError:
    """No such record, or one of another object."""
    return RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields)


def deleted(*fields: str) -> RowError:
    """The record is in the recycle bin."""
    return RowError("ENTITY_IS_DELETED", "entity is deleted", fields)


def twice(id: str) -> RowError:
    """The same id stands in an earlier row of the call."""
    return RowError("DUPLICATE_VALUE", f"duplicate id specified: {id}", ())


def missing(*fields: str) -> RowError:
    """Required fields have no value."""
    return RowError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(fields)}]", fields)


def no_such_column(name: str, sobject: str) -> RowError:
    """A field that is none, or that the user may not see."""
    return RowError("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}", ())


def not_writable(*names: str) -> RowError:
    """Fields the user may read but not write, or that nobody may write."""
    text = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and "
        "verify that it is read/write for your profile or permission set."
    )
    return RowError("INVALID_FIELD_FOR_INSERT_UPDATE", text, names)


def closed_to(doing: str, sobject: str) -> RowError:
    """An object whose records only the platform itself makes or changes."""
    return RowError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be {doing}: {sobject}", ())


def no_right() -> RowError:
    """The user may read the object's records but not do this to them."""
    return RowError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", ())


def broken_integrity(message: str, *fields: str) -> RowError:
    """Values that do not go together."""
    return RowError("FIELD_INTEGRITY_EXCEPTION", message, fields)


_ROLLED_BACK = RowError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
    (),
)
