"""Reading passes: some queries one after the other, full or within a window of time, resumable after every page.

Where a pass stands is its cursor. Pages go by the id inside the window, because a bulk edit gives thousands of records
one timestamp; in one process the next page is fetched by Salesforce's own locator, which costs it less. What is big is
read by Bulk API instead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from adapters.contract import RowProblem
from adapters.salesforce import bulk_query
from adapters.salesforce.errors import INVALID_FIELD, INVALID_TYPE, Refused
from adapters.salesforce.org import Org
from adapters.salesforce.parts import Part, State
from adapters.salesforce.rest_query import Reading
from adapters.salesforce.soql import Phase
from adapters.salesforce.values import Row

log = logging.getLogger(__name__)

REST_LIMIT = 8_000
"""Rows from which on a Bulk API job (made, looked at, fetched) needs fewer calls than pages of 2,000."""

STALE = frozenset({INVALID_FIELD, INVALID_TYPE})
"""What a query with a field or an object gets that has been hidden from us since it was described."""

Build = Callable[[], Sequence[Phase]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one pass with the cursor behind them."""

    rows: Sequence[Row]
    phase: str
    cursor: str
    complete: bool
    full: bool
    """Whether everything is read, rather than a window."""
    alone: bool
    """Whether this is all there is of its phase."""
    total: int | None
    problems: Sequence[RowProblem]


def walk(org: Org, build: Build, cursor: str | None) -> Iterator[Chunk]:
    """Every chunk of a pass. `build` makes its queries out of what is described. Raises the error family."""
    phases = list(build())
    state = State.begin(cursor, org.client.now())
    while True:
        try:
            for chunk, place in _walk(org, phases, state):
                state = place
                yield chunk
        except Refused as refusal:
            again = _anew(org, build) if refusal.code in STALE else phases
            if again == phases:
                raise
            log.warning("what is visible has changed; going on without %s", ", ".join(refusal.names))
            phases = again
        else:
            return


def _anew(org: Org, build: Build) -> list[Phase]:
    """The same queries, made of what our user sees now."""
    org.describes.forget()
    return list(build())


def _walk(org: Org, phases: Sequence[Phase], state: State) -> Iterator[tuple[Chunk, State]]:
    """Chunks, each with the place behind it."""
    names = [phase.name for phase in phases]
    if state.phase not in names:
        # A new pass, or one whose phase is no longer read since a setting was changed.
        state = State("", state.started, state.since)
    full, end = not state.since, state.finished()
    totals = _Totals(org, phases, full=full)
    places = [*(state.enter(name) for name in names), end]
    start = names.index(state.phase) if state.phase else 0
    if not phases:
        yield Chunk((), "", end.encode(), True, full, True, 0, ()), end
    for number, phase in enumerate(phases[start:], start):
        here = state if state.phase == phase.name else places[number]
        for count, part in enumerate(_read(org, phase, here)):
            place = part.state or places[number + 1]
            alone = part.state is None and not count and here == places[number]
            total, done = totals.of(phase, part), place is end
            if part.rows or part.problems or alone or done or (part.state and part.state.job):
                yield Chunk(part.rows, phase.name, place.encode(), done, full, alone, total, part.problems), place


def _read(org: Org, phase: Phase, state: State) -> Iterator[Part]:
    """A phase by whichever way needs fewer calls."""
    expected = org.counts().get(phase.object, 0) if phase.bulk and not state.since else 0
    if phase.bulk and (state.job or expected > REST_LIMIT):
        return _by_bulk(org, phase, state, expected or None)
    return _by_rest(org, phase, state, big=REST_LIMIT if phase.bulk else None)


def _by_rest(org: Org, phase: Phase, state: State, *, big: int | None) -> Iterator[Part]:
    """By REST, unless the first answer says that more than `big` rows are to come."""
    for part in Reading(org.client, phase, state).parts():
        yield part
        if big is not None and part.state is not None and (part.total or 0) > big:
            yield from _by_bulk(org, phase, part.state, part.total)
            return
        big = None


def _by_bulk(org: Org, phase: Phase, state: State, total: int | None) -> Iterator[Part]:
    """By Bulk API, or by REST after all where it cannot: some objects it refuses, and a job may fail."""
    try:
        yield from bulk_query.parts(org.client, phase, state, total)
    except bulk_query.Unreadable as problem:
        log.warning("reading %s by REST instead of Bulk API: %s", phase.name, problem)
        yield from _by_rest(org, phase, state.without_job(), big=None)


class _Totals:
    """How many rows the pass has: what is known of the phases begun, and the record counts of the others."""

    def __init__(self, org: Org, phases: Sequence[Phase], *, full: bool) -> None:
        self._org = org
        self._phases = phases
        self._full = full
        self._known: dict[str, int] = {}
        self._begun: set[str] = set()

    def of(self, phase: Phase, part: Part) -> int | None:
        """The estimate, now that `part` of `phase` is here."""
        if phase.name not in self._begun:
            self._begun.add(phase.name)
            if part.total is not None:
                self._known[phase.name] = part.total
        if not self._known:
            return None
        counts = self._org.counts() if self._full and any(phase.bulk for phase in self._phases) else {}
        begun = {phase.object for phase in self._phases if phase.name in self._begun}
        coming = {phase.object for phase in self._phases} - begun
        return sum(self._known.values()) + sum(counts.get(name, 0) for name in coming)
