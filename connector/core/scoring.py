"""From leads and activities to score cards: one evaluator for one lead and for a million.

The meaning of each step stands in ``docs/scoring.md``. Everything is whole numbers, so a lead gets the same card, to
the byte, whatever other leads are evaluated with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from connector.core.batch import Batch
from connector.core.calendar import AsOf, LocalCalendar
from connector.core.cards import Cards
from connector.core.criteria.leads import AGE, BIRTH
from connector.core.criteria.table import Table
from connector.core.findings import Findings
from connector.core.model import Model
from connector.core.reasons import ReasonTexts
from connector.core.summing import Summing
from connector.core.types import Activity, Acts, Lead
from connector.core.vocabulary import Vocabulary
from connector.core.wording import Wording


class Evaluator:
    """A model made ready. It keeps nothing between calls but caches, so one may serve many threads.

    `zone` decides where days begin; `version` is what the cards name as the version of the model.
    """

    def __init__(self, model: Model, vocabulary: Vocabulary, zone: ZoneInfo, version: str) -> None:
        self.model = model
        self.vocabulary = vocabulary
        self.version = version
        read = model.fields()
        self.fields = read | {BIRTH} if AGE in read else read
        """The lead fields it reads; a batch needs no other columns."""
        self._calendar = LocalCalendar(zone)
        self._table = Table(model, vocabulary)
        self._summing = Summing(self._table)
        self._wording = Wording(self._table, vocabulary)
        self._texts = ReasonTexts(self._wording)

    def batch(self, leads: Sequence[Lead], activities: Iterable[Activity] | Acts) -> Batch:
        """A batch of rows with the columns this model reads; see `Batch.of`."""
        return Batch.of(leads, activities, self.vocabulary, self.fields)

    def evaluate(self, batch: Batch, as_of: datetime) -> Cards:
        """The cards of a batch as of a time, seeing nothing after it. Raises `ValueError` for a time without a zone.

        Takes about 12 bytes a lead and criterion while the cards live: large books go through in chunks, best of some
        50,000 leads, which fit into the processor's cache.
        """
        now = AsOf.of(as_of, self._calendar)
        findings = Findings(self._table, batch, now)
        findings.fill()
        unborn = batch.created > now.instant
        if unborn.any():
            findings.sheet.clear(unborn)
        result = self._summing.sum(findings, now)
        return Cards(findings, result, now, self._wording, self._texts, self.version)
