"""Opportunities as outcomes: did the lead buy, when, for how much.

Always by REST: contact roles and stage history come as sub-queries with the page, which Bulk API cannot do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from adapters.contract import OutcomeRecord, OutcomeState, Page
from adapters.salesforce.campaigns import NOON
from adapters.salesforce.org import Org
from adapters.salesforce.passes import walk
from adapters.salesforce.soql import ID, STAMP, Phase
from adapters.salesforce.values import CHILDREN, Column, Row, columns, moment

OPPORTUNITY = "Opportunity"
FIELDS = (ID, "IsClosed", "IsWon", "CloseDate", "CreatedDate", "IsDeleted", STAMP)

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
    for chunk in walk(org, lambda: [_phase(org)], cursor):
        if closed is None and chunk.rows:
            closed = _closed_stages(org)
        items = [_outcome(org, row, closed or frozenset()) for row in chunk.rows]
        yield Page(items, chunk.cursor, chunk.complete, chunk.problems, chunk.total)


def _phase(org: Org) -> Phase:
    seen, account = org.describes.need(OPPORTUNITY), org.describes.get("Account")
    selected = columns(seen, FIELDS)
    if "Amount" in seen:
        # In an org of several currencies the amount is in the record's own; converted it is in that of our user.
        several = "CurrencyIsoCode" in seen
        selected.append(Column("Amount", "currency", "convertCurrency(Amount)" if several else ""))
    if account and PERSON_CONTACT in account:
        selected.append(Column(f"Account.{PERSON_CONTACT}", "reference"))
    if org.describes.get("OpportunityContactRole"):
        selected.append(ROLES)
    if org.describes.get("OpportunityHistory"):
        selected.append(STAGES)
    return Phase(OPPORTUNITY, OPPORTUNITY, tuple(selected), bulk=False)


def _closed_stages(org: Org) -> frozenset[str]:
    """The names of the stages in which an opportunity is over; one call a pass."""
    if org.describes.get("OpportunityStage") is None:
        return frozenset()
    rows = org.client.all("SELECT ApiName, MasterLabel FROM OpportunityStage WHERE IsClosed = true")
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
