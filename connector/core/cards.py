"""The result of an evaluation: columns for many leads, and a whole card for whoever wants to see one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from connector.core.batch import STAGES
from connector.core.calendar import AsOf
from connector.core.columns import EPOCH_ORDINAL, Bools, Ints
from connector.core.criteria.table import Entry
from connector.core.findings import Findings
from connector.core.marks import Marks, marks_of
from connector.core.moving import NEVER, Moving
from connector.core.rationale import rationale
from connector.core.reasons import ReasonTexts, Texts
from connector.core.rendering import lines_of, notes_of
from connector.core.summing import Result, Stages
from connector.core.types import ScoreCard, Stage, Tier
from connector.core.wording import Wording

TIERS = {Stage.NONE: Tier.COLD, Stage.MQL: Tier.WARM, Stage.SQL: Tier.HOT}
_STAGE_TEXTS = np.array([stage.value for stage in STAGES], dtype=object)
_TIER_TEXTS = np.array([TIERS[stage].value for stage in STAGES], dtype=object)


@dataclass(frozen=True, slots=True)
class Tally:
    """How a criterion or a field did: leads that meet or have it, those of which nobody can tell, and those asked."""

    met: int
    unknown: int
    asked: int


class Cards:
    """The cards of a batch, in its order. Texts are made when they are asked for."""

    def __init__(
        self, findings: Findings, result: Result, as_of: AsOf, wording: Wording, texts: ReasonTexts, version: str
    ) -> None:
        self.lead_ids: Ints = findings.batch.lead_ids
        self.score: Ints = result.scores
        self.stage_codes: Stages = result.stages
        """Each stage as its index in `connector.core.batch.STAGES`."""
        self.line_codes: Ints = findings.lines.chosen
        """Each product line as its place in the model."""
        self.keys: Ints = findings.sheet.top()
        """Three rows, the largest line of each lead first, as `connector.core.sheet` packs them; 0 for none."""
        self.model_version = version
        self.as_of = as_of.instant
        self._model = findings.table.model
        self._now = as_of
        self._findings = findings
        self._wording = wording
        self._texts = texts
        self._moves: Ints | None = None

    def __len__(self) -> int:
        return len(self.lead_ids)

    @property
    def stage(self) -> Texts:
        """The stage of each lead as text."""
        return _STAGE_TEXTS[self.stage_codes]

    @property
    def tier(self) -> Texts:
        """The tier of each lead as text."""
        return _TIER_TEXTS[self.stage_codes]

    @property
    def product_line(self) -> Texts:
        """The id of each lead's product line."""
        return np.array([line.id for line in self._model.product_lines], dtype=object)[self.line_codes]

    def reasons(self) -> Texts:
        """Three rows of texts, the first reason of each lead first; an empty text where there are no more."""
        return self._texts.texts(self.keys, self._now)

    def tallies(self) -> dict[str, Tally]:
        """How each criterion of the model did, by its id."""
        return dict(self._tallies())

    def empty_fields(self) -> dict[str, Tally]:
        """For each field that criteria read: of how many of the leads that are asked for it, it is not known."""
        asked: dict[str, Bools] = {}
        for entry in self._findings.table.criteria:
            for field in entry.criterion.fields():
                asked[field] = asked.get(field, False) | self._asked(entry)
        known = {field: self._findings.leads.known(field) for field in asked}
        return {
            field: Tally(int((rows & known[field]).sum()), int((rows & ~known[field]).sum()), int(rows.sum()))
            for field, rows in asked.items()
        }

    def marks(self) -> Marks:
        """A number for each lead that differs where a rep would read other lines, also between models."""
        return marks_of(self._findings, self._wording)

    def card(self, row: int) -> ScoreCard:
        """The whole card of the lead in this row."""
        lines = tuple(lines_of(self._findings, self._wording, self._now, row))
        notes = tuple(notes_of(self._findings, self.as_of, row))
        stage = STAGES[self.stage_codes[row]]
        return ScoreCard(
            lead_id=int(self.lead_ids[row]),
            score=int(self.score[row]),
            stage=stage,
            tier=TIERS[stage],
            product_line=self._model.product_lines[self.line_codes[row]].id,
            lines=lines,
            reasons=tuple(self._wording.reasons(lines, self.keys[:, row])),
            rationale=rationale(lines, notes),
            model_version=self.model_version,
            as_of=self.as_of,
            notes=notes,
        )

    def moves_on(self, row: int) -> int | None:
        """The first day on which time alone may change the card of the lead in this row; None when it never does.

        The day is the proleptic ordinal of a local date, always after that of `as_of`. As of any later moment before
        that day the card is the same but for `as_of`, unless something lies later on the very day of `as_of`: that
        counts for the next day.
        """
        if self._moves is None:
            self._moves = Moving(self._findings, self._now).days()
        day = int(self._moves[row])
        return None if day == NEVER else day + EPOCH_ORDINAL

    def _asked(self, entry: Entry) -> Bools:
        return np.ones(len(self), dtype=bool) if entry.line is None else self.line_codes == entry.line

    def _tallies(self) -> Iterator[tuple[str, Tally]]:
        sheet = self._findings.sheet
        for entry in self._findings.table.criteria:
            asked = self._asked(entry)
            met, unknown = (sheet.points[entry.row] != 0) & asked, sheet.unknown[entry.row] & asked
            yield entry.id, Tally(int(met.sum()), int(unknown.sum()), int(asked.sum()))
