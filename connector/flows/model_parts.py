"""Where the parts of a model stand in its text, and what somebody typed read as the value of a part."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from mappings import DocumentError, read_document
from mappings.splicing import YamlText

SHARED = "shared"
"""Where a criterion stands that every lead may meet; else it is the id of a product line."""
_NUMBER = re.compile(r"[-+−]?\d{1,6}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
Place = tuple[str | int, ...]


class Nonsense(Exception):
    """An edit that cannot be understood; the text is a sentence for the person who typed it."""


@lru_cache(maxsize=8)
def criterion_places(made: YamlText) -> Mapping[str, Place]:
    """The path of every criterion by its id, the shared ones first."""
    lists: list[Place] = [("criteria",)]
    lines = made.value(("product_lines",))
    lists += [("product_lines", at, "criteria") for at in range(len(lines) if isinstance(lines, list) else 0)]
    found: dict[str, Place] = {}
    for path in lists:
        criteria = made.value(path)
        for at, each in enumerate(criteria if isinstance(criteria, list) else ()):
            if isinstance(each, dict):
                found.setdefault(str(each.get("id")), (*path, at))
    return found


def criterion_place(made: YamlText, name: str) -> Place:
    """The path of one criterion. Raises `Nonsense` when the model has it no longer."""
    if (found := criterion_places(made).get(name)) is None:
        raise Nonsense(f"The model has no criterion {name!r} any more. Somebody removed it.")
    return found


def line_place(made: YamlText, line_id: str) -> Place:
    """The path of one product line. Raises `Nonsense` when the model has it no longer."""
    lines = made.value(("product_lines",))
    for at, line in enumerate(lines if isinstance(lines, list) else ()):
        if isinstance(line, dict) and line.get("id") == line_id:
            return ("product_lines", at)
    raise Nonsense(f"The model has no product line {line_id!r} any more. Somebody removed it.")


def criteria_of(made: YamlText, place: str) -> Place:
    """The path of the list of criteria that every lead (`SHARED`) or those of a product line may meet."""
    return ("criteria",) if place == SHARED else (*line_place(made, place), "criteria")


def whole_number(text: str) -> int:
    """A whole number as typed. Raises `Nonsense`."""
    if not _NUMBER.fullmatch(text.strip()):
        shown = "Nothing" if not text.strip() else f"“{text.strip()[:40]}”"
        raise Nonsense(f"{shown} is not a whole number. Write digits only, such as 25.")
    return int(text.strip().replace("−", "-"))


def one_line(text: str) -> str:
    """A text on one line, without what no keyboard types."""
    return _CONTROL.sub(" ", text).strip()


def listed(text: str) -> list[str]:
    """Words between commas, semicolons or line ends, each once."""
    return list(dict.fromkeys(word for part in re.split(r"[,;\n]", text) if (word := one_line(part))))


def one_or_list(words: Sequence[str]) -> str | list[str]:
    """A single word alone, several as a list, as models write kinds of activity."""
    return words[0] if len(words) == 1 else list(words)


def document(text: str) -> Any:
    """YAML as typed. Raises `Nonsense` with the line of what cannot be read."""
    try:
        return read_document(text)[0]
    except DocumentError as error:
        raise Nonsense(f"Line {error.line}: {error.text}. {error.mend}") from error
