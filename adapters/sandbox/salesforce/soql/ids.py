"""The ids of a result, fixed when the query ran: 18 bytes each, so that a million of them take little room."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import overload

_WIDTH = 18
_AT_ONCE = 10_000
BLOCK = 500
"""Without an ORDER BY, rows come in blocks of this many, each turned round: the vendor promises no order, and a client
that relies on rising ids shall notice."""


class Ids(Sequence[str]):
    """A sequence of ids. Any that is not 18 ASCII characters (a definition's) makes the list an ordinary one."""

    def __init__(self, cursor: sqlite3.Cursor, *, ordered: bool) -> None:
        self._packed = bytearray()
        self._loose: list[str] = []
        size = _AT_ONCE if ordered else BLOCK
        while rows := cursor.fetchmany(size):
            self._add([row[0] for row in (rows if ordered else reversed(rows))])

    def __len__(self) -> int:
        return len(self._loose) or len(self._packed) // _WIDTH

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        if self._loose:
            return self._loose[place]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        begin = (place % len(self)) * _WIDTH
        return self._packed[begin : begin + _WIDTH].decode("ascii")

    def _add(self, ids: list[str]) -> None:
        if not self._loose and all(len(each) == _WIDTH and each.isascii() for each in ids):
            self._packed += "".join(ids).encode("ascii")
            return
        self._loose = [*self, *ids]
        self._packed = bytearray()
