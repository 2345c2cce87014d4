"""String literals: what stands between the quotes, as text and as a pattern of LIKE."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_LETTERS = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "b": "\b",
    "f": "\f",
    "N": "\n",
    "R": "\r",
    "T": "\t",
    "B": "\b",
    "F": "\f",
}
_PLAIN = "\"'\\_%"


def text_of(literal: str) -> str | None:
    """The text of a quoted literal; None when it has an escape the language does not know."""
    return _replaced(literal[1:-1], like=False)


def pattern_of(literal: str) -> str | None:
    """The literal as a pattern for SQLite's LIKE with the escape character ``\\``; None for an unknown escape.

    ``\\%`` and ``\\_`` stand for themselves.
    """
    return _replaced(literal[1:-1], like=True)


def _replaced(inside: str, *, like: bool) -> str | None:
    """Every escape replaced; a lone backslash would end the literal, so the grammar lets none through."""
    pieces, after = [], 0
    for match in _ESCAPE.finditer(inside):
        character = _character(match[1], like=like)
        if character is None:
            return None
        pieces += [inside[after : match.start()], character]
        after = match.end()
    return "".join([*pieces, inside[after:]])


def _character(escape: str, *, like: bool) -> str | None:
    if len(escape) == 5:
        letter = chr(int(escape[1:], 16))
        return None if "\ud800" <= letter <= "\udfff" else letter
    if escape in _PLAIN:
        return "\\" + escape if like and escape in "\\_%" else escape
    return _LETTERS.get(escape)
