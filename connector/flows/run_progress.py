"""A run as people watch it: what it does now, how far that is, and what comes after. Read from rows, by any process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from connector.flows.doctor_live import anybody_works
from connector.flows.full_pass import RECONCILE
from connector.flows.rescore import RESCORE
from connector.flows.services import Services
from connector.flows.sync import SYNC
from connector.store import leads as lead_rows
from connector.store import outbox as outbox_rows
from connector.store import run_lists
from connector.store.runs import Run

READING, SCORING, WRITING = "reading", "scoring", "writing"
PHASES = {SYNC: (READING, SCORING, WRITING), RECONCILE: (READING, SCORING, WRITING), RESCORE: (SCORING, WRITING)}
"""What a run of each kind does, in order; live work has no phases."""
LONG_ENOUGH, FAR_ENOUGH = 15, 5
"""Seconds and percent after which the speed so far says something about the rest."""

State = Literal["done", "going", "to come", "stopped"]


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a run that people understand; `of` is what there is to do in all, None where nobody knows."""

    name: str
    state: State
    done: int
    of: int | None

    @property
    def percent(self) -> int | None:
        """How far it is, in whole percent, rounded down; None where nobody knows."""
        if self.state == "done":
            return 100
        return None if self.of is None else min(100 * self.done // self.of, 100) if self.of else 0


@dataclass(frozen=True, slots=True)
class Progress:
    """A run as it stands. `seconds_left` are those of reading, None where any number would be a guess."""

    run: Run
    connection: str
    phases: tuple[Phase, ...]
    seconds_left: int | None
    works: bool
    """Whether a worker is there to go on with it."""


def progress(svc: Services, run_id: int) -> Progress:
    """Where a run of the agency stands now. Raises `LookupError` when it has none such."""
    with svc.store.read() as conn:
        found = run_lists.listed(conn, svc.tenant.id, run_id)
        if found is None:
            raise LookupError(f"There is no run {run_id}.")
        phases = tuple(_phases(conn, found.run))
    works = anybody_works(svc) if found.run.open else True
    return Progress(found.run, found.connection, phases, _seconds_left(found.run, phases, svc.now()), works)


def _phases(conn: sa.Connection, run: Run) -> list[Phase]:
    names = PHASES.get(run.kind, ())
    if not names:
        return []
    dirty = lead_rows.count_dirty(conn, run.scope) if run.open else 0
    waiting = outbox_rows.counts(conn, run.scope)["waiting"] if run.open else 0
    wrote = run.written + run.failed
    numbers: dict[str, tuple[int, int | None]] = {
        READING: (has_read(run), _to_read(run)),
        SCORING: (run.scored, run.scored + dirty if run.open else None),
        WRITING: (wrote, wrote + waiting if run.open else None),
    }
    return [Phase(name, _state(run, name, names), *numbers[name]) for name in names]


def has_read(run: Run) -> int:
    """Rows of any kind that the run has read."""
    return run.contacts + run.activities + run.outcomes


def _to_read(run: Run) -> int | None:
    """What the streams will deliver in all, if each of them has said so."""
    if not run.cursors or any(stream not in run.totals for stream in run.cursors):
        return None
    return max(sum(run.totals.values()), has_read(run))


def _state(run: Run, name: str, names: tuple[str, ...]) -> State:
    if run.state == "done":
        return "done"
    at, here = names.index(_at(run, names)), names.index(name)
    if here < at:
        return "done"
    if here > at:
        return "to come"
    if not run.open:
        return "stopped"
    return "to come" if run.phase == "starting" else "going"


def _at(run: Run, names: tuple[str, ...]) -> str:
    """The phase a run is in, or ended in."""
    if run.phase in names:
        return run.phase
    if run.part in {"", "start", "read", "read_unread", "compare"} and names[0] == READING:
        return READING
    return WRITING if run.written + run.failed else SCORING


def _seconds_left(run: Run, phases: tuple[Phase, ...], now: int) -> int | None:
    """By the speed so far, once that says something."""
    reading = next((one for one in phases if one.name == READING and one.state == "going"), None)
    if reading is None or not run.anew or run.waits or not reading.of:
        return None
    took, done = now - run.started_at, reading.done
    if took < LONG_ENOUGH or 100 * done < FAR_ENOUGH * reading.of or done >= reading.of:
        return None
    return took * (reading.of - done) // done
