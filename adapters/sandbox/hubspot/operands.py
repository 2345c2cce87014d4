"""Properties inside SQL: how each type is compared in search."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.sandbox.hubspot.errors import invalid
from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.hubspot.rendering import COLUMN_PROPERTIES
from adapters.sandbox.hubspot.times import milliseconds_of, moment
from adapters.sandbox.store import Store

_LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Operand:
    """A property inside SQL: its expression, and how a value from the request is made comparable with it."""

    expression: str
    comparable: Callable[[str], Any]
    lowered: bool = False
    """Whether the expression is in lower case, so that comparing ignores case."""


def operand(store: Store, kind: Kind, name: str) -> Operand:
    """The property as search compares it. Raises a 400 for one that does not exist."""
    definition = store.definitions.live(kind, name)
    if definition is None:
        raise invalid(f"Property with name '{name}' does not exist", propertyName=[name])
    if name in COLUMN_PROPERTIES:
        return _column(name)
    text = text_of(name)
    match definition["type"]:
        case "number":
            return Operand(f"CAST({text} AS REAL)", _decimal)
        case "datetime":
            return Operand(
                f"CASE length({text}) WHEN 20 THEN substr({text}, 1, 19) || '.000Z' ELSE {text} END", _moment
            )
        case "date":
            return Operand(text, lambda value: _moment(value)[:10])
        case "bool" | "enumeration":
            return Operand(text, str)
        case _:
            return Operand(f"lower({text})", str, lowered=True)


def _column(name: str) -> Operand:
    if name == "hs_object_id":
        return Operand("id", whole_number)
    return Operand("created_ms" if "create" in name else "updated_ms", _milliseconds)


def text_of(name: str) -> str:
    """A property's stored text in SQL. The name is that of a definition, so it holds nothing but word characters."""
    return f"json_extract(properties, '$.{name}')"


def whole_number(value: str) -> int:
    """A record id from a request. Raises a 400 for what is no number."""
    number = int(value) if value.isascii() and value.isdigit() else int(_decimal(value))
    if abs(number) > _LARGEST:
        raise invalid(f"{value} is not a valid number")
    return number


def _decimal(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise invalid(f"{value} is not a valid number")
    return number


def _milliseconds(value: str) -> int:
    at = milliseconds_of(value)
    if at is None:
        raise invalid(f"{value} is not a valid date")
    return at


def _moment(value: str) -> str:
    return moment(_milliseconds(value)).isoformat(timespec="milliseconds")[:-6] + "Z"
