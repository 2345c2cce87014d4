"""Parts: the slices a story is made of, and how one that meets a failing CRM ends no more than it must."""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypedDict

from adapters.contract import AdapterError, Misconfigured, QuotaSpent, Reauthorise, Retry
from connector.flows import cancelling, tally
from connector.flows.rhythm import READS, patience
from connector.flows.services import Refused, Services
from connector.store import connections as connection_rows
from connector.store import problems as problem_rows
from connector.store import runs as run_rows
from connector.store.database import Scope, StoreUnusable
from connector.store.problems import QUOTA, ProblemRow
from connector.store.runs import Run
from connector.store.sealing import SealBroken

log = logging.getLogger(__name__)

WAIT_UNSAID = 20.0
"""Seconds to wait when the CRM asks for patience without saying how much."""
LONGEST_WAIT = 120.0
MOST_WAITS = 6
"""How often in a row a part may ask to wait; after that the CRM has been out of reach for minutes and the run ends."""

QUOTA_UNSAID = 3600
"""Seconds without a call after the day's calls are used up and the CRM does not say when they come back."""
MORE_CALLS = "It goes on by itself then. Read less often, or ask the CRM's vendor for more calls."


class Next(TypedDict):
    """What a part says when its slice is done: the same part again, the next one, or stop. `wait` is in seconds."""

    go: Literal["more", "next", "wait", "stop"]
    wait: float


MORE: Next = {"go": "more", "wait": 0}
DONE: Next = {"go": "next", "wait": 0}
STOP: Next = {"go": "stop", "wait": 0}

Part = Callable[[Services, Scope, int], Next]


Story = tuple[Part, ...]
"""The parts of a run, in their order."""


class Steps(Protocol):
    """How a story that is told in one go waits between its slices."""

    def pause(self, seconds: float) -> None:
        """Waits between slices."""


@dataclass(frozen=True, slots=True)
class DirectSteps:
    """Waits on the spot: for tests, and wherever a story is told in one go."""

    sleep: Callable[[float], None]

    def pause(self, seconds: float) -> None:
        """Waits."""
        self.sleep(seconds)


def part(work: Part) -> Part:
    """Makes a slice a part: an error of the CRM becomes a wait or the end of the run, its sentence kept for people."""

    @functools.wraps(work)
    def guarded(svc: Services, scope: Scope, run_id: int) -> Next:
        try:
            return work(svc, scope, run_id)
        except Retry as error:
            _say(svc, scope, run_id, error)
            wait = WAIT_UNSAID if error.after is None else error.after
            return {"go": "wait", "wait": min(wait, LONGEST_WAIT)}
        except AdapterError as error:
            end_failed(svc, scope, run_id, error)
            return STOP
        except (Refused, SealBroken) as error:
            end_run(svc, scope, run_id, str(error))
            return STOP
        finally:
            _count_calls(svc, scope, run_id)

    return guarded


def tell(story: Story, svc: Services, scope: Scope, run_id: int, steps: Steps) -> bool:
    """Runs the parts one after another, each until it is done; whether the run came to its end."""
    while True:
        said = advance(story, svc, scope, run_id)
        if said["go"] in {"next", "stop"}:
            return said["go"] == "next"
        if said["wait"]:
            steps.pause(said["wait"])


def advance(story: Story, svc: Services, scope: Scope, run_id: int) -> Next:
    """Runs one slice of the part the run is at, and keeps in its row where it is then.

    Says what the run as a whole does: go on (``more``), ``wait``, or that it came to its end (``next``, ``stop``).
    A run that was cancelled ends here, between two slices.
    Whoever goes on with it, after a kill or on another host, begins with the part that was under way.
    """
    with svc.store.read() as conn:
        run = run_rows.run_by_id(conn, scope, run_id)
    if not run.open or _is_cancelled(svc, run):
        return STOP
    at = _place(story, run)
    said = story[at](svc, scope, run_id)
    if said["go"] == "wait":
        return _wait(svc, run, said)
    if said["go"] == "stop" or (said["go"] == "next" and at == len(story) - 1):
        return said
    following = story[at + (said["go"] == "next")].__name__
    if (run.part, run.waits) != (following, 0):
        with svc.store.write() as conn:
            run_rows.set_part(conn, run, following)
    return {"go": "more", "wait": said["wait"]}


def _is_cancelled(svc: Services, run: Run) -> bool:
    """Ends a run that somebody asked to end."""
    if not run.cancel:
        return False
    stop_reading(svc, run.id)
    with svc.store.write() as conn:
        cancelling.end(conn, svc, run)
    return True


def _place(story: Story, run: Run) -> int:
    """Where in the story the run is; a part that this version of the program does not have: at the beginning."""
    return next((at for at, one in enumerate(story) if one.__name__ == run.part), 0)


def _wait(svc: Services, run: Run, said: Next) -> Next:
    if run.waits >= MOST_WAITS:
        give_up(svc, run.scope, run.id)
        return STOP
    with svc.store.write() as conn:
        run_rows.set_wait(conn, run, run.waits + 1, math.ceil(svc.clock().timestamp() + said["wait"]))
        now = run_rows.run_by_id(conn, run.scope, run.id)
    return STOP if _is_cancelled(svc, now) else said


def end_failed(svc: Services, scope: Scope, run_id: int, error: AdapterError) -> None:
    """Closes the run with the sentence for the admin. Its place is kept: the next run goes on from there."""
    log.error("run %s of connection %s ended: %s", run_id, scope.connection_id, error.log)
    sentence = error.admin
    if isinstance(error, QuotaSpent) and error.until is not None:
        sentence += f" Calls are possible again from {error.until.astimezone(svc.zone):%d %b %H:%M}."
    until = _quota_back(error, svc.now()) if isinstance(error, QuotaSpent) else 0
    if until:
        with svc.store.write() as conn:
            problem_rows.add_problems(conn, scope, [ProblemRow("", QUOTA, sentence, MORE_CALLS)], svc.now())
    end_run(svc, scope, run_id, sentence, trouble=isinstance(error, Reauthorise | Misconfigured), until=until)


def _quota_back(error: QuotaSpent, now: int) -> int:
    return now + QUOTA_UNSAID if error.until is None else math.ceil(error.until.timestamp())


def end_run(svc: Services, scope: Scope, run_id: int, sentence: str, *, trouble: bool = False, until: int = 0) -> None:
    """Closes the run as failed; with `trouble` the connection needs a person before it works again.

    Where it read the CRM, no other begins by itself before `until`, nor before some patience that grows with every
    failure.
    """
    stop_reading(svc, run_id)
    now = svc.now()
    with svc.store.write() as conn:
        run = run_rows.run_by_id(conn, scope, run_id)
        tally.finish(conn, run, "failed", sentence, now)
        if run.kind in READS:
            failed = run_rows.failures(conn, scope, READS)
            connection_rows.try_again_at(conn, scope, max(until, now + patience(failed, trouble=trouble)))
        if trouble:
            connection_rows.set_trouble(conn, scope, sentence)


def give_up(svc: Services, scope: Scope, run_id: int) -> None:
    """Closes a run whose CRM has been out of reach for too long."""
    with svc.store.read() as conn:
        said = run_rows.run_by_id(conn, scope, run_id).message or "The CRM did not answer."
    mend = "Nothing is lost: it is tried again by itself, or at once by `leadtier sync`, and goes on where it stopped."
    end_run(svc, scope, run_id, f"{said} {mend}")


def stop_reading(svc: Services, run_id: int) -> None:
    """Lets go of the run's streams, if it has any open."""
    if (pull := svc.pulls.pop(run_id, None)) is not None:
        pull.close()


def _say(svc: Services, scope: Scope, run_id: int, error: Retry) -> None:
    log.warning("run %s of connection %s waits: %s", run_id, scope.connection_id, error.log)
    with svc.store.write() as conn:
        run_rows.set_message(conn, run_rows.run_by_id(conn, scope, run_id), error.admin)


def _count_calls(svc: Services, scope: Scope, run_id: int) -> None:
    calls, throttled = svc.accounts.new_calls(scope.connection_id)
    if calls or throttled:
        with svc.store.write() as conn:
            run = run_rows.run_by_id(conn, scope, run_id)
            tally.count(conn, run, calls=calls, throttled=throttled)


def end_unforeseen(svc: Services, scope: Scope, run_id: int, error: Exception) -> None:
    """Closes a run that met a database out of order, or an error nobody foresaw.

    Raises `StoreUnusable` when not even that can be written: the run stays open then and goes on later.
    """
    if isinstance(error, StoreUnusable):
        log.error("run %s of connection %s ended: %s", run_id, scope.connection_id, error)
        end_run(svc, scope, run_id, str(error))
        return
    log.error("run %s of connection %s met an unforeseen error", run_id, scope.connection_id, exc_info=error)
    sentence = (
        f"Something went wrong that we did not foresee ({type(error).__name__}). The log has the details; sync again."
    )
    end_run(svc, scope, run_id, sentence)
