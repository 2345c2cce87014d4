"""Opportunities as outcomes: did the lead buy, when, for how much.

By REST contact roles and stage history come as sub-queries with the page. Bulk API has no sub-queries: there the
opportunities come first, with the person their account may be, then the roles, each with its opportunity; and the last
change of stage stands for the history.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import Any

from adapters.contract import OutcomeRecord, OutcomeState, Page
from adapters.salesforce.campaigns import NOON
from adapters.salesforce.errors import Refused, Unfinished
from adapters.salesforce.org import Org
from adapters.salesforce.parts import State
from adapters.salesforce.passes import REST_LIMIT, walk
from adapters.salesforce.soql import ID, STAMP, Phase
from adapters.salesforce.values import CHILDREN, Column, Row, columns, moment

log = logging.getLogger(__name__)

OPPORTUNITY = "Opportunity"
ROLE, KEY = "OpportunityContactRole", "OpportunityId"
ALONE, OF_ROLES = "Alone", "OfRoles"
"""The two phases of a pass by Bulk API."""
OF = f"{OPPORTUNITY}."

FIELDS = (ID, "IsClosed", "IsWon", "CloseDate", "LastStageChangeDate", "CreatedDate", "IsDeleted", STAMP)

ROLES = Column("OpportunityContactRoles", CHILDREN, "(SELECT ContactId, IsPrimary FROM OpportunityContactRoles)")
STAGES = Column(
    "OpportunityHistories",
    CHILDREN,
    "(SELECT StageName, CreatedDate FROM OpportunityHistories ORDER BY CreatedDate)",
)
PERSON_CONTACT = "PersonContactId"
"""The contact of an account that is a person; a column only where the org has person accounts."""


def outcomes(org: Org, cursor: str | None) -> Iterator[Page[OutcomeRecord]]:
    """A pass over opportunities; see `Reader.outcomes`."""
    closed: frozenset[str] | None = None
    for chunk in walk(org, partial(_phases, org, cursor), cursor):
        if closed is None and chunk.rows and chunk.phase == OPPORTUNITY:
            closed = _closed_stages(org)
        if chunk.phase == OF_ROLES:
            items = [_of_roles(org, list(group)) for _, group in groupby(chunk.rows, key=lambda row: row[KEY])]
        else:
            items = [_outcome(org, row, closed or frozenset()) for row in chunk.rows]
        yield Page(items, chunk.cursor, chunk.complete, chunk.problems, chunk.total)


def _phases(org: Org, cursor: str | None) -> list[Phase]:
    """One query with sub-queries, or, for very many, those that Bulk API can do."""
    full = State.begin(cursor, org.client.now()).since == 0
    many = full and org.counts().get(OPPORTUNITY, 0) > REST_LIMIT
    role = org.describes.get(ROLE)
    if not many:
        return [Phase(OPPORTUNITY, OPPORTUNITY, (*_columns(org), *_children_of(org)), bulk=False)]
    found = [Phase(ALONE, OPPORTUNITY, tuple(_columns(org)))]
    if role:
        own = columns(role, [ID, KEY, "ContactId", "IsPrimary", "IsDeleted"])
        found.append(Phase(OF_ROLES, ROLE, (*own, *_columns(org, OF)), stamps=(OF + STAMP,), key=KEY))
    return found


def _columns(org: Org, prefix: str = "") -> list[Column]:
    seen, account = org.describes.need(OPPORTUNITY), org.describes.get("Account")
    selected = columns(seen, FIELDS, prefix)
    if "Amount" in seen:
        # In an org of several currencies the amount is in the record's own; converted it is in that of our user.
        several = "CurrencyIsoCode" in seen
        selected.append(Column(f"{prefix}Amount", "currency", f"convertCurrency({prefix}Amount)" if several else ""))
    if account and PERSON_CONTACT in account:
        selected.append(Column(f"{prefix}Account.{PERSON_CONTACT}", "reference"))
    return selected


def _children_of(org: Org) -> list[Column]:
    return [
        *([ROLES] if org.describes.get(ROLE) else ()),
        *([STAGES] if org.describes.get("OpportunityHistory") else ()),
    ]


def _closed_stages(org: Org) -> frozenset[str]:
    """The names of the stages in which an opportunity is over; one call a pass."""
    if org.describes.get("OpportunityStage") is None:
        return frozenset()
    try:
        rows = org.client.all("SELECT ApiName, MasterLabel FROM OpportunityStage WHERE IsClosed = true")
    except (Refused, Unfinished) as problem:
        log.warning("closing dates come from CloseDate: %s", problem.log)
        return frozenset()
    # The history holds the name; in orgs that renamed a stage the label may differ from it.
    return frozenset(str(row[name]) for row in rows for name in ("ApiName", "MasterLabel") if row.get(name))


def _outcome(org: Org, row: Row, closed: frozenset[str]) -> OutcomeRecord:
    state = _state(row)
    return OutcomeRecord(
        row[ID],
        tuple(_contacts(org, row)),
        state,
        created_at=moment(row.get("CreatedDate")),
        # An open opportunity has a close date too: the day the rep hopes for.
        closed_at=_closed_at(org, row, closed) if state is not OutcomeState.OPEN else None,
        amount=_number(row.get("Amount")),
        archived=row["IsDeleted"] == "true",
    )


def _of_roles(org: Org, rows: Sequence[Row]) -> OutcomeRecord:
    """The rows of one opportunity's roles as that opportunity; without a role that still stands, as it came alone."""
    live = [row for row in rows if row.get("IsDeleted") != "true" and row.get("ContactId")]
    live.sort(key=lambda row: row.get("IsPrimary") != "true")
    own = {path.removeprefix(OF): value for path, value in rows[0].items() if path.startswith(OF)}
    alone = _outcome(org, own, frozenset())
    people = tuple(dict.fromkeys(str(row["ContactId"]) for row in live))
    return replace(alone, contact_ids=people or alone.contact_ids)


def _state(row: Row) -> OutcomeState:
    if row["IsWon"] == "true":
        return OutcomeState.WON
    return OutcomeState.LOST if row["IsClosed"] == "true" else OutcomeState.OPEN


def _contacts(org: Org, row: Row) -> list[str]:
    """Whoever has a role, the primary one first; else the person the account is."""
    roles = [role for role in _children(org, row.get(ROLES.path)) if role.get("ContactId")]
    roles.sort(key=lambda role: role.get("IsPrimary") is not True)
    person = row.get(f"Account.{PERSON_CONTACT}")
    return list(dict.fromkeys(str(role["ContactId"]) for role in roles)) or ([person] if person else [])


def _closed_at(org: Org, row: Row, closed: frozenset[str]) -> datetime | None:
    """When it came to a closed stage for good; ``CloseDate`` is a day reps may edit, so it is the second choice."""
    ended: datetime | None = None
    for step in _children(org, row.get(STAGES.path)):
        if step.get("StageName") not in closed:
            # Opened again.
            ended = None
        elif ended is None:
            ended = moment(step.get("CreatedDate"))
    day = row.get("CloseDate")
    ended = ended or moment(row.get("LastStageChangeDate"))
    return ended or (datetime.combine(date.fromisoformat(day), NOON, org.zone()) if day else None)


def _children(org: Org, answer: Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    """The rows of a sub-query, those on its own further pages included."""
    rows: list[Mapping[str, Any]] = []
    while answer:
        rows += answer.get("records") or ()
        url = answer.get("nextRecordsUrl")
        answer = org.client.more(str(url)) if url else None
    return rows


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
