"""Reading a phase by REST: 2,000 rows a page, by Salesforce's locator, and by the last key where that has gone."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from adapters.contract import Retry, RowProblem
from adapters.salesforce.client import Client, Json
from adapters.salesforce.errors import INVALID_LOCATOR, QUERY_TIMEOUT, Refused
from adapters.salesforce.parts import Part, State
from adapters.salesforce.soql import ID, Phase, page
from adapters.salesforce.values import Row, json_reader

log = logging.getLogger(__name__)

SHORTEST = 250
LONGEST = 2000
"""Rows asked for at once after Salesforce ran out of time: halved from the longest down to the shortest."""


class Reading:
    """One phase being read, from `state` on."""

    def __init__(self, client: Client, phase: Phase, state: State) -> None:
        self._client = client
        self._phase = phase
        self._state = state
        self._url = ""
        self._limit = 0
        self._held: list[Row] = []
        self._read = json_reader(phase.columns)

    def parts(self) -> Iterator[Part]:
        """Every page. Raises the error family between pages."""
        more = True
        while more:
            answer = self._fetch()
            records = answer.get("records") or []
            self._url = str(answer.get("nextRecordsUrl") or "")
            more = bool(self._url) or bool(self._limit and len(records) >= self._limit)
            rows, problems = self._rows(records)
            rows = self._whole_groups(rows, more)
            if rows:
                self._state = replace(self._state, after=str(rows[-1][self._phase.key]))
            total = None if self._limit else answer.get("totalSize")
            yield Part(rows, self._state if more else None, total, problems)

    def _fetch(self) -> Json:
        while True:
            try:
                if self._url:
                    return self._client.more(self._url)
                return self._client.query(self._soql(), deleted=True)
            except Refused as refusal:
                self._recover(refusal)

    def _soql(self) -> str:
        state = self._state
        return page(self._phase, since=state.since, until=state.started, after=state.after, limit=self._limit)

    def _recover(self, refusal: Refused) -> None:
        """Goes on behind the last key: with another locator, or with fewer rows at once."""
        if refusal.code == QUERY_TIMEOUT:
            self._limit = self._limit // 2 if self._limit else LONGEST
            if self._limit < SHORTEST:
                text = (
                    f"Salesforce takes too long to answer a query over {self._phase.object}. Leadtier tries again "
                    "later; if this stays, ask Salesforce Support about the org's indexes."
                )
                raise Retry(text, refusal.log) from None
        elif refusal.code != INVALID_LOCATOR or not self._url:
            raise refusal
        log.info("reading %s on by key: %s", self._phase.name, refusal.code)
        self._url, self._held = "", []

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
        """Holds back the last group of a page: its rest may be on the next."""
        rows, self._held = [*self._held, *rows], []
        if self._phase.key == ID or not more or not rows:
            return rows
        last = rows[-1][self._phase.key]
        start = next(place for place, row in enumerate(rows) if row[self._phase.key] == last)
        if self._limit and not self._url:
            # Asked anew behind the last key handed on, so nothing is held; a group of more than a page needs more.
            self._limit = self._limit if start else self._limit * 2
        else:
            self._held = rows[start:]
        return rows[:start]


def unreadable(id: object, problem: Exception) -> RowProblem:
    """A row that makes no sense."""
    text = (
        f"Salesforce delivered this record in a shape Leadtier does not know ({type(problem).__name__}); it was left "
        "out. Open it in Salesforce; if it looks fine there, report it."
    )
    return RowProblem(str(id or "?"), text)
