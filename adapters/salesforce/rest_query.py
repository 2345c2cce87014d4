"""Reading a phase by REST: 2,000 rows a page, by Salesforce's locator, and by the last key where that has gone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from simple_salesforce.format import format_soql

from adapters.contract import RowProblem
from adapters.salesforce.client import Client, Json
from adapters.salesforce.errors import INVALID_LOCATOR, Refused, Unfinished
from adapters.salesforce.parts import Part, State
from adapters.salesforce.soql import ID, Phase, page
from adapters.salesforce.values import Row, json_reader

log = logging.getLogger(__name__)

SHORTEST = 250
LONGEST = 2000
"""Rows asked for at once after Salesforce ran out of time: halved from the longest down to the shortest."""


VAIN = 8
"""Queries in a row that may bring nothing: five of them it takes to come down to the shortest."""


class Reading:
    """One phase being read, from `state` on."""

    def __init__(self, client: Client, phase: Phase, state: State) -> None:
        self._client = client
        self._phase = phase
        self._state = state
        self._url = ""
        self._limit = 0
        self._found = 0
        self._vain = 0
        self._held: list[Row] = []
        self._read = json_reader(phase.columns)

    def parts(self) -> Iterator[Part]:
        """Every page. Raises the error family between pages."""
        more = True
        while more:
            answer = self._fetch()
            records = answer.get("records") or []
            self._url = str(answer.get("nextRecordsUrl") or "")
            self._found += len(records)
            more = bool(self._url) or self._cut(answer)
            rows, problems = self._rows(records)
            self._vain = 0 if rows else self._vain
            rows = self._whole_groups(rows, more)
            if rows:
                self._state = replace(self._state, after=str(rows[-1][self._phase.key]))
            total = None if self._limit else answer.get("totalSize")
            yield Part(rows, self._state if more else None, total, problems)

    def _cut(self, answer: Json) -> bool:
        """Whether the query ended at its LIMIT. Its pages may be shorter, and rows deleted meanwhile are in none."""
        return bool(self._limit) and max(self._found, int(answer.get("totalSize") or 0)) >= self._limit

    def _fetch(self) -> Json:
        """The next page, be it another query's. Raises `Unfinished` when one query after the other brings nothing."""
        while self._vain < VAIN:
            try:
                if self._url:
                    return self._client.more(self._url)
                self._found, self._vain = 0, self._vain + 1
                return self._client.query(self._soql(), deleted=True)
            except Unfinished as slow:
                self._shorten(slow)
            except Refused as refusal:
                if refusal.code != INVALID_LOCATOR or not self._url:
                    raise
                log.info("reading %s on by key: %s", self._phase.name, refusal.code)
            self._url = ""
        raise self._given_up(f"{VAIN} queries without a row")

    def _soql(self) -> str:
        state, phase, after = self._state, self._phase, self._state.after
        if self._held:
            key, last = phase.key, self._held[-1]
            behind = format_soql("({0:literal} > {1} OR ({0:literal} = {1} AND Id > {2}))", key, last[key], last[ID])
            phase, after = replace(phase, where=(*phase.where, behind)), ""
        return page(phase, since=state.since, until=state.started, after=after, limit=self._limit)

    def _shorten(self, slow: Unfinished) -> None:
        """Fewer rows at once. Raises `Unfinished` when there are few already."""
        self._limit = self._limit // 2 if self._limit else LONGEST
        if self._limit < SHORTEST:
            raise self._given_up(slow.log) from None
        log.info("reading %s %d rows at once: %s", self._phase.name, self._limit, slow.log)

    def _given_up(self, why: str) -> Unfinished:
        text = (
            f"Salesforce takes too long to answer a query over {self._phase.object}. Leadtier tries again "
            "later; if this stays, ask Salesforce Support about the org's indexes."
        )
        return Unfinished(text, f"{self._phase.name}: {why}")

    def _rows(self, records: list[Any]) -> tuple[list[Row], list[RowProblem]]:
        rows: list[Row] = []
        problems: list[RowProblem] = []
        for record in records:
            try:
                row = self._read(record)
                if row[self._phase.key] is None:
                    raise ValueError("no key")
                rows.append(row)
            except (AttributeError, TypeError, ValueError) as problem:
                problems.append(unreadable(record.get(ID) if isinstance(record, dict) else None, problem))
        return rows, problems

    def _whole_groups(self, rows: list[Row], more: bool) -> list[Row]:
        """Holds back the last group of a page: its rest may be on the next, be it another query's."""
        rows, self._held = [*self._held, *rows], []
        if self._phase.key == ID or not more or not rows:
            return rows
        last = rows[-1][self._phase.key]
        start = next(place for place, row in enumerate(rows) if row[self._phase.key] == last)
        self._held = rows[start:]
        return rows[:start]


def unreadable(id: object, problem: Exception) -> RowProblem:
    """A row that makes no sense."""
    text = (
        f"Salesforce delivered this record in a shape Leadtier does not know ({type(problem).__name__}); it was left "
        "out. Open it in Salesforce; if it looks fine there, report it."
    )
    return RowProblem(str(id or "?"), text)
