"""The CSV of Bulk API 2.0: what it writes, and what it refuses to read.

Facts: Bulk API 2.0 Guide, "Prepare CSV files" (RFC 4180 quoting, six delimiters, two line endings). Python's own
reader forgives a quote inside an unquoted value; Salesforce does not, so rows are checked before they are split.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}


class BadCsv(ValueError):
    """The file as a whole cannot be read; the text is the job's `errorMessage`."""


@dataclass(frozen=True, slots=True)
class Form:
    """The delimiter and line ending of a job, by the vendor's names."""

    delimiter: str = "COMMA"
    ending: str = "LF"

    def line(self, cells: Sequence[str]) -> bytes:
        """One line of a result: every value in double quotes."""
        text = io.StringIO()
        csv.writer(
            text, delimiter=DELIMITERS[self.delimiter], lineterminator=LINE_ENDINGS[self.ending], quoting=csv.QUOTE_ALL
        ).writerow(cells)
        return text.getvalue().encode()


@dataclass(frozen=True, slots=True)
class Line:
    """One row of an upload: its bytes as uploaded and its values."""

    raw: bytes
    cells: list[str]


def read(stream: BinaryIO, form: Form) -> Iterator[Line]:
    """The rows of an upload, header first, one at a time. Raises `BadCsv`."""
    whole, unfinished = _patterns(DELIMITERS[form.delimiter])
    first = True
    while raw := stream.readline():
        if first:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
            _check_ending(raw, form)
            first = False
        raw = _whole_row(stream, raw, unfinished)
        text = _decoded(raw).rstrip("\r\n")
        if not text:
            continue
        if not whole.fullmatch(text):
            raise _unescaped()
        yield Line(raw, next(csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[form.delimiter])))


def _whole_row(stream: BinaryIO, raw: bytes, unfinished: re.Pattern[str]) -> bytes:
    """The row that begins with this line: a quoted value may hold line ends."""
    if raw.count(b'"') % 2 == 0:
        return raw
    if not unfinished.fullmatch(_decoded(raw)):
        raise _unescaped()
    parts, quotes = [raw], raw.count(b'"')
    while quotes % 2:
        more = stream.readline()
        if not more:
            raise BadCsv("InvalidBatch : Failed to parse CSV: EOF reached before closing an opened quote")
        parts.append(more)
        quotes += more.count(b'"')
    return b"".join(parts)


def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A whole row, and the beginning of a row whose last value is still open."""
    mark = re.escape(delimiter)
    value = rf'(?:"(?:[^"]|"")*+"|[^"{mark}]*+)'
    opened = r'"(?:[^"]|"")*+'
    return re.compile(rf"{value}(?:{mark}{value})*+"), re.compile(rf"(?:{value}{mark})*+{opened}")


def _check_ending(header: bytes, form: Form) -> None:
    found = "CRLF" if header.endswith(b"\r\n") else "LF"
    if header.endswith(b"\n") and found != form.ending:
        raise BadCsv(
            f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {form.ending}"
        )


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadCsv("InvalidBatch : Failed to parse CSV: the data is not UTF-8") from error


def _unescaped() -> BadCsv:
    return BadCsv(
        "InvalidBatch : Failed to parse CSV: Found unescaped quote. A value with quote should be within a quote"
    )
