"""Back-fill by bulk jobs: one result per row in order, few calls, and only what a job confirms counts as written."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.contract import Misconfigured, QuotaSpent, Retry, Update, WriteStatus
from adapters.salesforce import ingest
from adapters.salesforce.ingest import backfill
from adapters.salesforce.org import Org
from tests.adapters.canned import Canned, Reply, Seen, Time
from tests.adapters.salesforce_fake import ROOT, FakeOrg, contact, error, fake, lead, org

__all__ = ["fake", "org"]

JOBS = "jobs/ingest"
CSV = {"Content-Type": "text/csv"}


class Jobs:
    """Bulk jobs of a fake org: complete at once, with what a test lets fail."""

    def __init__(self, org: FakeOrg, server: Canned) -> None:
        self.server = server
        self.asked: list[dict[str, Any]] = []
        self.uploads: list[str] = []
        self.looks = 0
        self.states = ["JobComplete"]
        """What the looks at a job say; the last one stays."""
        self.bad: dict[str, str] = {}
        """``sf__Error`` by id."""
        self.untouched: set[str] = set()
        self.more: dict[str, Any] = {}
        self.spoil = False
        self.named: Callable[[str], str] = str
        """How a result names a record."""
        self._org = org
        org.will("POST", JOBS, self.create)
        org.will("GET", JOBS, Reply(200, {"done": True, "records": []}))

    def create(self, seen: Seen) -> Reply:
        self.asked.append(seen.body)
        path = f"{JOBS}/750{len(self.asked)}"
        self._org.will("PUT", f"{path}/batches", self.upload)
        self._org.will("PATCH", path, Reply(200, {}))
        self._org.will("GET", path, self.look)
        self._org.will("GET", f"{path}/failedResults", lambda _: self.results(self.bad, spoil=self.spoil))
        self._org.will("GET", f"{path}/unprocessedrecords", lambda _: self.results(dict.fromkeys(self.untouched, "")))
        return Reply(200, {"id": path.rpartition("/")[2], "state": "Open"})

    def upload(self, seen: Seen) -> Reply:
        self.uploads.append(seen.raw.decode())
        return Reply(201, "")

    def look(self, _: Seen) -> Reply:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        self.looks += 1
        ids = {row["Id"] for row in self.rows()}
        counts = {
            "numberRecordsProcessed": len(ids - self.untouched),
            "numberRecordsFailed": len(ids & self.bad.keys()),
        }
        return Reply(200, {"state": state} | counts | self.more)

    def results(self, rows: dict[str, str], *, spoil: bool = False) -> Reply:
        mine = {row["Id"] for row in self.rows()}
        text = "sf__Id,sf__Error,Id\n"
        text += "".join(f'"{one}","{why}","{self.named(one)}"\n' for one, why in rows.items() if one in mine)
        return Reply(200, text.replace('",', '"",', 1) if spoil else text, CSV)

    def rows(self, which: int = -1) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.uploads[which], newline="")))

    def calls(self) -> list[str]:
        return [f"{seen.method} {seen.path.removeprefix(ROOT)}" for seen in self.server.seen]


@pytest.fixture
def jobs(fake: FakeOrg, server: Canned) -> Jobs:
    return Jobs(fake, server)


def updates(*ids: str) -> list[Update]:
    return [Update(one, {"Score__c": "83"}) for one in ids]


def leads(count: int) -> list[Update]:
    return updates(*(lead(number) for number in range(count)))


def statuses(org: Org, rows: list[Update]) -> list[str]:
    return [result.status for result in backfill(org, rows)]


def test_a_clean_job_is_four_calls_besides_the_description_and_the_look_for_orphans(org: Org, jobs: Jobs) -> None:
    results = list(backfill(org, leads(500)))
    assert [(result.contact_id, result.status) for result in results] == [
        (lead(number), WriteStatus.OK) for number in range(500)
    ]
    job = f"{JOBS}/7501"
    begin = ["POST composite", f"GET {JOBS}"]
    assert jobs.calls() == [*begin, f"POST {JOBS}", f"PUT {job}/batches", f"PATCH {job}", f"GET {job}"]
    assert jobs.asked == [{"object": "Lead", "operation": "update", "contentType": "CSV", "lineEnding": "LF"}]
    assert jobs.server.seen[4].body == {"state": "UploadComplete"}
    assert jobs.server.seen[3].headers["content-type"].startswith("text/csv")


def test_the_csv_clears_by_a_mark_and_leaves_alone_by_an_empty_cell(org: Org, jobs: Jobs) -> None:
    text = 'She said "now",\nthen Zoë left'
    rows = [
        Update(lead(1), {"Score__c": "83", "Reason__c": text, "Hold__c": "true"}),
        Update(lead(2), {"Reason__c": None, "Scored_at__c": "2026-11-22T12:00:00Z", "Hold__c": None}),
        Update(lead(3), {"Reason__c": "", "Score__c": "8.5"}),
    ]
    assert statuses(org, rows) == ["ok"] * 3
    blank = dict.fromkeys(("Score__c", "Reason__c", "Hold__c", "Scored_at__c"), "")
    assert jobs.rows() == [
        blank | {"Id": lead(1), "Score__c": "83", "Reason__c": text, "Hold__c": "true"},
        blank | {"Id": lead(2), "Reason__c": "#N/A", "Hold__c": "false", "Scored_at__c": "2026-11-22T12:00:00.000Z"},
        blank | {"Id": lead(3), "Reason__c": "#N/A", "Score__c": "8.5"},
    ]
    assert "\r" not in jobs.uploads[0]


def test_leads_and_contacts_are_jobs_of_their_own_in_the_order_given(org: Org, jobs: Jobs) -> None:
    ids = [contact(2), lead(2), contact(1), lead(1)]
    results = list(backfill(org, updates(*ids)))
    assert [result.contact_id for result in results] == ids
    assert [job["object"] for job in jobs.asked] == ["Lead", "Contact"]
    assert [[row["Id"] for row in jobs.rows(number)] for number in (0, 1)] == [
        [lead(2), lead(1)],
        [contact(2), contact(1)],
    ]


def test_rows_are_drawn_once_and_before_the_first_result(org: Org, jobs: Jobs) -> None:
    drawn = []

    def stream() -> Iterator[Update]:
        for update in leads(20):
            drawn.append(update.contact_id)
            yield update

    results = backfill(org, stream())
    assert drawn == []
    next(results)
    assert len(drawn) == 20


def test_failed_rows_are_told_among_the_others(org: Org, jobs: Jobs) -> None:
    jobs.bad = {
        lead(1): "ENTITY_IS_DELETED:entity is deleted:--",
        lead(3): "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access: 001:--",
        lead(4): "FIELD_CUSTOM_VALIDATION_EXCEPTION:Phone is required:Phone --",
    }
    results = list(backfill(org, leads(6)))
    assert [(result.status, result.message) for result in results] == [
        (WriteStatus.OK, ""),
        (WriteStatus.GONE, "entity is deleted."),
        (WriteStatus.OK, ""),
        (WriteStatus.RETRY, "unable to obtain exclusive access: 001."),
        (WriteStatus.REJECTED, "Phone is required."),
        (WriteStatus.OK, ""),
    ]


def test_rows_the_job_did_not_reach_are_tried_again(org: Org, jobs: Jobs) -> None:
    jobs.untouched = {lead(2)}
    assert statuses(org, leads(4)) == ["ok", "ok", "retry", "ok"]


def test_rows_that_cannot_be_sent_are_told_and_not_sent(org: Org, jobs: Jobs) -> None:
    rows = [
        *updates("999999999"),
        Update(lead(1), {"Score__c": "warm"}),
        Update(lead(2), {}),
        Update(lead(3), {"City": "x" * 32_001}),
        *updates(lead(4)),
    ]
    assert statuses(org, rows) == ["gone", "rejected", "ok", "rejected", "ok"]
    assert [row["Id"] for row in jobs.rows()] == [lead(4)]


def test_nothing_to_write_costs_no_call(org: Org, jobs: Jobs) -> None:
    assert list(backfill(org, [])) == []
    assert statuses(org, [Update(lead(1), {})]) == ["ok"]
    assert jobs.calls() == []


def test_a_result_with_a_stray_quote_makes_the_job_unbelieved_and_not_the_row_written(org: Org, jobs: Jobs) -> None:
    jobs.bad = {lead(1): "STRING_TOO_LONG:no:--"}
    jobs.spoil = True
    assert statuses(org, leads(3)) == ["retry"] * 3


@pytest.mark.parametrize("more", [str, lambda one: one + "EAA"])
def test_a_failed_row_is_known_by_its_short_id_and_by_its_long_one(
    org: Org, jobs: Jobs, more: Callable[[str], str]
) -> None:
    jobs.bad = {lead(1): "FIELD_CUSTOM_VALIDATION_EXCEPTION:no:--"}
    jobs.named = more
    assert statuses(org, leads(3)) == ["ok", "rejected", "ok"]


def test_a_failure_of_a_record_that_was_not_sent_makes_the_job_unbelieved(org: Org, jobs: Jobs) -> None:
    jobs.bad = {lead(1): "FIELD_CUSTOM_VALIDATION_EXCEPTION:no:--"}
    jobs.named = lambda one: lead(99)
    assert statuses(org, leads(3)) == ["retry"] * 3


@pytest.mark.parametrize(
    "counts",
    [
        {"numberRecordsProcessed": 5},
        {"numberRecordsFailed": 2},
        {"numberRecordsProcessed": 2, "numberRecordsFailed": 3},
    ],
)
def test_counts_that_cannot_be_make_the_job_unbelieved(org: Org, jobs: Jobs, counts: dict[str, int]) -> None:
    jobs.bad = {lead(1): "FIELD_CUSTOM_VALIDATION_EXCEPTION:no:--"}
    jobs.more = counts
    assert statuses(org, leads(3)) == ["retry", "rejected", "retry"]


def test_a_text_that_would_empty_its_field_is_refused_and_not_sent(org: Org, jobs: Jobs) -> None:
    rows = [Update(lead(1), {"Reason__c": "#N/A"}), Update(lead(2), {"Reason__c": "not #N/A"})]
    results = list(backfill(org, rows))
    assert [result.status for result in results] == ["rejected", "ok"]
    assert "would empty Reason__c" in results[0].message
    assert [row["Id"] for row in jobs.rows()] == [lead(2)]


def test_what_a_killed_process_left_on_disk_is_removed_once_it_is_old(
    org: Org, jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, young, foreign = (tmp_path / name for name in ("leadtier-backfill-1", "leadtier-backfill-2", "others-1"))
    for folder in (old, young, foreign):
        folder.mkdir()
        (folder / "rows").write_text("scores")
    for folder in (old, foreign):
        os.utime(folder, (0, 0))
    assert statuses(org, leads(1)) == ["ok"]
    assert sorted(tmp_path.iterdir()) == [young, foreign]


@pytest.mark.parametrize(("rows", "size"), [(3, 10**9), (10**9, 3 * 23)])
def test_many_rows_are_several_jobs(
    org: Org, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, rows: int, size: int
) -> None:
    monkeypatch.setattr(ingest, "MOST_ROWS", rows)
    monkeypatch.setattr(ingest, "MOST_BYTES", size)
    jobs.bad = {lead(4): "ENTITY_IS_DELETED:gone:--"}
    assert statuses(org, leads(8)) == ["ok"] * 4 + ["gone"] + ["ok"] * 3
    assert [[row["Id"] for row in jobs.rows(number)] for number in range(3)] == [
        [lead(one) for one in part] for part in ((0, 1, 2), (3, 4, 5), (6, 7))
    ]


def test_a_job_is_looked_at_ever_more_rarely(org: Org, jobs: Jobs, time: Time) -> None:
    jobs.states = ["UploadComplete", "InProgress", "InProgress", "InProgress", "InProgress", "JobComplete"]
    jobs.untouched = {lead(0)}
    statuses(org, leads(1))
    assert time.slept == [1, 3, 9, 27, 60, 60]


def test_a_job_that_stands_still_is_stopped_and_left_to_the_next_run(org: Org, jobs: Jobs, time: Time) -> None:
    jobs.states = ["InProgress"]
    with pytest.raises(Retry, match="quarter of an hour"):
        statuses(org, leads(3))
    assert 15 * 60 <= sum(time.slept) < 20 * 60
    assert jobs.server.seen[-1].body == {"state": "Aborted"}


def test_a_job_outlives_a_gateway_that_is_away_for_a_while(org: Org, jobs: Jobs, fake: FakeOrg) -> None:
    def create(seen: Seen) -> Reply:
        made = jobs.create(seen)
        fake.will("GET", f"{JOBS}/7501", *[Reply(503, "down")] * 7, jobs.look)
        return made

    fake.will("POST", JOBS, create)
    assert statuses(org, leads(2)) == ["ok", "ok"]


@pytest.mark.parametrize("state", ["Failed", "Aborted"])
def test_a_job_that_failed_has_written_nothing_for_sure(org: Org, jobs: Jobs, state: str) -> None:
    jobs.states, jobs.more = [state], {"errorMessage": "InternalServerError : try later"}
    results = list(backfill(org, leads(2)))
    assert [(result.status, result.message) for result in results] == [
        (WriteStatus.RETRY, "InternalServerError : try later.")
    ] * 2


def test_a_field_the_job_does_not_find_is_one_problem_of_the_account(org: Org, jobs: Jobs) -> None:
    jobs.states, jobs.more = ["Failed"], {"errorMessage": "InvalidBatch : Field name not found : Score__c"}
    with pytest.raises(Misconfigured, match="permission set Leadtier") as caught:
        statuses(org, leads(2))
    assert caught.value.what == ("Lead.Score__c",)


def test_a_field_missing_on_every_row_is_one_problem_and_no_job(org: Org, jobs: Jobs, fake: FakeOrg) -> None:
    fake.objects = {"Lead": [], "Contact": []}
    with pytest.raises(Misconfigured, match=r"Lead\.Score__c"):
        statuses(org, leads(2))
    assert jobs.asked == []


def test_every_row_refused_for_one_reason_of_the_account_is_one_problem(org: Org, jobs: Jobs) -> None:
    text = "INSUFFICIENT_ACCESS_OR_READONLY:insufficient access rights on object id:--"
    jobs.bad = {lead(number): text for number in range(3)}
    with pytest.raises(Misconfigured, match="INSUFFICIENT_ACCESS_OR_READONLY"):
        statuses(org, leads(3))


def test_a_failure_before_anything_is_written_is_raised_and_leaves_no_job_behind(
    org: Org, jobs: Jobs, fake: FakeOrg
) -> None:
    def create(seen: Seen) -> Reply:
        made = jobs.create(seen)
        fake.will("PUT", f"{JOBS}/7501/batches", Reply(503, "down"))
        return made

    fake.will("POST", JOBS, create)
    with pytest.raises(Retry):
        statuses(org, leads(2))
    assert jobs.server.seen[-1].body == {"state": "Aborted"}


def test_a_failure_later_is_that_of_the_rows_not_yet_sent(
    org: Org, jobs: Jobs, fake: FakeOrg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "MOST_ROWS", 2)
    spent = Reply(403, error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
    fake.will("POST", JOBS, jobs.create, spent)
    results = list(backfill(org, leads(6)))
    assert [result.status for result in results] == ["ok", "ok", "retry", "retry", "retry", "retry"]
    assert "API calls" in results[-1].message
    assert jobs.calls().count(f"POST {JOBS}") == 2
    fake.will("POST", JOBS, spent)
    with pytest.raises(QuotaSpent):
        statuses(org, leads(2))


def test_an_upload_whose_answer_was_lost_is_not_taken_for_a_failure(org: Org, jobs: Jobs, fake: FakeOrg) -> None:
    def create(seen: Seen) -> Reply:
        made = jobs.create(seen)
        path = f"{JOBS}/7501"

        def lost(again: Seen) -> Reply:
            jobs.upload(again)
            return Reply(201, {"cut": "off"}, cut_after=3)

        twice = Reply(400, error("INVALIDJOBSTATE", "Found multiple contents for job"))
        fake.will("PUT", f"{path}/batches", lost, twice)
        fake.will("PATCH", path, Reply(200, {"cut": "off"}, cut_after=3), twice)
        return made

    fake.will("POST", JOBS, create)
    assert statuses(org, leads(2)) == ["ok", "ok"]


def test_a_job_that_never_took_its_rows_is_not_taken_for_done(org: Org, jobs: Jobs) -> None:
    jobs.states = ["Open"]
    with pytest.raises(Exception, match="did not take the rows"):
        statuses(org, leads(2))
