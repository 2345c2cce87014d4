"""The CSV of Bulk API 2.0, both ways: UTF-8, RFC 4180 quoting, LF, the first line names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

CLEAR = "#N/A"
"""What empties a field; an empty cell leaves it as it is.
https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/datafiles_prepare_csv.htm"""


def read(file: IO[bytes]) -> tuple[list[str], Iterator[list[str]]]:
    """The column names and the rows, streaming. Either raises `csv.Error` at a stray quote.

    Read leniently, such a quote becomes a part of its cell: an id nobody has.
    """
    lines = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
    rows = csv.reader((line.replace("\0", "") for line in lines), strict=True)  # as `values.clean` does
    return next(rows, []), rows


def write(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Writes a whole table; the number of rows. Leaves `file` open, at its end."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    text.detach()
    return count
