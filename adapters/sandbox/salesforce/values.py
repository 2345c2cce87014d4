"""Stored values, and the forms they have in JSON and in the CSV of Bulk API 2.0.

Stored: booleans 0 and 1, numbers, dates "2026-11-22", datetimes in milliseconds since 1970 UTC, text; empty is None.
Sources: SOAP API Developer Guide, "Core Data Types"; Bulk API 2.0 guide, "Valid CSV Record Rows".
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from adapters.sandbox.salesforce.catalog import Field
from adapters.sandbox.salesforce.checking import RowError, checked
from adapters.sandbox.salesforce.parsing import NotOfType, parse_json, parse_text

__all__ = ["CLEARED", "RowError", "from_csv", "from_json", "stamp", "to_csv", "to_json"]

CLEARED = "#N/A"
"""In a CSV: empty the field. An empty cell leaves it alone, which is for the caller to know."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_FROM, _PLAIN_TO = 1e-3, 1e7
"""Java writes doubles outside this range with an exponent."""


def to_json(field: Field, stored: Any) -> Any:
    """A stored value as the REST API answers it: datetimes like "2026-11-22T10:11:12.000+0000"."""
    if field.type == "boolean":
        return bool(stored)
    if stored is None:
        return None
    if field.type == "datetime":
        return f"{_moment(stored)}+0000"
    if field.type == "int":
        return int(stored)
    return float(stored) if field.numeric else stored


def to_csv(field: Field, stored: Any) -> str:
    """A stored value as Bulk API 2.0 answers it: datetimes like "2026-11-22T10:11:12.000Z", "" for none."""
    if field.type == "boolean":
        return "true" if stored else "false"
    if stored is None:
        return ""
    if field.type == "datetime":
        return f"{_moment(stored)}Z"
    if field.type == "int":
        return str(int(stored))
    return _java_double(float(stored)) if field.numeric else str(stored)


def stamp(milliseconds: int) -> str:
    """A moment as the REST API tells of jobs and deletions, in whole seconds: "2026-11-22T10:11:12.000+0000"."""
    return f"{_moment(milliseconds // 1000 * 1000)}+0000"


def from_json(field: Field, value: Any) -> Any:
    """The stored form of a value from a JSON body; None empties the field.

    Raises RowError. A value of a wrong type has the code JSON_PARSER_ERROR: for the vendor that is a body it cannot
    read, and the whole request is refused.
    """
    if value is None:
        return _empty(field)
    try:
        return checked(field, parse_json(field, value))
    except NotOfType as error:
        message = (
            f"Cannot deserialize instance of {field.type} from {error.token} value {error.shown} or request may be "
            "missing a required field at [line:1, column:1]"
        )
        raise RowError("JSON_PARSER_ERROR", message) from error


def from_csv(field: Field, text: str) -> Any:
    """The stored form of a cell; "#N/A" and "" are None. Raises RowError."""
    if text in {CLEARED, ""}:
        return _empty(field)
    try:
        return checked(field, parse_text(field, text))
    except NotOfType as error:
        raise _wrong_type(field, text) from error


def _empty(field: Field) -> None:
    if field.type == "boolean":
        raise _wrong_type(field, "null")


def _wrong_type(field: Field, shown: str) -> RowError:
    message = f"{field.label}: value not of required type: {shown}"
    return RowError("INVALID_TYPE_ON_FIELD_IN_RECORD", message, (field.name,))


def _moment(milliseconds: int) -> str:
    seconds, thousandths = divmod(int(milliseconds), 1000)
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{thousandths:03}"


def _java_double(number: float) -> str:
    """A number as Java's Double.toString writes it: 87.0, 1.39E8 (https://github.com/forcedotcom/cli/issues/3367)."""
    if number == 0 or _PLAIN_FROM <= abs(number) < _PLAIN_TO:
        return repr(number)
    exact = Decimal(repr(number)).normalize()
    first, *rest = (str(digit) for digit in exact.as_tuple().digits)
    return f"{'-' if number < 0 else ''}{first}.{''.join(rest) or '0'}E{exact.adjusted()}"
