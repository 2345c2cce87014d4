"""The org holds what the last card says: no old job, lost permission or broken org leaves a wrong score behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.salesforce.wire import Wire
from adapters.sandbox.salesforce.bulk.job import State
from adapters.transport import Answer
from tests.crms.orgs import SCORE, Agency, Killed, agency_at, backfill_from, die, on_call

MANY = 120
COLLECTIONS = "composite/sobjects"


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    with agency_at("synced", tmp_path) as found:
        yield found


def add_leads(agency: Agency, count: int) -> None:
    rows = [
        {"LastName": f"Many {number}", "Company": "Household", "State": "TX", "Age__c": 40} for number in range(count)
    ]
    agency.sandbox.org.load("Lead", rows)
    agency.time.pass_by(hours=1)


def many(agency: Agency) -> list[str]:
    return [row["Id"] for row in agency.desk.rows("Lead") if row["LastName"].startswith("Many")]


def answering(patch: pytest.MonkeyPatch, answer: Callable[[Any], Answer]) -> list[int]:
    """Every call of collections is answered so; how many rows each held."""
    plain, seen = Wire.send, list[int]()

    def send(self: Wire, request: Any, token: str) -> Answer:
        if request.path != COLLECTIONS:
            return plain(self, request, token)
        seen.append(len(request.body["records"]))
        return answer(request)

    patch.setattr(Wire, "send", send)
    return seen


def every_row(code: str, message: str) -> Callable[[Any], Answer]:
    row = {"success": False, "errors": [{"statusCode": code, "message": message, "fields": []}]}
    return lambda request: Answer(200, {}, b"", [row] * len(request.body["records"]))


# -------------------------------------------------------------------------------------------------------------- orphans


def killed_while_watching(agency: Agency) -> None:
    """A back-fill whose job Salesforce has not come to when our process dies."""
    agency.process()
    agency.sandbox.salesforce.faults.add("bulk_stuck")
    with pytest.MonkeyPatch.context() as patch:
        backfill_from(patch, 50)
        on_call(patch, "GET jobs/ingest/", die)
        with pytest.raises(Killed):
            agency.sync()
    agency.process()


def test_a_job_left_behind_by_a_killed_process_never_overwrites_newer_scores(agency: Agency) -> None:
    add_leads(agency, MANY)
    killed_while_watching(agency)
    for one in many(agency):
        agency.desk.write("Lead", one, Age__c=None, State=None)
    assert agency.later(minutes=5).run.state == "done"
    jobs = agency.sandbox.salesforce.jobs.all("ingest")
    assert {job.state for job in jobs} == {State.ABORTED}
    agency.sandbox.salesforce.faults.clear()
    for job in jobs:
        agency.sandbox.salesforce.jobs.poll(job)
    agency.later(hours=1)
    assert {agency.desk.row("Lead", one)[SCORE] for one in many(agency)} == {0}
    agency.whole()


def test_rows_of_a_job_nobody_answered_for_are_written_again_though_their_score_went_back(agency: Agency) -> None:
    add_leads(agency, MANY)
    agency.sync()
    for one in many(agency):
        agency.desk.write("Lead", one, Age__c=None, State=None)
    agency.time.pass_by(hours=1)
    killed_while_watching(agency)
    for one in many(agency):
        # The job had written them when it was stopped.
        agency.desk.write("Lead", one, Age__c=40, State="TX", Leadtier_score__c=0)
    agency.later(minutes=20)
    agency.later(hours=1)
    agency.whole()


def test_a_sync_looks_for_such_jobs_by_one_call(agency: Agency) -> None:
    add_leads(agency, 3)
    agency.process()
    before = calls(agency, "GET", "jobs/<any(query, ingest):kind>")
    assert agency.sync().run.written == 3
    assert calls(agency, "GET", "jobs/<any(query, ingest):kind>") == before + 1


def calls(agency: Agency, method: str, end: str) -> int:
    made = agency.sandbox.salesforce.calls.items()
    return sum(count for call, count in made if call.startswith(method) and call.endswith(end))


# ----------------------------------------------------------------------------------------------------------------- gone


def test_a_lost_view_of_the_records_retires_nobody_and_is_named(agency: Agency) -> None:
    add_leads(agency, 50)
    with pytest.MonkeyPatch.context() as patch:
        answering(patch, every_row("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))
        failed = agency.sync().run
    assert (failed.state, failed.written) == ("failed", 0)
    assert "View All on Lead and on Contact" in agency.trouble
    agency.later(hours=5)
    agency.whole()


def test_a_resource_that_is_not_found_retires_nobody(agency: Agency) -> None:
    add_leads(agency, 400)
    refusal = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    with pytest.MonkeyPatch.context() as patch:
        seen = answering(patch, lambda _: Answer(404, {"content-type": "application/json"}, b"[]", refusal))
        assert agency.sync().run.state == "failed"
    assert len(seen) == 1
    agency.later(hours=5)
    agency.whole()


def test_a_lead_said_to_be_gone_that_is_there_keeps_its_card(agency: Agency) -> None:
    add_leads(agency, 1)
    with pytest.MonkeyPatch.context() as patch:
        answering(patch, every_row("ENTITY_IS_DELETED", "entity is deleted"))
        assert agency.sync().run.state == "done"
    agency.later(hours=5)
    agency.whole()


# --------------------------------------------------------------------------------------------------------------- storms


def test_an_org_whose_triggers_bear_nothing_costs_some_dozen_calls(agency: Agency) -> None:
    add_leads(agency, 1600)
    with pytest.MonkeyPatch.context() as patch:
        seen = answering(
            patch, every_row("UNKNOWN_EXCEPTION", "Too many batch retries in the presence of Apex triggers.")
        )
        failed = agency.sync().run
    assert failed.state == "failed"
    assert "Apex triggers" in failed.message
    assert len(seen) <= 60
    agency.later(hours=1)
    agency.whole()


def test_an_org_that_is_away_costs_some_dozen_calls(agency: Agency) -> None:
    add_leads(agency, 1600)
    with pytest.MonkeyPatch.context() as patch:
        seen = answering(patch, lambda _: Answer(503, {}, b"", None))
        assert agency.sync().run.state == "failed"
    assert len(seen) <= 60
    agency.later(hours=1)
    agency.whole()


# --------------------------------------------------------------------------------------------------------------- fields


def test_a_score_field_hidden_on_leads_alone_leaves_no_old_score_behind(agency: Agency) -> None:
    add_leads(agency, 3)
    agency.sandbox.org.hide("Lead", SCORE)
    agency.process()
    failed = agency.sync().run
    assert (failed.state, failed.written) == ("failed", 0)
    assert f"Lead.{SCORE}" in agency.trouble
    assert "permission set Leadtier" in agency.trouble

    agency.sandbox.org.show("Lead", SCORE)
    agency.process()
    assert agency.later(hours=1).run.state == "done"
    agency.whole()
