"""The lines and notes of one card."""

from __future__ import annotations

from collections.abc import Iterator

from connector.core.calendar import AsOf
from connector.core.criteria.table import Entry, SumEntry
from connector.core.findings import Findings
from connector.core.sheet import TIME_AT, TIMES, VARIANTS
from connector.core.types import Line, Met
from connector.core.wording import Wording


def lines_of(findings: Findings, wording: Wording, as_of: AsOf, row: int) -> Iterator[Line]:
    """The lines of the lead in this row: criteria that are met, then the sum, then what is not known."""
    line, sheet = int(findings.lines.chosen[row]), findings.sheet
    keys, points, unknown = (column[:, row].tolist() for column in (sheet.keys, sheet.points, sheet.unknown))
    for entry in findings.table.entries_of[line]:
        if keys[entry.row]:
            yield _line(entry, keys[entry.row], points[entry.row], wording, as_of)
    for criterion in findings.table.criteria_of(line):
        if unknown[criterion.row]:
            empty = [name for name in criterion.criterion.fields() if not findings.leads.has(name, row)]
            yield Line(criterion.id, wording.not_known(empty), 0, Met.UNKNOWN)


def _line(entry: Entry | SumEntry, key: int, points: int, wording: Wording, as_of: AsOf) -> Line:
    at, variant = (key >> TIME_AT) & TIMES or None, key & VARIANTS
    text = wording.text(entry.rank, variant, None if at is None else as_of.calendar.day_of(at), as_of.today)
    return Line(entry.id, text, points, Met.YES, at)


def notes_of(findings: Findings, as_of: int, row: int) -> Iterator[str]:
    """What a reader should know that moves no points."""
    if findings.batch.created[row] > as_of:
        yield "This lead did not exist yet at the time of this score."
        return
    lines = findings.lines
    used = findings.table.model.product_lines[lines.chosen[row]].name
    if lines.foreign[row]:
        yield f"Asked about a product that this model does not cover: measured as {used}, the best match."
    elif lines.unknown[row] and len(findings.table.model.product_lines) > 1:
        yield f"Product interest is not known: measured as {used}, the best match."
