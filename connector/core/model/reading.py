"""Reading single values of a model document. Each notes what is wrong and gives something harmless to go on with."""

from __future__ import annotations

import re
from collections.abc import Iterable

from connector.core.nodes import Node, quoted

_ID = re.compile(r"[a-z][a-z0-9_]*")


def whole(node: Node, low: int, high: int, what: str) -> int:
    """A whole number from `low` to `high` that must be there; `what` completes "... must be"."""
    if isinstance(node.value, int) and not isinstance(node.value, bool) and low <= node.value <= high:
        return node.value
    shown = "missing" if node.value is None else quoted(node.value)
    node.refuse(f"{node.path[-1]} is {shown}.", f"Write {what}: a whole number from {low} to {high}.")
    return low


def number(node: Node) -> float:
    """A number that must be there."""
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value)
    node.refuse(
        f"{quoted(node.value)} is not a number.", "Write a plain number without signs or commas, such as 75000."
    )
    return 0.0


def truth(node: Node) -> bool:
    """A yes or no that must be there."""
    if isinstance(node.value, bool):
        return node.value
    node.refuse(f"{quoted(node.value)} is neither true nor false.", "Write true or false.")
    return False


def name(node: Node, what: str) -> str:
    """An id in small letters, digits and underscores that must be there."""
    text = node.need(what)
    if text and not _ID.fullmatch(text):
        node.refuse(
            f"{quoted(text)} is not an id.", "Use small letters, digits and underscores, starting with a letter."
        )
    return text


def sentence(node: Node, what: str, most: int = 120) -> str:
    """A text on one line of at most `most` characters that must be there."""
    text = node.need(what)
    if len(text) > most or "\n" in text:
        node.refuse(f"{node.path[-1]} is too long for a line.", f"Keep it to one line of at most {most} characters.")
    return text


def words(node: Node, what: str) -> tuple[str, ...]:
    """A list of at least one text, or a single text."""
    found = node.texts()
    if not found:
        node.refuse(f"{node.path[-1]} is empty.", f"Name at least one: {what}.")
    return found


def block(node: Node, keys: Iterable[str]) -> bool:
    """Whether this is a block of names with values; unknown names are noted."""
    if not isinstance(node.value, dict):
        node.refuse(
            f"A block was expected here, not {quoted(node.value)}.", f"Write it as `name: value`, with {listing(keys)}."
        )
        return False
    node.only(*keys)
    return True


def listing(words: Iterable[str]) -> str:
    """Names for a sentence: ``a, b or c``."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
