"""Missing: many leads that a full pass did not deliver. A lost permission looks exactly like a mass delete, so we ask.

The question is kept with the connection until a person answers it or the leads are seen again. While it stands, every
lead stays as it is.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict, dataclass, replace
from typing import Literal

import sqlalchemy as sa

from connector.flows.services import Refused, Services
from connector.store import audit
from connector.store import connections as connection_rows
from connector.store.connections import Connection
from connector.store.database import Scope

PERCENT = 5
HANDFUL = 5
"""Above so many percent of the book, and above so many leads, we ask before anybody is retired."""

ACCEPT: Literal["accept"] = "accept"
KEEP: Literal["keep"] = "keep"


@dataclass(frozen=True, slots=True)
class Question:
    """So many leads of the book were not delivered by a run, which began on a day (ISO, the tenant's)."""

    count: int
    of: int
    run: int
    day: str
    answer: str = ""
    """Empty while it stands, ``accept`` when they may be retired, ``keep`` when they stay."""

    @property
    def text(self) -> str:
        """What happened, as a sentence."""
        return (
            f"{self.count:,} of {self.of:,} leads were not in the CRM when run {self.run} of {self.day} read all. "
            "They were deleted there, or somebody took away our permission to see them. Nobody was retired."
        )

    def mend(self, connection: str) -> str:
        """What to do about it."""
        name = shlex.quote(connection)
        return (
            "If we should see them, give the permission back; the next reconciliation finds them. If they are gone, "
            f"`leadtier missing --connection {name} accept` retires them; `keep` leaves them as they are."
        )


def question(connection: Connection) -> Question | None:
    """The question about a connection, answered or not."""
    return Question(**json.loads(connection.missing)) if connection.missing else None


def standing(connection: Connection) -> Question | None:
    """The question, if it waits for an answer."""
    asked = question(connection)
    return asked if asked is not None and not asked.answer else None


def may_retire(asked: Question | None, missing: int, of: int) -> bool:
    """Whether so many missing leads of a book may be retired without asking, or a person has said so already."""
    if missing <= HANDFUL or missing * 100 <= of * PERCENT:
        return True
    return asked is not None and asked.answer == ACCEPT and missing <= asked.count


def ask(conn: sa.Connection, connection: Connection, new: Question) -> None:
    """Puts the question; one that was dismissed for just as many leads stays dismissed."""
    before = question(connection)
    if before is not None and before.answer == KEEP and before.count == new.count:
        new = replace(new, answer=KEEP)
    connection_rows.set_missing(conn, connection.scope, json.dumps(asdict(new)))


def answer(svc: Services, scope: Scope, said: Literal["accept", "keep"], who: str) -> Question:
    """Answers the question; accepted, the next reconciliation is due at once. Raises `Refused` when none was asked."""
    with svc.store.write() as conn:
        connection = connection_rows.connection_by_id(conn, scope)
        asked = question(connection)
        if asked is None:
            raise Refused(f"No leads of {connection.name} are missing; there is nothing to answer.")
        answered = replace(asked, answer=said)
        connection_rows.set_missing(conn, scope, json.dumps(asdict(answered)))
        if said == ACCEPT:
            connection_rows.set_nightly_on(conn, scope, ASKED_FOR)
        audit.record(conn, scope.tenant_id, who, f"missing leads: {said}", connection.name, svc.now())
    return answered


ASKED_FOR = "asked for"
"""In place of the day of the last reconciliation: the next is due whatever the day."""
