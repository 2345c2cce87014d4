"""Many records at once: bulk jobs read and write what single calls would, whatever happens to a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.salesforce import passes
from adapters.salesforce.wire import Wire
from adapters.sandbox.salesforce import dml
from adapters.sandbox.salesforce.dml import Rule
from adapters.transport import Answer
from tests.crms.orgs import REASON, SCORE, Agency, Killed, agency_at, backfill_from, die, on_call

MANY = 120


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    """With enough leads for a bulk query."""
    with agency_at("connected", tmp_path) as found:
        org = found.sandbox.org
        names = [f"Many {number}" for number in range(MANY)]
        org.load("Lead", [{"LastName": one, "Company": "Household", "State": "TX", "Age__c": 40} for one in names])
        found.time.pass_by(hours=1)
        yield found


@pytest.fixture
def by_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bulk jobs read from 50 rows on, in pages of 40."""
    monkeypatch.setattr(passes, "REST_LIMIT", 50)
    monkeypatch.setattr("adapters.salesforce.bulk_query.PAGE", 40)
    monkeypatch.setattr("adapters.salesforce.bulk_query.DOWNLOAD", 70)


def jobs(agency: Agency, kind: str) -> int:
    return len(agency.sandbox.salesforce.jobs.all(kind))


def leads(agency: Agency) -> list[str]:
    return [row["Id"] for row in agency.desk.rows("Lead")]


# -------------------------------------------------------------------------------------------------------------- reading


def kept(agency: Agency) -> list[tuple[Any, ...]]:
    return agency.rows("SELECT crm_id, fields, digest, created_at, family FROM lead ORDER BY crm_id")


def test_a_bulk_query_reads_what_single_pages_read(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.sync()
    by_pages = kept(agency)
    assert jobs(agency, "query") == 0
    monkeypatch.setattr(passes, "REST_LIMIT", 50)
    agency.process()
    again = agency.sync(full=True).run
    assert jobs(agency, "query") > 0
    assert (again.state, again.contacts, again.changed, again.written) == ("done", MANY + 9, 0, 0)
    assert kept(agency) == by_pages


@pytest.mark.usefixtures("by_bulk")
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_killed_in_the_middle_of_a_bulk_result_nothing_is_lost(
    agency: Agency, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        on_call(patch, "jobs/query", die, at=at)
        with pytest.raises(Killed):
            agency.sync()
    agency.process()
    done = agency.sync().run
    assert (done.state, done.contacts >= MANY + 9) == ("done", True)
    agency.whole()
    if at > 1:
        assert jobs(agency, "query") <= 2, "the job that was begun is read to its end"


@pytest.mark.usefixtures("by_bulk")
def test_a_job_that_is_gone_when_we_come_back_is_asked_for_anew(agency: Agency) -> None:
    with pytest.MonkeyPatch.context() as patch:
        on_call(patch, "jobs/query/.*/results", die, at=2)
        with pytest.raises(Killed):
            agency.sync()
    found = agency.sandbox.salesforce.jobs
    for job in found.all("query"):
        found.delete(job)
    agency.process()
    assert agency.sync().run.state == "done"
    agency.whole()
    agency.as_if_undisturbed()


@pytest.mark.usefixtures("by_bulk")
def test_a_bulk_query_that_fails_is_read_page_by_page(agency: Agency) -> None:
    agency.sandbox.salesforce.faults.add("bulk_failed", count=1)
    done = agency.sync().run
    assert (done.state, done.message, done.contacts) == ("done", "", MANY + 9)
    agency.whole()


# -------------------------------------------------------------------------------------------------------------- writing


@pytest.fixture
def backfilled(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> Agency:
    """Bulk jobs write from 50 rows on."""
    backfill_from(monkeypatch, 50)
    return agency


def test_many_rows_are_written_by_a_job_for_leads_and_one_for_contacts(backfilled: Agency) -> None:
    done = backfilled.sync().run
    assert (done.state, done.written, jobs(backfilled, "ingest")) == ("done", MANY + 9, 2)
    backfilled.whole()
    assert done.calls < 40


def test_bad_rows_of_a_job_are_told_apart(backfilled: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    org, desk = backfilled.sandbox.org, backfilled.desk
    locked, refused, converted, deleted = leads(backfilled)[10:14]
    org.locked.add(locked)
    org.rules["Producer"] = Rule("Lead", lambda row: row["Id"] == refused, 'Say who: "producer", not "agent": name it.')

    def meanwhile() -> None:
        dml.convert_lead(org, desk.user, converted)
        dml.delete(org, desk.user, "Lead", [deleted])

    on_call(monkeypatch, "POST jobs/ingest", meanwhile)
    done = backfilled.sync()
    assert (done.run.state, done.run.written, done.run.failed, done.archived) == ("done", MANY + 5, 1, 2)
    contact = desk.row("Lead", converted)["ConvertedContactId"]
    backfilled.whole(locked, refused, contact)
    assert 'Say who: "producer", not "agent": name it.' in backfilled.said()
    assert "1 records wait to be written." in backfilled.said()

    org.locked.clear()
    org.rules.clear()
    assert backfilled.later(hours=1).run.state == "done"
    backfilled.whole()
    assert backfilled.said() == ""
    assert desk.row("Contact", contact)[SCORE] == 15


def test_a_reason_that_no_longer_holds_is_cleared(backfilled: Agency) -> None:
    backfilled.sync()
    many = [row["Id"] for row in backfilled.desk.rows("Lead") if row["LastName"].startswith("Many")]
    assert all(backfilled.desk.row("Lead", lead)[REASON] for lead in many)
    for lead in many:
        backfilled.desk.write("Lead", lead, Age__c=None, State=None)
    assert backfilled.later(hours=1).run.written == MANY
    assert {backfilled.desk.row("Lead", lead)[REASON] for lead in many} == {None}
    assert {backfilled.desk.row("Lead", lead)[SCORE] for lead in many} == {0}
    backfilled.whole()


@pytest.mark.parametrize("kind", ["bulk_failed", "bulk_unprocessed"])
def test_a_job_that_ends_early_is_made_up_for(backfilled: Agency, kind: str) -> None:
    backfilled.sandbox.salesforce.faults.add(kind, count=1)
    done = backfilled.sync().run
    assert (done.state, done.failed) == ("done", 0)
    backfilled.later(hours=1)
    backfilled.whole()
    assert backfilled.said() == ""


def spoil(plain: Callable[..., Answer], *asked: Any) -> Answer:
    """A table of failed rows in which somebody's quote opens and never closes."""
    answer = plain(*asked)
    if "failedResults" in asked[1].path:
        file = answer.document.file
        lines = file.read().splitlines(keepends=True)
        file.seek(0)
        file.writelines([*lines[:1], *(b'"' + line for line in lines[1:])])
        file.seek(0)
    return answer


def test_a_stray_quote_in_the_failed_rows_takes_no_row_for_written(
    backfilled: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = leads(backfilled)[10]
    backfilled.sandbox.org.rules["Producer"] = Rule("Lead", lambda row: row["Id"] == refused, "Name the producer.")
    plain = Wire._download
    monkeypatch.setattr(Wire, "_download", lambda *asked: spoil(plain, *asked))
    assert backfilled.sync().run.state == "done"
    backfilled.whole(refused)

    backfilled.sandbox.org.rules.clear()
    backfilled.later(hours=1)
    backfilled.whole()
    assert backfilled.said() == ""
