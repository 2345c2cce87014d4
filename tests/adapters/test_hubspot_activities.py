"""Activities and deals come with all their contacts, in as few calls as there can be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.contract import Adapter, Misconfigured, OutcomeState
from adapters.hubspot.activities import PROPERTIES
from tests.adapters.canned import Canned, Reply, Seen

LINKS = "/crm/v4/associations/{}/contacts/batch/read"


def act(number: int, **properties: str | None) -> dict[str, Any]:
    return {
        "id": str(number),
        "properties": properties,
        "createdAt": "2026-11-01T08:00:00Z",
        "updatedAt": "2026-11-02T08:00:00Z",
    }


def link(source: int, *targets: int, after: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"from": {"id": str(source)}, "to": [{"toObjectId": target} for target in targets]}
    return found | ({"paging": {"next": {"after": after}}} if after else {})


def many(kind: str, rows: int) -> Any:
    """A route that lists `rows` activities and links each to contact 1."""

    def route(seen: Seen) -> Reply:
        if seen.path.endswith("/search"):
            return Reply(200, {"total": rows, "results": []})
        if "associations" in seen.path:
            return Reply(200, {"results": [link(int(one["id"]), 1) for one in seen.body["inputs"]]})
        start = int(seen.query.get("after", "0"))
        found = [act(number, hs_timestamp="2026-11-01T09:00:00Z") for number in range(start, min(start + 100, rows))]
        paging = {"paging": {"next": {"after": str(start + 100)}}} if start + 100 < rows else {}
        return Reply(200, {"results": found} | paging)

    return route


def test_a_thousand_activities_cost_ten_lists_and_one_association_read(hubspot: Adapter, server: Canned) -> None:
    server.route = many("notes", 2050)
    pages = list(hubspot.activities("notes", None))
    assert [len(page.items) for page in pages] == [1000, 1000, 50]
    assert [page.complete for page in pages] == [False, False, True]
    assert pages[0].total == 2050
    assert len(server.asked("/crm/v3/objects/notes")) == 21
    assert [len(seen.body["inputs"]) for seen in server.asked(LINKS.format("notes"))] == [1000, 1000, 50]
    assert len(server.seen) == 21 + 3 + 1


def test_an_activity_has_its_contacts_its_time_and_an_id_of_its_own(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(
        Reply(200, {"results": [act(7, hs_timestamp="2026-11-01T09:30:00.5Z", hs_call_status="COMPLETED")]}),
        Reply(200, {"results": [link(7, 11, 12)]}),
    )
    (only,) = next(iter(hubspot.activities("calls", None))).items
    assert (only.id, only.type, only.contact_ids) == ("calls:7", "calls", ("11", "12"))
    assert only.occurred_at == datetime(2026, 11, 1, 9, 30, 0, 500_000, tzinfo=UTC)
    assert only.properties["hs_call_status"] == "COMPLETED"


def test_associations_that_come_in_parts_are_followed(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(
        Reply(200, {"results": [act(1), act(2)]}),
        Reply(200, {"results": [link(1, 11, after="p2"), link(2, 21)]}),
        Reply(200, {"results": [link(1, 12, 11)]}),
    )
    items = next(iter(hubspot.activities("notes", None))).items
    assert [item.contact_ids for item in items] == [("11", "12"), ("21",)]
    assert server.seen[2].body["inputs"] == [{"id": "1", "after": "p2"}]


def test_an_activity_without_contacts_is_still_an_activity(hubspot: Adapter, server: Canned) -> None:
    errors = [
        {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "none", "context": {"fromObjectId": ["1"]}}
    ]
    server.will_answer(Reply(200, {"results": [act(1)]}), Reply(207, {"results": [], "numErrors": 1, "errors": errors}))
    assert next(iter(hubspot.activities("notes", None))).items[0].contact_ids == ()


def test_no_title_subject_or_body_is_ever_asked_for() -> None:
    asked = {name for names in PROPERTIES.values() for name in names}
    assert not [name for name in asked if any(word in name for word in ("body", "title", "subject", "text", "html"))]


def test_an_unknown_type_passes_through(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(200, {"results": [act(1, hs_timestamp="1762216307945")]}), Reply(200, {"results": []}))
    (only,) = next(iter(hubspot.activities("postal_mail", None))).items
    assert only.id == "postal_mail:1"
    assert only.occurred_at == datetime.fromtimestamp(1762216307.945, UTC)


MADE = datetime(2026, 11, 1, 8, tzinfo=UTC)
THEN = datetime(2026, 12, 24, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "properties", "happened"),
    [
        ("calls", {"hs_timestamp": "2026-12-24T18:00:00Z"}, THEN),
        ("calls", {"hs_timestamp": None}, MADE),
        ("tasks", {"hs_timestamp": "2026-12-24T18:00:00Z"}, MADE),
        ("tasks", {"hs_timestamp": "2027-01-01T00:00:00Z", "hs_task_completion_date": "2026-12-24T18:00:00Z"}, THEN),
        ("meetings", {"hs_timestamp": "2026-12-24T18:00:00Z", "hs_meeting_outcome": "SCHEDULED"}, MADE),
        ("meetings", {"hs_timestamp": "2026-12-24T18:00:00Z"}, MADE),
        ("meetings", {"hs_timestamp": "2026-12-24T18:00:00Z", "hs_meeting_outcome": "COMPLETED"}, THEN),
        ("meetings", {"hs_timestamp": "2026-12-24T18:00:00Z", "hs_meeting_outcome": "NO_SHOW"}, THEN),
        ("notes", {"hs_timestamp": "31 February"}, None),
    ],
)
def test_a_plan_is_not_an_act(
    hubspot: Adapter, server: Canned, kind: str, properties: dict[str, str | None], happened: datetime | None
) -> None:
    server.will_answer(Reply(200, {"results": [act(1, **properties)]}), Reply(200, {"results": []}))
    assert next(iter(hubspot.activities(kind, None))).items[0].occurred_at == happened


def test_activities_of_a_contact_name_all_their_contacts(hubspot: Adapter, server: Canned) -> None:
    def route(seen: Seen) -> Reply:
        if seen.path == "/crm/v4/associations/contacts/calls/batch/read":
            return Reply(200, {"results": [link(1, 501), link(2, 501, 502)]})
        if seen.path == LINKS.format("calls"):
            return Reply(200, {"results": [link(501, 1, 2, 3), link(502, 2)]})
        if seen.path == "/crm/v3/objects/calls/batch/read":
            return Reply(200, {"results": [act(int(one["id"])) for one in seen.body["inputs"]]})
        return Reply(200, {"results": []})

    server.route = route
    pages = list(hubspot.activities_of(["1", "2"]))
    assert [(item.id, item.contact_ids) for page in pages for item in page.items] == [
        ("calls:501", ("1", "2", "3")),
        ("calls:502", ("2",)),
    ]
    assert [page.complete for page in pages] == [False, True]
    assert len(server.seen) == len(PROPERTIES) + 2


def test_a_type_that_may_not_be_read_does_not_cost_the_others(hubspot: Adapter, server: Canned) -> None:
    def route(seen: Seen) -> Reply:
        if "calls" in seen.path:
            return Reply(403, {"category": "MISSING_SCOPES", "errors": []})
        if seen.path == "/crm/v3/objects/tasks/batch/read":
            return Reply(200, {"results": [act(int(one["id"])) for one in seen.body["inputs"]]})
        return Reply(200, {"results": [link(1, 501)] if seen.path.endswith("contacts/tasks/batch/read") else []})

    server.route = route
    pages = hubspot.activities_of(["1"])
    assert [item.id for item in next(pages).items] == ["tasks:501"]
    with pytest.raises(Misconfigured):
        next(pages)


@pytest.mark.parametrize(
    ("properties", "state", "closed", "amount"),
    [
        ({"hs_is_closed_won": "true", "hs_is_closed": "true", "amount": "1200"}, OutcomeState.WON, True, 1200.0),
        ({"hs_is_closed_won": "false", "hs_is_closed": "true", "amount": ""}, OutcomeState.LOST, True, None),
        ({"hs_is_closed_won": None, "hs_is_closed": None, "amount": "about 5"}, OutcomeState.OPEN, False, None),
        ({"amount": "nan"}, OutcomeState.OPEN, False, None),
        ({"amount": "10", "amount_in_home_currency": "12.5"}, OutcomeState.OPEN, False, 12.5),
    ],
)
def test_a_deal_is_an_outcome(
    hubspot: Adapter,
    server: Canned,
    properties: dict[str, str | None],
    state: OutcomeState,
    closed: bool,
    amount: float | None,
) -> None:
    deal = act(9, closedate="2026-11-15T00:00:00Z", createdate="2026-10-01T00:00:00Z", **properties)
    server.will_answer(Reply(200, {"results": [deal]}), Reply(200, {"results": [link(9, 1)]}))
    (only,) = next(iter(hubspot.outcomes(None))).items
    assert (only.id, only.contact_ids, only.state, only.amount) == ("9", ("1",), state, amount)
    assert only.closed_at == (datetime(2026, 11, 15, tzinfo=UTC) if closed else None)
    assert only.created_at == datetime(2026, 10, 1, tzinfo=UTC)
