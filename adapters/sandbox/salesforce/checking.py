"""What a field accepts beyond its type: length, range, picklist, ids, e-mail addresses."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from adapters.sandbox.salesforce.catalog import Field
from adapters.sandbox.salesforce.catalog.loading import standard_objects
from adapters.sandbox.salesforce.ids import prefix_of, to18

_UNCHECKED = {"boolean", "int", "date", "datetime", "anyType"}
_MULTIPLE_MOST = 100
_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"\\]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,}")


@dataclass(unsafe_hash=True)
class RowError(Exception):
    """Why a value or a row is refused: the vendor's code, its sentence, the fields concerned."""

    code: str
    message: str
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def checked(field: Field, value: Any) -> Any:
    """The value as it is stored: ids in 18 characters, numbers cut to the field's scale. Raises RowError."""
    if value is None:
        return None
    if field.type in _UNCHECKED:
        return value
    return _CHECKS.get(field.type, _check_text)(field, value)


def _check_text(field: Field, value: str) -> str:
    if field.length and len(value) > field.length:
        message = f"{field.label}: data value too large: {value} (max length={field.length})"
        raise RowError("STRING_TOO_LONG", message, (field.name,))
    return value


def _check_picklist(field: Field, value: str) -> str:
    if field.restricted and value not in field.picklist:
        raise _bad_choice(field, value)
    return _check_text(field, value)


def _check_multiple(field: Field, value: str) -> str:
    chosen = [part.strip() for part in value.split(";") if part.strip()]
    if field.restricted and not set(chosen) <= set(field.picklist):
        raise _bad_choice(field, value)
    if len(chosen) > _MULTIPLE_MOST:
        raise _bad_choice(field, value)
    return _check_text(field, ";".join(chosen))


def _bad_choice(field: Field, value: str) -> RowError:
    message = f"{field.label}: bad value for restricted picklist field: {value}"
    return RowError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (field.name,))


def _check_number(field: Field, value: float) -> float:
    """Digits behind the point that are too many are dropped silently, digits before it are an error
    (SOAP API Developer Guide, "Field", scale).
    """
    if field.precision and abs(value) >= 10 ** (field.precision - field.scale):
        shown = f"{value:.15g}"
        message = f"{field.label}: value outside of valid range on numeric field: {shown}"
        raise RowError("NUMBER_OUTSIDE_VALID_RANGE", message, (field.name,))
    factor = 10.0**field.scale
    return math.trunc(round(value * factor, 6)) / factor


def _check_email(field: Field, value: str) -> str:
    if not _EMAIL.fullmatch(value) or ".." in value:
        raise RowError("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {value}", (field.name,))
    return _check_text(field, value)


def _check_reference(field: Field, value: str) -> str:
    found = to18(value)
    allowed = {_prefixes().get(name) for name in field.reference_to}
    if found is None or (allowed and None not in allowed and prefix_of(found) not in allowed):
        raise RowError("MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", (field.name,))
    return found


@cache
def _prefixes() -> Mapping[str, str]:
    return {each.name: each.prefix for each in standard_objects().values() if each.prefix}


_CHECKS: Mapping[str, Callable[[Field, Any], Any]] = {
    **dict.fromkeys(("double", "currency", "percent"), _check_number),
    "picklist": _check_picklist,
    "multipicklist": _check_multiple,
    "email": _check_email,
    **dict.fromkeys(("reference", "id"), _check_reference),
}
