"""What a property accepts and in which form it is kept.

Codes and texts are the vendor's where an answer was recorded (PROPERTY_DOESNT_EXIST, INVALID_OPTION, INVALID_INTEGER,
INVALID_LONG, INVALID_DATE, INVALID_EMAIL, READ_ONLY_VALUE); value forms: docs "Properties".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from adapters.sandbox.hubspot.errors import ValueProblem
from adapters.sandbox.hubspot.times import iso, milliseconds_of, moment
from adapters.sandbox.tables.definitions import Definition

LONGEST_TEXT = 65_536
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[^@\s,;<>()\[\]\"]+\.[A-Za-z]{2,}")


class Refused(Exception):
    """The value does not fit; `code` and `text` are the vendor's."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def checked(
    definitions: Mapping[str, Definition], values: Mapping[str, Any], owners: Callable[[], set[str]]
) -> tuple[dict[str, str | None], list[ValueProblem]]:
    """The values in stored form (None clears), and what is wrong with the others. `owners` gives valid owner ids."""
    good: dict[str, str | None] = {}
    problems: list[ValueProblem] = []
    for name, value in values.items():
        try:
            good[name] = _checked(definitions.get(name), name, value, owners)
        except Refused as refused:
            problems.append(ValueProblem(refused.code, name, refused.text))
    return good, problems


def _checked(definition: Definition | None, name: str, value: Any, owners: Callable[[], set[str]]) -> str | None:
    if definition is None or definition["archived"]:
        raise Refused("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    if definition["modificationMetadata"]["readOnlyValue"]:
        raise Refused("READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.')
    text = _as_text(value)
    if text == "":
        return None
    if definition.get("referencedObjectType") == "OWNER":
        return _owner(text, owners())
    if name == "email":
        return _email(text)
    return _BY_TYPE[definition["type"]](definition, text)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise Refused("INVALID_STRING", f"{value} was not a valid value.")


def _string(_: Definition, text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise Refused(
            "PROPERTY_VALUE_TOO_LONG", f"The value is {len(text)} characters long; {LONGEST_TEXT} are allowed."
        )
    return text


def _number(_: Definition, text: str) -> str:
    if not _NUMBER.fullmatch(text.strip()):
        raise Refused("INVALID_INTEGER", f"{text} was not a valid number.")
    return format(Decimal(text.strip()), "f")


def _boolean(_: Definition, text: str) -> str:
    if text.lower() not in ("true", "false"):
        raise Refused("INVALID_BOOLEAN", f"{text} was not a valid boolean.")
    return text.lower()


def _enumeration(definition: Definition, text: str) -> str:
    allowed = [option["value"] for option in definition["options"]]
    chosen = [part for part in text.split(";") if part] if definition["fieldType"] == "checkbox" else [text]
    for value in chosen:
        if value not in allowed and not definition["externalOptions"]:
            raise Refused("INVALID_OPTION", f"{value} was not one of the allowed options: [{', '.join(allowed)}]")
    return text


def _date(_: Definition, text: str) -> str:
    at = milliseconds_of(text)
    if at is None:
        raise Refused("INVALID_DATE", f"{text} was not a valid date.")
    if at % 86_400_000:
        clock = moment(at).strftime("%H:%M:%S.%f")[:-3]
        raise Refused("INVALID_DATE", f"{text} is at {clock} UTC, not midnight!")
    return moment(at).date().isoformat()


def _datetime(_: Definition, text: str) -> str:
    at = milliseconds_of(text)
    if at is None:
        raise Refused("INVALID_LONG", f"{text} was not a valid long.")
    return iso(at)


def _owner(text: str, known: set[str]) -> str:
    if text not in known:
        raise Refused("INVALID_OWNER_ID", f"Owner {text} does not exist")
    return text


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text.strip()):
        raise Refused("INVALID_EMAIL", f"Email address {text} is invalid")
    return text.strip().lower()


_BY_TYPE: dict[str, Callable[[Definition, str], str]] = {
    "string": _string,
    "phone_number": _string,
    "json": _string,
    "object_coordinates": _string,
    "number": _number,
    "bool": _boolean,
    "enumeration": _enumeration,
    "date": _date,
    "datetime": _datetime,
}
