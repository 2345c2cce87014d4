"""From points to a score: caps, reset, decay, clamp, floor and hold, each a line, so that lines always add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connector.core.batch import STAGES
from connector.core.calendar import AsOf
from connector.core.columns import Bools, Ints, places
from connector.core.criteria.judging import judge
from connector.core.criteria.table import CAP, CLAMP, DECAY, FLOOR, HOLD, RESET, Table
from connector.core.findings import Findings
from connector.core.sheet import FIRST, VERY_FIRST, Sheet
from connector.core.types import Group, Stage

HIGHEST = 100
Stages = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Result:
    """Score and stage of each lead; a stage is its index in `STAGES`."""

    scores: Ints
    stages: Stages


class Summing:
    """The sum's own lines of a model."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._model = table.model

    def sum(self, findings: Findings, as_of: AsOf) -> Result:
        """Writes the lines that the sum goes through on the sheet, and adds up."""
        sheet = findings.sheet
        total = self._capped(sheet)
        total = self._faded(sheet, total, findings.last_moments, as_of)
        total = self._clamped(sheet, total)
        total = self._raised(findings, total, as_of)
        stages = self._stages(total, findings.batch.previous)
        self._hold(findings, total, stages, as_of)
        return Result(total, stages)

    def _capped(self, sheet: Sheet) -> Ints:
        total = np.zeros(sheet.points.shape[1], dtype=np.int64)
        for group, rows in self._table.rows_of.items():
            points = sheet.points[rows].sum(axis=0, dtype=np.int64)
            if group in self._model.caps:
                cap = self._model.caps[group]
                kept = np.maximum(points, cap) if group is Group.NEGATIVE else np.minimum(points, cap)
                self._put(sheet, CAP[group], kept - points)
                points = kept
            total += points
        return total

    def _faded(self, sheet: Sheet, total: Ints, last: Ints, as_of: AsOf) -> Ints:
        """Reset and decay. Only points above 0 can be lost, so neither ever raises a score."""
        if not self._model.decay and self._model.reset_days is None:
            return total
        left = np.maximum(total, 0)
        percent, step = self._decay_of(last, as_of)
        loss = (left * percent + 50) // 100
        if self._model.reset_days is not None:
            silent = last < as_of.start_of_day(self._model.reset_days - 1)
            self._put(sheet, RESET, np.where(silent, -left, 0), first=FIRST)
            total = np.where(silent, total - left, total)
            loss[silent] = 0
        self._put(sheet, DECAY, -loss, step)
        return total - loss

    def _decay_of(self, last: Ints, as_of: AsOf) -> tuple[Ints, Ints]:
        percent, step = np.zeros((2, len(last)), dtype=np.int64)
        for place, each in enumerate(self._model.decay):
            silent = last < as_of.start_of_day(each.days - 1)
            percent[silent], step[silent] = each.percent, place
        return percent, step

    def _clamped(self, sheet: Sheet, total: Ints) -> Ints:
        kept = np.minimum(np.maximum(total, 0), HIGHEST)
        self._put(sheet, CLAMP, kept - total, (total > HIGHEST).astype(np.int64))
        return kept

    def _raised(self, findings: Findings, total: Ints, as_of: AsOf) -> Ints:
        rule = self._model.hand_raiser
        if rule is None:
            return total
        hands = findings.raised_hands()
        leads = hands.leads
        floor = self._model.sql if rule.at_least is Stage.SQL else self._model.mql
        lifted = (total[leads] < floor) & (findings.batch.created[leads] <= as_of.instant)
        if rule.unless is not None:
            lifted &= ~judge(rule.unless, findings.leads).yes[leads]
        leads, at = leads[lifted], findings.batch.activities.at[hands.newest[lifted]]
        findings.sheet.put(self._table.sums[FLOOR], leads, floor - total[leads], at)
        total[leads] = floor
        return total

    def _hold(self, findings: Findings, total: Ints, stages: Stages, as_of: AsOf) -> None:
        """Takes all points and the stage from leads on hold. The line is shown even where there was nothing to take."""
        since = findings.batch.held
        held = places((since > 0) & (since <= as_of.instant))
        findings.sheet.put(self._table.sums[HOLD], held, -total[held], since[held], first=VERY_FIRST)
        total[held], stages[held] = 0, STAGES.index(Stage.NONE)

    def _put(self, sheet: Sheet, id: str, points: Ints, variant: Ints | None = None, first: int = 0) -> None:
        hits = places(points != 0)
        if len(hits):
            shown = 0 if variant is None else variant[hits]
            sheet.put(self._table.sums[id], hits, points[hits], variant=shown, first=first)

    def _stages(self, scores: Ints, previous: Stages) -> Stages:
        """A stage once reached is kept until the score falls more than the hysteresis below its line."""
        slack = self._model.hysteresis
        mql = _reached(scores, self._model.mql, slack, previous >= STAGES.index(Stage.MQL))
        sql = _reached(scores, self._model.sql, slack, previous >= STAGES.index(Stage.SQL))
        return np.where(sql, STAGES.index(Stage.SQL), np.where(mql, STAGES.index(Stage.MQL), 0)).astype(np.int8)


def _reached(scores: Ints, line: int, slack: int, before: Bools) -> Bools:
    return (scores >= line) | (before & (scores >= line - slack))
