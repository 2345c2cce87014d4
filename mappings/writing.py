"""Values written as YAML that our own reader reads back as they were."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mappings.documents import DocumentError, read_text


def scalar(value: Any, style: str = "") -> str:
    """A single value, in quotes where it needs them; `style` is the quote that stood there before."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    if style == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if style != '"' and _reads_back(text):
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in ('"', "\\"):
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def flow(value: Any) -> str:
    """Any value on one line: ``{field: age, between: [25, 60]}``."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(each) for each in value) + "]"
    return scalar(value)


def block(value: Any, edge: int = 0) -> str:
    """A block of names, one a line, or a list, one item a line, `edge` spaces from the left, without a last newline."""
    space = " " * edge
    if isinstance(value, Mapping):
        return "\n".join(f"{space}{scalar(str(key))}:{behind_key(each, edge)}" for key, each in value.items())
    return "\n".join(f"{space}- {flow(each)}" for each in value)


def behind_key(value: Any, edge: int) -> str:
    """A value as it stands behind its key's colon: on the same line, a list or block of blocks below it."""
    parts = list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else []
    if parts and isinstance(parts[0], Mapping):
        return "\n" + block(value, edge + 2)
    return f" {flow(value)}"


@lru_cache(maxsize=4096)
def _reads_back(text: str) -> bool:
    """Whether a text without quotes is read as itself, in a list as well as behind a key."""
    try:
        return bool(read_text(f"{{k: [{text}, x]}}")[0] == {"k": [text, "x"]} and text.isprintable())
    except DocumentError:
        return False
