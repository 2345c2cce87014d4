"""Merged records: the losers are deleted with the winner's id in ``MasterRecordId``, and only ``queryAll`` shows them.

The winner of a merge says nothing of it. So the losers are collected, and the winner is delivered with their ids.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from adapters.salesforce.client import Client
from adapters.salesforce.errors import Refused, Unfinished
from adapters.salesforce.parts import State
from adapters.salesforce.rest_query import Reading
from adapters.salesforce.soql import ID, Phase
from adapters.salesforce.values import Column, Row

log = logging.getLogger(__name__)

MASTER = "MasterRecordId"

DEPTH = 10
"""How often a record may have been merged into another that was merged itself; more is a circle."""


class Merges:
    """Who was merged into whom, as far as the recycle bin still tells (15 days)."""

    def __init__(self) -> None:
        self._winner: dict[str, str] = {}
        self._losers: dict[str, list[str]] = {}

    def add(self, rows: Iterable[Row]) -> None:
        """Takes note of the losers among these rows."""
        for row in rows:
            loser, winner = row.get(ID), row.get(MASTER)
            if loser and winner and loser not in self._winner:
                self._winner[loser] = winner
                self._losers.setdefault(winner, []).append(loser)

    def load(self, client: Client, name: str) -> None:
        """Asks for all losers of one object: one call, or one per 2,000. Raises the error family.

        A pass goes on without those Salesforce will not tell: their records come as deleted ones.
        """
        columns = (Column(ID, "id"), Column(MASTER, "reference"))
        losers = Phase(f"merges of {name}", name, columns, ("IsDeleted = true", f"{MASTER} != null"))
        try:
            for part in Reading(client, losers, State("", 0)).parts():
                self.add(part.rows)
        except (Refused, Unfinished) as problem:
            log.warning("going on without some merges of %s: %s", name, problem.log)

    def winner(self, id: str) -> str:
        """Who a record is now: itself, unless it was merged."""
        now = id
        for _ in range(DEPTH):
            if now not in self._winner:
                break
            now = self._winner[now]
        return now

    def losers(self, winner: str) -> tuple[str, ...]:
        """Everybody who was merged into this one, and into those."""
        found: dict[str, None] = {}
        waiting = list(self._losers.get(winner, ()))
        while waiting:
            one = waiting.pop()
            if one not in found and one != winner:
                found[one] = None
                waiting += self._losers.get(one, ())
        return tuple(found)
