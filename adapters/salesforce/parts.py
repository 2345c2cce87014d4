"""What a pass is made of: where it stands, and the rows between two places."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from adapters.contract import RowProblem
from adapters.salesforce.values import Row

log = logging.getLogger(__name__)

OVERLAP = 10 * 60
"""Seconds every pass looks behind the start of the one before: a long transaction commits rows with older stamps."""

LATEST = 253_402_300_799
"""The last second of the year 9999, beyond which there are no dates."""

NEXT = "next"
"""The phase of a pass that has not begun."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a pass stands. Times are epoch seconds by Salesforce's clock."""

    phase: str
    """Empty at the very beginning."""
    started: int
    """Start of the first attempt at this pass."""
    since: int = 0
    """Lower end of the window; 0 for a full pass."""
    after: str = ""
    """The last key handed on."""
    job: str = ""
    """The Bulk API job that is being read."""
    locator: str = ""
    row: int = 0
    """Rows already read of the result page at `locator`."""

    @classmethod
    def begin(cls, cursor: str | None, now: datetime) -> State:
        """A new full pass, the next pass, or the rest of an interrupted one."""
        state = _decode(cursor) if cursor else None
        if state is None:
            return cls("", int(now.timestamp()))
        if state.phase == NEXT:
            return cls("", int(now.timestamp()), state.since)
        return state

    def enter(self, phase: str) -> State:
        """The beginning of a phase."""
        return State(phase, self.started, self.since)

    def finished(self) -> State:
        """What the next pass starts from: before this one started, so that nothing falls between."""
        return State(NEXT, self.started, self.started - OVERLAP)

    def without_job(self) -> State:
        """The same place, to be read anew."""
        return replace(self, job="", locator="", row=0)

    def encode(self) -> str:
        """As a cursor."""
        return json.dumps(asdict(self), separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a phase and where it goes on behind them; `state` None: it is over."""

    rows: Sequence[Row]
    state: State | None
    total: int | None = None
    """How many rows the phase has, where Salesforce says so."""
    problems: Sequence[RowProblem] = field(default=())


def _decode(cursor: str) -> State | None:
    try:
        state = State(**json.loads(cursor))
        _check(state)
    except (ValueError, TypeError, RecursionError):
        log.warning("a reading position could not be understood; starting a full pass")
        return None
    return state


def _check(state: State) -> None:
    """Raises `ValueError` for what we never write: it would be refused, or lead elsewhere, sync after sync."""
    numbers, ids = (state.started, state.since, state.row), (state.after, state.job)
    if not all(type(one) is int and 0 <= one <= LATEST for one in numbers):
        raise ValueError("not a number, or out of range")
    if not all(type(one) is str for one in (state.phase, state.locator, *ids)):
        raise ValueError("not a text")
    if not all(not one or (one.isascii() and one.isalnum()) for one in ids):
        raise ValueError("not an id")
