"""Told events as CSV: a header row with the names of the fields, then an event a line.

A field of an event holds no line breaks, so every line stands for itself: a quote that is never closed costs its own
line and no other.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from connector.flows.services import Refused
from connector.flows.told import Rejected

COLUMNS = ("id", "kind", "at", "email", "crm_id", "connection", "campaign")
NEEDED = ("id", "kind", "at")
PASSED_OVER = frozenset({"line", "error", "mend"})
"""Columns of a file of rejected rows, so that it can be mended and imported as it is."""
LONGEST_LINE = 10_000
"""Bytes; an event with every field at its longest is far shorter."""


class Row(NamedTuple):
    """One event: the line it stands in (the header is line 1), its cells, and the document it makes."""

    line: int
    cells: Sequence[str]
    document: object

    def in_place(self, place: int) -> object:
        """The document for a reader who counts events from 0, not lines."""
        return self.document._replace(place=place) if isinstance(self.document, Rejected) else self.document


class Sheet:
    """A CSV being read. Raises `Refused` at once when its header cannot be understood."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.bytes_read = 0
        first = next(self._lines(), b"")
        self.header = _header(b"" if first is None else first)

    def rows(self) -> Iterator[Row]:
        """The events, one after another; blank lines are passed over."""
        for line, content in enumerate(self._lines(), 2):
            if content is None or content.strip():
                yield self._row(line, content)

    def _row(self, line: int, content: bytes | None) -> Row:
        if content is None:
            return _unreadable(line, f"The line has more than {LONGEST_LINE:,} bytes", "One event a line.")
        try:
            cells = _cells(content.decode())
        except UnicodeDecodeError:
            return _unreadable(line, "The line is not UTF-8", "Save the file as CSV UTF-8.")
        except csv.Error:
            return _unreadable(line, "The quotes in this line do not fit", 'Within quotes write a quote as "".')
        if len(cells) != len(self.header):
            text = f"The line has {len(cells)} cells, the header {len(self.header)}"
            return _unreadable(line, text, "Put quotes around a value that holds a comma.", cells)
        return Row(line, cells, self._document(cells))

    def _document(self, cells: Sequence[str]) -> dict[str, object]:
        """The event as JSON would have it; an empty cell is a field that is not there."""
        given = {name: cell for name, cell in zip(self.header, cells, strict=True) if cell and name not in PASSED_OVER}
        who = {name: given.pop(name) for name in ("email", "crm_id", "connection") if name in given}
        return {**given, "who": who}

    def _lines(self) -> Iterator[bytes | None]:
        """Line by line, however long the file; None for a line that is too long to be one."""
        while content := self._stream.readline(LONGEST_LINE + 1):
            self.bytes_read += len(content)
            whole = len(content) <= LONGEST_LINE
            while len(content) > LONGEST_LINE and not content.endswith(b"\n"):
                content = self._stream.readline(LONGEST_LINE + 1)
                self.bytes_read += len(content)
            yield content if whole else None


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line.rstrip("\r\n")], strict=True))]


def _unreadable(line: int, error: str, mend: str, cells: Sequence[str] = ()) -> Row:
    return Row(line, cells, Rejected(line, None, error, mend))


def _header(line: bytes) -> tuple[str, ...]:
    try:
        names = tuple(cell.lower() for cell in _cells(line.decode("utf-8-sig"))) if line.strip() else ()
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused("The first line is not a CSV header in UTF-8. Save the file as CSV UTF-8.") from error
    example = "For example: id,kind,at,email,campaign"
    if strange := [name for name in names if name not in COLUMNS and name not in PASSED_OVER]:
        shown = ", ".join(repr(name[:40]) for name in strange[:5])
        raise Refused(f"The header names columns that events do not have: {shown}. There are: {', '.join(COLUMNS)}.")
    if len(set(names)) < len(names):
        raise Refused(f"The header names a column twice. {example}")
    if missing := [name for name in NEEDED if name not in names]:
        raise Refused(f"The header lacks {', '.join(missing)}. {example}")
    if not {"email", "crm_id"} & set(names):
        raise Refused(f"The header has neither email nor crm_id, so no lead is named. {example}")
    return names
