"""A condition as rows of a form: all or any of several comparisons. Deeper ones are written as text.

Inputs, under a prefix: ``.join`` (all, any), and of each row ``.<n>.field`` (a field, or ``territory``), ``.<n>.op``
and ``.<n>.value``, several of it where several may be chosen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from connector.core.mapping.transforms import read_state
from connector.core.model.parsing_conditions import KNOWN, OPERATORS
from connector.core.vocabulary import FieldKind, Vocabulary
from connector.flows.form_inputs import Inputs
from connector.flows.model_parts import listed

ROWS = 5
"""Comparisons that the form offers; more are written as text."""
TERRITORY = "territory"
WORDS: Mapping[str, str] = {
    "is": "is",
    "between": "is between",
    "at_least": "is at least",
    "at_most": "is at most",
    "below": "is below",
    "in": "is one of",
    "not_in": "is none of",
    "contains": "contains",
    "starts_with": "starts with",
    "days_ahead": "lies so many days ahead",
    "known": "is known",
}
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


class Unsayable(Exception):
    """A condition that rows cannot show."""


def operators(field: str, vocabulary: Vocabulary) -> Sequence[str]:
    """How a field may be compared."""
    if field == TERRITORY:
        return ("in", "not_in")
    spec = vocabulary.fields.get(field)
    return (*OPERATORS[spec.type], KNOWN) if spec else ()


def condition_inputs(prefix: str, condition: Any) -> Inputs:
    """The inputs that show a condition, as texts. Raises `Unsayable`."""
    shown = Inputs()
    if condition is None:
        return shown
    join = next((head for head in ("all", "any") if head in condition), "all")
    parts = condition.get(join, [condition])
    if not isinstance(parts, list) or len(parts) > ROWS:
        raise Unsayable
    shown.show(f"{prefix}.join", join)
    for at, part in enumerate(parts):
        field, op, values = _comparison(part)
        shown.show(f"{prefix}.{at}.field", field)
        shown.show(f"{prefix}.{at}.op", op)
        shown.show(f"{prefix}.{at}.value", *values)
    return shown


def _comparison(part: Any) -> tuple[str, str, list[str]]:
    match part:
        case {"territory": str(name)} if len(part) == 1:
            return TERRITORY, "in", [name]
        case {"not": {"territory": str(name)}}:
            return TERRITORY, "not_in", [name]
        case {"field": field} if len(part) == len(("field", "operator")):
            op = next(key for key in part if key != "field")
            value = part[op]
            if op in ("between", "days_ahead"):
                return field, op, [" to ".join(value)]
            return field, op, [value] if isinstance(value, str) else value
    raise Unsayable


def condition_of(
    prefix: str, form: Inputs, vocabulary: Vocabulary
) -> tuple[Mapping[str, Any] | None, Mapping[str, str]]:
    """The condition that was typed, None where no row is filled, and what is wrong by input."""
    parts, problems = [], {}
    for at in range(ROWS):
        row = f"{prefix}.{at}"
        if not (field := form.get(f"{row}.field", "")):
            continue
        op = form.get(f"{row}.op", "")
        values = [value for value in form.every(f"{row}.value") if value.strip()]
        if op not in operators(field, vocabulary):
            problems[row] = "Choose how the field is compared."
        elif (value := _value(field, op, values, vocabulary)) is None:
            problems[row] = _ASKED.get(op, "Write what it is compared with.")
        else:
            parts.append(_part(field, op, value))
    if len(parts) > 1:
        return {form.get(f"{prefix}.join") if form.get(f"{prefix}.join") == "any" else "all": parts}, problems
    return (parts[0] if parts else None), problems


_ASKED = {
    "between": "Write two numbers, such as 25 to 60.",
    "days_ahead": "Write two numbers of days, such as 0 to 45.",
    "at_least": "Write a number, such as 25.",
    "at_most": "Write a number, such as 25.",
    "below": "Write a number, such as 25.",
    "is": "Choose yes or no.",
}


def _part(field: str, op: str, value: Any) -> Mapping[str, Any]:
    if field != TERRITORY:
        return {"field": field, op: value}
    return {"territory": value[0]} if op == "in" else {"not": {"territory": value[0]}}


def _value(field: str, op: str, values: Sequence[str], vocabulary: Vocabulary) -> Any:
    """What was typed as the file holds it; None where it is not what the comparison takes."""
    text = " ".join(values)
    match op:
        case "is" | "known":
            return {"true": True, "false": False}.get(text)
        case "between" | "days_ahead":
            found = numbers_in(text)
            return found if len(found) == len(("low", "high")) else None
        case "at_least" | "at_most" | "below":
            found = numbers_in(text)
            return found[0] if len(found) == 1 else None
    words = [word for value in values for word in (listed(value) if field != TERRITORY else [value])]
    if field != TERRITORY and vocabulary.fields[field].type is FieldKind.STATE:
        words = [read_state(word) or word.upper() for word in words]
    return words or None


def numbers_in(text: str) -> list[int | float]:
    """The numbers of a text, thousands marked by commas or not: ``25 to 60``."""
    text = re.sub(r"(?<=\d)\s*[-–]\s*(?=\d)", " to ", text.replace("−", "-").replace("$", ""))
    if _NUMBER.sub("", text).replace("to", "").replace("and", "").replace(",", "").strip():
        return []
    return [float(n) if "." in n else int(n) for n in (found.replace(",", "") for found in _NUMBER.findall(text))]
