"""Results of a job in a file: rows are written once and read in pages, never all in memory.

What stays in memory is one 8-byte offset a row.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from adapters.sandbox.salesforce.bulk.csvs import Form

_CHUNK = 1 << 16


class Spool:
    """A CSV file in the making, and its pages. Each page repeats the header, as the vendor's pages do."""

    def __init__(self, path: Path, form: Form, head: bytes) -> None:
        self.path, self._form, self.head = path, form, head
        self._starts: array[int] = array("Q")
        self._end = 0
        self._file = path.open("wb")

    def __len__(self) -> int:
        return len(self._starts)

    def write(self, cells: Sequence[str]) -> None:
        """Adds one row."""
        self.write_raw(self._form.line(cells))

    def write_raw(self, line: bytes) -> None:
        """Adds one row as it is."""
        self._starts.append(self._end)
        self._end += self._file.write(line)

    def finish(self) -> None:
        """Makes the rows readable by others; more may follow."""
        self._file.flush()

    def size(self, start: int, count: int) -> int:
        """Bytes of the page of `count` rows from row `start`."""
        begin, end = self._span(start, count)
        return len(self.head) + end - begin

    def page(self, start: int, count: int) -> Iterator[bytes]:
        """The header, then `count` rows from row `start`, in pieces."""
        yield self.head
        begin, end = self._span(start, count)
        with self.path.open("rb") as file:
            file.seek(begin)
            while begin < end:
                piece = file.read(min(_CHUNK, end - begin))
                begin += len(piece)
                yield piece

    def drop(self) -> None:
        """Closes and removes the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _span(self, start: int, count: int) -> tuple[int, int]:
        return self._offset(start), self._offset(start + count)

    def _offset(self, row: int) -> int:
        return self._starts[row] if row < len(self._starts) else self._end
