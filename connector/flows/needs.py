"""Needs: what waits for a person, and nothing else, the most urgent first.

A problem that mends itself, or that only explains a number, is none; nor is a first step (no CRM, no model): pages that
are empty teach those. Told from rows alone, in a handful of queries: it stands on every page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import sqlalchemy as sa

from connector.flows.doctor_live import NOBODY_WORKS, START_ONE, anybody_works
from connector.flows.heard_hooks import refused_lately
from connector.flows.missing import ACCEPT, KEEP, standing
from connector.flows.services import Services
from connector.store import connections as connection_rows
from connector.store import flags as flag_rows
from connector.store import problems as problem_rows
from connector.store import refused as refused_rows
from connector.store.connections import Connection
from connector.store.problems import QUOTA, ProblemRow

NOW: Literal["now"] = "now"
SOON: Literal["soon"] = "soon"
PATIENCE = 2 * 86_400
"""Seconds after which an open flag has waited too long."""
DRIFT, CREATING, OWNERS = "drift:", "score field:", "owners"
PERMITTED = ("activities:", "outcomes", OWNERS)
"""How the place of a problem begins that a permission would mend; what is read without it is read all the same."""


class Answer(NamedTuple):
    """One answer to a question: what is sent as ``said``, what its button says, what is asked before, if anything."""

    said: str
    label: str
    ask: str = ""


class Need(NamedTuple):
    """One thing a person must do: what, why, and the page (endpoint and arguments) where.

    `severity` is ``now`` where something stands still or goes wrong meanwhile, else ``soon``. With `answers` the page
    takes one of them by POST, so that buttons do.
    """

    title: str
    text: str
    endpoint: str
    args: Mapping[str, str | int]
    label: str
    severity: Literal["now", "soon"]
    answers: tuple[Answer, ...] = ()


def needs(svc: Services) -> Sequence[Need]:
    """What needs a person in the agency."""
    with svc.store.read() as conn:
        connections = connection_rows.connections_of(conn, svc.tenant.id)
        if not connections:
            return []
        wrong = problem_rows.of_connections(conn, svc.tenant.id)
        waiting = list(_waiting(conn, svc))
    found = [need for one in connections for need in _of(svc, one, [row for of, row in wrong if of == one.id])]
    found += [*_workers(svc), *waiting, *_hooks(svc)]
    return sorted(found, key=lambda need: need.severity != NOW)


def _of(svc: Services, connection: Connection, wrong: Sequence[ProblemRow]) -> Iterator[Need]:
    """What a connection needs: first whether it works at all, then what it cannot read or write."""
    at = {"connection_id": connection.id}
    name = connection.name
    if connection.trouble:
        text = f"{connection.trouble} Until then nothing is read or written."
        yield Need(f"{name} needs you", text, "connections.connection", at, "Mend the connection", NOW)
    if (asked := standing(connection)) is not None:
        yield Need(f"Are {asked.count:,} leads of {name} gone?", asked.text, "needs.asked", at, "Answer", NOW, YES_NO)
    yield from _fields(name, at, wrong)
    if (spent := next((row for row in wrong if row.where == QUOTA), None)) and _rests(svc, connection):
        yield Need(f"The day's calls of {name} are used up", spent.text, "calls.calls", {}, "See who used them", SOON)
    if unread := [row for row in wrong if row.where.startswith(PERMITTED)]:
        title = f"{name} lacks {_some(len(unread), 'permission')}"
        yield Need(title, unread[0].text, "connections.connection", at, "See which", SOON)


YES_NO = (
    Answer(ACCEPT, "Yes, retire them", "Really retire these leads? They are no longer scored."),
    Answer(KEEP, "No, leave them as they are"),
)


def _rests(svc: Services, connection: Connection) -> bool:
    return max(connection.retry_at, connection.live_at) > svc.now()


def _fields(name: str, at: Mapping[str, int], wrong: Sequence[ProblemRow]) -> Iterator[Need]:
    """Properties that are not as they were when they were mapped, and score fields that could not be made."""
    if drifted := [row for row in wrong if row.where.startswith(DRIFT)]:
        number = len(drifted)
        title = f"{_some(number, 'mapped property', 'mapped properties')} of {name} changed in the CRM"
        yield Need(title, drifted[0].text, "problems.problems", {}, "See what changed", NOW)
    if unmade := [row for row in wrong if row.where.startswith(CREATING)]:
        title = f"{_some(len(unmade), 'score field')} of {name} could not be created"
        yield Need(title, unmade[0].text, "connections.connection", at, "Create the fields", NOW)


def _workers(svc: Services) -> Iterator[Need]:
    if not anybody_works(svc):
        yield Need("Nobody works", f"{NOBODY_WORKS} {START_ONE}", "runs.runs", {}, "See what waits", NOW)


def _waiting(conn: sa.Connection, svc: Services) -> Iterator[Need]:
    """Rows and flags that wait for a person."""
    if refused := refused_rows.count(conn, svc.tenant.id):
        title = f"The CRM refuses {_some(refused, 'row')}"
        text = "Scores of these leads do not reach the record until somebody mends what the CRM says of them."
        yield Need(title, text, "refused.rows", {}, "See what it says", SOON)
    if old := flag_rows.count_open_before(conn, svc.tenant.id, svc.now() - PATIENCE):
        title = f"{_some(old, 'flag')} waited more than two days"
        text = "Reps said that these scores are wrong and read your answer on the record."
        yield Need(title, text, "flags.flags", {}, "Answer them", SOON)


def _hooks(svc: Services) -> Iterator[Need]:
    for one in refused_lately(svc):
        title = f"Webhooks of {one.connection} are refused"
        yield Need(title, one.refusals.text, "webhooks.webhooks", {}, "See how many", SOON)


def _some(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
