"""Marks: one number a lead by which two models can be compared for the lines they show, without making any text.

It is a sum over the lines: their points times a number made from the text that the line shows. So it stays the same
whatever order a model's file has, and differs where a criterion, its points or its words differ. Days within a text are
not in it: the same criterion shows the same day.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from connector.core.columns import Ints
from connector.core.criteria.table import Entry
from connector.core.findings import Findings
from connector.core.model import Bands
from connector.core.sheet import VARIANTS
from connector.core.wording import Wording

Marks = npt.NDArray[np.uint64]


def marks_of(findings: Findings, wording: Wording) -> Marks:
    """The marks of the leads of an evaluation whose sum is done."""
    table, sheet = findings.table, findings.sheet
    marks = np.zeros(len(findings.batch), dtype=np.uint64)
    for entry in table.shared:
        _add(marks, findings, entry, None)
    for line, entries in enumerate(table.by_line):
        rows = findings.lines.rows(line)
        for entry in entries if len(rows) else ():
            _add(marks, findings, entry, rows)
    for name, line_of_sum in table.sums.items():
        points = sheet.points[line_of_sum.row]
        if points.any():
            numbers = np.array([_number(name, text) for text in wording.of_sum(name)], dtype=np.uint64)
            marks += points.astype(np.uint64) * numbers[sheet.keys[line_of_sum.row] & VARIANTS]
    return marks


def _add(marks: Marks, findings: Findings, entry: Entry, rows: Ints | None) -> None:
    chosen = slice(None) if rows is None else rows
    sheet, rule = findings.sheet, entry.criterion.rule
    points, unknown = sheet.points[entry.row, chosen], sheet.unknown[entry.row, chosen]
    if isinstance(rule, Bands):
        texts = [band.text or entry.criterion.text for band in rule.bands]
        numbers = np.array([_number(entry.id, text) for text in texts])[sheet.keys[entry.row, chosen] & VARIANTS]
        marks[chosen] += points.astype(np.uint64) * numbers
    else:
        marks[chosen] += points.astype(np.uint64) * _number(entry.id, entry.criterion.text)
    if unknown.any():
        marks[chosen] += unknown * _number(entry.id, "not known", *entry.criterion.fields())


def _number(*texts: str) -> np.uint64:
    return np.uint64(int.from_bytes(blake2b("\0".join(texts).encode(), digest_size=8).digest(), "big") | 1)
