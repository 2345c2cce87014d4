"""Outcomes: who bought, when it was decided, for how much."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.contract import Adapter, Misconfigured, OutcomeRecord, OutcomeState
from tests.adapters.canned import Canned
from tests.adapters.salesforce_fake import FakeOrg, fake, field
from tests.adapters.salesforce_pages import STAMP, Queries, page, reads, salesforce, soqls, with_fields

__all__ = ["fake", "reads", "salesforce"]

ROLES = [{"ContactId": "0031", "IsPrimary": False}, {"ContactId": "0032", "IsPrimary": True}]


@pytest.fixture(autouse=True)
def _objects(reads: Queries, fake: FakeOrg) -> None:
    flags = {"IsClosed": "boolean", "IsWon": "boolean", "IsDeleted": "boolean"}
    fake.objects |= {
        "Opportunity": with_fields("Id", **flags, Amount="currency", CloseDate="date", CreatedDate="datetime"),
        "OpportunityContactRole": with_fields("ContactId"),
        "OpportunityHistory": with_fields("StageName"),
        "OpportunityStage": with_fields("ApiName"),
    }
    fake.objects["Account"].append(field("PersonContactId", "reference"))
    reads.will("FROM OpportunityStage", page([{"ApiName": "Bound", "MasterLabel": "Policy bound"}]))
    reads.will("FROM Organization", page([{"Id": "00D", "TimeZoneSidKey": "America/New_York"}]))


def children(rows: list[dict[str, Any]], more: str | None = None) -> dict[str, Any]:
    url = {"nextRecordsUrl": f"/services/data/v67.0/query/{more}"} if more else {}
    return {"totalSize": len(rows), "done": more is None, "records": rows} | url


def deal(**more: Any) -> dict[str, Any]:
    base = {"Id": "0061", "IsClosed": True, "IsWon": True, "IsDeleted": False, "Amount": 1200.0, "CreatedDate": STAMP}
    return base | {"CloseDate": "2026-11-30", "OpportunityContactRoles": children(ROLES), "Account": None} | more


def steps(*stages: tuple[str, str]) -> dict[str, Any]:
    return children([{"StageName": stage, "CreatedDate": f"2026-11-{day}T10:00:00.000+0000"} for stage, day in stages])


def only(reads: Queries, salesforce: Adapter, row: dict[str, Any]) -> OutcomeRecord:
    reads.will("FROM Opportunity", page([row]))
    (outcome,) = [outcome for one in salesforce.outcomes(None) for outcome in one.items]
    return outcome


@pytest.mark.parametrize(
    ("won", "closed", "state"),
    [(True, True, OutcomeState.WON), (False, True, OutcomeState.LOST), (False, False, OutcomeState.OPEN)],
)
def test_the_orgs_own_stages_say_how_it_stands(
    reads: Queries, salesforce: Adapter, won: bool, closed: bool, state: OutcomeState
) -> None:
    outcome = only(reads, salesforce, deal(IsWon=won, IsClosed=closed))
    assert outcome.state is state
    assert outcome.amount == 1200.0
    assert (outcome.closed_at is None) is (state is OutcomeState.OPEN)


def test_the_people_with_a_role_come_the_primary_one_first(reads: Queries, salesforce: Adapter, server: Canned) -> None:
    assert only(reads, salesforce, deal()).contact_ids == ("0032", "0031")
    assert len([soql for soql in soqls(server) if "OpportunityContactRoles)" in soql]) == 1


def test_without_roles_it_is_the_person_the_account_is(reads: Queries, salesforce: Adapter) -> None:
    row = deal(OpportunityContactRoles=None, Account={"PersonContactId": "0039"})
    assert only(reads, salesforce, row).contact_ids == ("0039",)


def test_more_roles_than_fit_are_fetched(reads: Queries, salesforce: Adapter, fake: FakeOrg) -> None:
    fake.will("GET", "query/child-1", page([ROLES[1]]))
    row = deal(OpportunityContactRoles=children(ROLES[:1], more="child-1"))
    assert set(only(reads, salesforce, row).contact_ids) == {"0031", "0032"}


@pytest.mark.parametrize(
    ("history", "closed"),
    [
        (steps(("New", "01"), ("Bound", "05"), ("Bound", "09")), "2026-11-05T10:00:00+00:00"),
        (steps(("Bound", "05"), ("New", "06"), ("Bound", "09")), "2026-11-09T10:00:00+00:00"),
        (steps(("New", "01")), "2026-11-30T12:00:00-05:00"),
        (None, "2026-11-30T12:00:00-05:00"),
    ],
    ids=["first closed stage", "opened again", "no closed stage", "no history"],
)
def test_it_was_decided_when_it_came_to_a_closed_stage(
    reads: Queries, salesforce: Adapter, history: dict[str, Any] | None, closed: str
) -> None:
    """``CloseDate`` is a day that reps may edit, so it is only the second choice."""
    outcome = only(reads, salesforce, deal(OpportunityHistories=history))
    assert outcome.closed_at is not None
    assert outcome.closed_at.isoformat() == closed


def test_a_deleted_one_is_archived(reads: Queries, salesforce: Adapter) -> None:
    assert only(reads, salesforce, deal(IsDeleted=True)).archived


def test_amounts_of_several_currencies_are_converted(
    reads: Queries, salesforce: Adapter, fake: FakeOrg, server: Canned
) -> None:
    fake.objects["Opportunity"].append(field("CurrencyIsoCode", "picklist"))
    assert only(reads, salesforce, deal()).amount == 1200.0
    assert [soql for soql in soqls(server) if "convertCurrency(Amount)" in soql]


def test_opportunities_that_may_not_be_read_are_named(salesforce: Adapter, fake: FakeOrg) -> None:
    del fake.objects["Opportunity"]
    with pytest.raises(Misconfigured) as caught:
        list(salesforce.outcomes(None))
    assert caught.value.what == ("Opportunity",)
