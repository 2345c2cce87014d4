"""Whatever goes wrong in the middle of a reading, no lead is lost and no sync stands still."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from adapters.salesforce import passes
from adapters.salesforce.wire import Wire
from adapters.sandbox.salesforce import dml
from adapters.transport import Answer, Request
from tests.crms.orgs import Agency, agency_at

TOO_SLOW = Answer(400, {}, b"", [{"errorCode": "QUERY_TIMEOUT", "message": "x"}])


def add_leads(agency: Agency, count: int) -> None:
    rows = [{"LastName": f"Many {number}", "Company": "H", "State": "TX", "Age__c": 40} for number in range(count)]
    agency.sandbox.org.load("Lead", rows)
    agency.time.pass_by(hours=1)


def altered(patch: pytest.MonkeyPatch, alter: Callable[[Request, Callable[[], Answer]], Answer]) -> None:
    """Every answer as `alter` makes it."""
    plain = Wire.send
    patch.setattr(Wire, "send", lambda self, request, token: alter(request, lambda: plain(self, request, token)))


def soql(request: Request) -> str:
    return request.query.get("q", "")


def test_a_slow_query_over_an_org_with_small_pages_loses_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with agency_at("connected", tmp_path, page_size=200) as agency:
        add_leads(agency, 700)
        left = [3]

        def alter(request: Request, answer: Callable[[], Answer]) -> Answer:
            if "FROM Lead" in soql(request) and left[0]:
                left[0] -= 1
                return TOO_SLOW
            return answer()

        altered(monkeypatch, alter)
        assert agency.sync().run.state == "done"
        assert len(agency.cards()) == len(agency.people())


def test_a_mail_with_more_people_than_a_page_is_read_though_every_locator_is_gone(tmp_path: Path) -> None:
    with agency_at("synced", tmp_path, page_size=200) as agency:
        add_leads(agency, 450)
        desk = agency.desk
        mail = desk.add("EmailMessage", MessageDate="2026-11-22T10:00:00.000+0000", Incoming=False, Status="3")
        leads = {row["Id"] for row in desk.rows("Lead")}
        for one in leads:
            desk.add("EmailMessageRelation", EmailMessageId=mail, RelationId=one, RelationType="ToAddress")
        agency.time.pass_by(hours=1)
        adapter = agency.svc.account(agency.scope)
        agency.sandbox.salesforce.faults.add("locator_expired")
        before = adapter.usage.calls
        mails = [item for page in adapter.activities("EmailMessage", None) for item in page.items]
        assert [set(one.contact_ids) for one in mails if len(one.contact_ids) > 1] == [leads]
        assert adapter.usage.calls - before < 20


def test_many_merges_are_read_though_every_locator_is_gone(tmp_path: Path) -> None:
    with agency_at("synced", tmp_path, page_size=200) as agency:
        add_leads(agency, 500)
        assert agency.sync().run.state == "done"
        many = [row["Id"] for row in agency.desk.rows("Lead") if row["LastName"].startswith("Many")]
        for winner, loser in zip(many[::2], many[1::2], strict=True):
            dml.merge(agency.sandbox.org, agency.desk.user, "Lead", winner, [loser])
        agency.time.pass_by(hours=1)
        agency.sandbox.salesforce.faults.add("locator_expired")
        assert agency.sync().run.state == "done"
        assert agency.cards().keys() == agency.people().keys()


def test_merges_that_take_too_long_stop_no_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with agency_at("synced", tmp_path, page_size=200) as agency:
        add_leads(agency, 300)
        altered(
            monkeypatch,
            lambda request, answer: TOO_SLOW if "MasterRecordId != null" in soql(request) else answer(),
        )
        assert agency.sync().run.state == "done"
        assert len(agency.cards()) == len(agency.people())


def test_a_query_without_an_answer_is_asked_in_smaller_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with agency_at("connected", tmp_path) as agency:
        asked: list[str] = []

        def alter(request: Request, answer: Callable[[], Answer]) -> Answer:
            if re.search("FROM Lead", soql(request)) and "LIMIT" not in soql(request):
                asked.append(soql(request))
                raise requests.exceptions.ReadTimeout
            return answer()

        altered(monkeypatch, alter)
        assert agency.sync().run.state == "done"
        assert len(agency.cards()) == len(agency.people())
        assert len(asked) == 1


@pytest.mark.parametrize("place", ["lead", "owner", "campaign"])
def test_text_no_database_takes_stops_no_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    spoilt: list[str] = []

    def spoil(request: Request, row: dict[str, Any]) -> None:
        if place == "lead" and "State" in row:
            row["State"] = "Zo\ud83d"
        elif place == "owner" and "IsActive" in row:
            row["Name"] = "a\0b \ud83d"
        elif place == "campaign" and row.get("Campaign"):
            row["Campaign"]["Name"] = "Quote request \ud83d"
        else:
            return
        spoilt.append(request.path)

    def alter(request: Request, answer: Callable[[], Answer]) -> Answer:
        found = answer()
        document = found.document if isinstance(found.document, dict) else {}
        parts = [one["body"] for one in document.get("compositeResponse", ()) if isinstance(one["body"], dict)]
        for part in (document, *parts):
            for row in part.get("records") or ():
                spoil(request, row)
        return found

    with agency_at("connected", tmp_path) as agency:
        altered(monkeypatch, alter)
        assert agency.sync().run.state == "done"
        assert spoilt
        assert len(agency.cards()) == len(agency.people())


@pytest.mark.parametrize(
    "bad",
    [
        {"phase": "Lead", "started": "x"},
        {"phase": "next", "started": 99999999999999999999, "since": 99999999999999999999},
        {"phase": "Lead", "started": 1, "job": "../../../services/oauth2/userinfo"},
    ],
)
def test_a_spoilt_cursor_means_a_full_pass(
    tmp_path: Path, bad: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "REST_LIMIT", 2)
    with agency_at("synced", tmp_path) as agency:
        with agency.store.write() as conn:
            conn.exec_driver_sql("UPDATE connection SET cursors = ?", (json.dumps({"contacts": json.dumps(bad)}),))
        assert agency.sync().run.state == "done"
        agency.whole()
