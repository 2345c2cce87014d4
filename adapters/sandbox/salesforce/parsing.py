"""Reading a value of a field's type from JSON or from a CSV cell.

Dates are yyyy-MM-dd and nothing else, datetimes have seconds and a zone
(https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/valid_date_format_in_records__2_0.htm).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from adapters.sandbox.salesforce.catalog import Field

_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_YEARS = range(1700, 4001)
"""Years the vendor takes."""
_TRUE, _FALSE = {"yes", "y", "true", "on", "1"}, {"no", "n", "false", "off", "0"}
_TOKENS: Mapping[type, str] = {
    str: "VALUE_STRING",
    int: "VALUE_NUMBER_INT",
    float: "VALUE_NUMBER_FLOAT",
    dict: "START_OBJECT",
    list: "START_ARRAY",
}
_OPENED: Mapping[type, str] = {dict: "{", list: "["}
"""What the vendor's message shows of an object or an array."""


class NotOfType(ValueError):
    """The value is not one of the field's type. `token` is the JSON parser's word for what was found."""

    def __init__(self, value: object) -> None:
        super().__init__(str(value))
        self.token = f"VALUE_{str(value).upper()}" if isinstance(value, bool) else _TOKENS.get(type(value), "VALUE")
        self.shown = _OPENED.get(type(value)) or (str(value).lower() if isinstance(value, bool) else str(value))


def parse_json(field: Field, value: Any) -> Any:
    """The stored form of a JSON value. Text is accepted for every type it can be read as. Raises NotOfType."""
    if isinstance(value, dict | list):
        raise NotOfType(value)
    if field.type == "boolean":
        return _boolean(value)
    if field.type in _BY_TYPE:
        if isinstance(value, bool):
            raise NotOfType(value)
        return _BY_TYPE[field.type](value)
    return _text(value)


def parse_text(field: Field, text: str) -> Any:
    """The stored form of a CSV cell. Raises NotOfType."""
    if field.type == "boolean":
        return _boolean_text(text)
    return parse_json(field, text)


def written_date(text: str) -> date | None:
    """A date like 2026-11-22; None when there is no such day, or none that the vendor takes (1700 to 4000)."""
    try:
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None
    return found if found and found.year in _YEARS else None


def written_moment(text: str) -> int | None:
    """A moment like 2026-11-22T10:11:12Z in milliseconds since 1970; None when there is no such moment, or no zone."""
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return _milliseconds(found) if found.tzinfo and found.year in _YEARS else None


def _text(value: Any) -> str | None:
    """Text as it is kept: without blanks around it, none when empty."""
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return shown.strip() or None


def _boolean(value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return int(value.strip().lower() == "true")
    raise NotOfType(value)


def _boolean_text(text: str) -> int:
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise NotOfType(text)
    return int(word in _TRUE)


def _double(value: Any) -> float | None:
    if isinstance(value, str) and not value.strip():
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise NotOfType(value) from error
    if not math.isfinite(number) or "_" in str(value):
        raise NotOfType(value)
    return number


def _int(value: Any) -> int | None:
    number = _double(value)
    if number is None:
        return None
    if number != int(number) or abs(number) >= 2**31:
        raise NotOfType(value)
    return int(number)


def _date(value: Any) -> str | None:
    if not isinstance(value, str):
        raise NotOfType(value)
    if not value.strip():
        return None
    day = written_date(value.strip())
    if day is None:
        raise NotOfType(value)
    return day.isoformat()


def _datetime(value: Any) -> int | None:
    if not isinstance(value, str):
        raise NotOfType(value)
    text = value.strip()
    if not text:
        return None
    moment = written_moment(text) if _DATETIME.fullmatch(text) else None
    if moment is None:
        raise NotOfType(value)
    return moment


def _milliseconds(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


_BY_TYPE: Mapping[str, Callable[[Any], Any]] = {
    "int": _int,
    "double": _double,
    "currency": _double,
    "percent": _double,
    "date": _date,
    "datetime": _datetime,
}
