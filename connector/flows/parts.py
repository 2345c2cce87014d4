"""Parts: the slices a story is made of, and how one that meets a failing CRM ends no more than it must."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypedDict

from adapters.contract import AdapterError, Misconfigured, QuotaSpent, Reauthorise, Retry
from connector.flows.services import Refused, Services
from connector.store import connections as connection_rows
from connector.store import runs as run_rows
from connector.store.database import Scope, StoreUnusable
from connector.store.sealing import SealBroken

log = logging.getLogger(__name__)

WAIT_UNSAID = 20.0
"""Seconds to wait when the CRM asks for patience without saying how much."""
LONGEST_WAIT = 120.0
MOST_WAITS = 6
"""How often in a row a part may ask to wait; after that the CRM has been out of reach for minutes and the run ends."""


class Next(TypedDict):
    """What a part says when its slice is done: the same part again, the next one, or stop. `wait` is in seconds."""

    go: Literal["more", "next", "wait", "stop"]
    wait: float


MORE: Next = {"go": "more", "wait": 0}
DONE: Next = {"go": "next", "wait": 0}
STOP: Next = {"go": "stop", "wait": 0}

Part = Callable[[Services, Scope, int], Next]


class Steps(Protocol):
    """How a story's slices are run: directly, or as steps that the workflow engine remembers."""

    def run(self, part: Part, svc: Services, scope: Scope, run_id: int) -> Next:
        """Runs one slice."""

    def pause(self, seconds: float) -> None:
        """Waits between slices."""


@dataclass(frozen=True, slots=True)
class DirectSteps:
    """Runs slices on the spot: for tests, and wherever nobody needs to remember them."""

    sleep: Callable[[float], None]

    def run(self, part: Part, svc: Services, scope: Scope, run_id: int) -> Next:
        """Runs one slice."""
        return part(svc, scope, run_id)

    def pause(self, seconds: float) -> None:
        """Waits."""
        self.sleep(seconds)


Story = Callable[[Services, Scope, int, Steps], None]


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


def tell(parts: tuple[Part, ...], svc: Services, scope: Scope, run_id: int, steps: Steps) -> bool:
    """Runs the parts one after another, each until it is done; whether the run came to its end."""
    return all(_repeat(one, svc, scope, run_id, steps) for one in parts)


def _repeat(one: Part, svc: Services, scope: Scope, run_id: int, steps: Steps) -> bool:
    waits = 0
    while True:
        said = steps.run(one, svc, scope, run_id)
        if said["go"] in {"next", "stop"}:
            return said["go"] == "next"
        waits = waits + 1 if said["go"] == "wait" else 0
        if waits > MOST_WAITS:
            give_up(svc, scope, run_id)
            return False
        if said["wait"]:
            steps.pause(said["wait"])


def end_failed(svc: Services, scope: Scope, run_id: int, error: AdapterError) -> None:
    """Closes the run with the sentence for the admin. Its place is kept: the next run goes on from there."""
    log.error("run %s of connection %s ended: %s", run_id, scope.connection_id, error.log)
    sentence = error.admin
    if isinstance(error, QuotaSpent) and error.until is not None:
        sentence += f" Calls are possible again from {error.until.astimezone(svc.zone):%d %b %H:%M}."
    end_run(svc, scope, run_id, sentence, trouble=isinstance(error, Reauthorise | Misconfigured))


def end_run(svc: Services, scope: Scope, run_id: int, sentence: str, *, trouble: bool = False) -> None:
    """Closes the run as failed; with `trouble` the connection needs a person before it works again."""
    stop_reading(svc, run_id)
    with svc.store.write() as conn:
        run_rows.finish_run(conn, run_rows.run_by_id(conn, scope, run_id), "failed", sentence, svc.now())
        if trouble:
            connection_rows.set_trouble(conn, scope, sentence)


def give_up(svc: Services, scope: Scope, run_id: int) -> None:
    """Closes a run whose CRM has been out of reach for too long."""
    with svc.store.read() as conn:
        said = run_rows.run_by_id(conn, scope, run_id).message or "The CRM did not answer."
    mend = "Nothing is lost: start `leadtier sync` again when it answers, and it goes on where it stopped."
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
            run_rows.add_counts(conn, run, calls=calls, throttled=throttled)


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
