"""Whatever is wrong with an org or a row: few calls, nothing called written or gone without proof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from adapters.contract import AdapterError, Misconfigured, Retry, Update
from adapters.salesforce.errors import Refused
from adapters.salesforce.ingest import backfill
from adapters.salesforce.org import Org
from adapters.salesforce.writing import write
from tests.adapters.canned import Canned, Reply, Seen
from tests.adapters.salesforce_fake import (
    COLLECTIONS,
    ROOT,
    FakeOrg,
    contact,
    error,
    failed,
    fake,
    lead,
    org,
    sent,
    written,
)

__all__ = ["fake", "org"]

PATCH = ("PATCH", COLLECTIONS)
JOBS = "jobs/ingest"
TOO_MANY = failed("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Too many batch retries in the presence of Apex triggers.")
UNKNOWN_ID = failed("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


def updates(ids: Iterable[str]) -> list[Update]:
    return [Update(one, {"Score__c": "83"}) for one in ids]


def leads(count: int) -> list[Update]:
    return updates(lead(number) for number in range(count))


def patches(server: Canned) -> int:
    return len(server.asked(ROOT + COLLECTIONS))


def told(org: Org, rows: list[Update]) -> dict[str, int]:
    return Counter(str(result.status) for result in write(org, rows))


def whole(refusal: Reply, bad: Callable[[str], bool] = lambda one: True) -> Callable[[Seen], Reply]:
    """The call is refused whole where it holds such a row."""
    return lambda seen: refusal if any(bad(row["id"]) for row in sent(seen)) else written(seen)


def each(answer: dict[str, Any], bad: Callable[[str], bool] = lambda one: True) -> Callable[[Seen], Reply]:
    """Every such row is answered so, in a call that is accepted."""
    return lambda seen: written(seen, **{row["id"]: answer for row in sent(seen) if bad(row["id"])})


# ---------------------------------------------------------------------------------------------------------- whole calls


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "NOT_FOUND"),
        (404, "URL_NOT_RESET"),
        (405, "METHOD_NOT_ALLOWED"),
        (400, "UNKNOWN_EXCEPTION"),
        (400, "INVALID_TYPE"),
        (400, ""),
    ],
)
@pytest.mark.parametrize("rows", [1, 200])
def test_a_refusal_that_is_not_of_a_row_is_raised_at_once(
    org: Org, fake: FakeOrg, server: Canned, status: int, code: str, rows: int
) -> None:
    fake.will(*PATCH, Reply(status, error(code, "The requested resource does not exist")))
    with pytest.raises(Refused):
        write(org, leads(rows))
    assert patches(server) == 1


@pytest.mark.parametrize("bad", [0, 77, 198, 199])
def test_one_bad_row_in_two_hundred_is_found_in_twenty_calls(org: Org, fake: FakeOrg, server: Canned, bad: int) -> None:
    fake.will(*PATCH, whole(Reply(400, error("JSON_PARSER_ERROR", "odd")), lambda one: one == lead(bad)))
    assert told(org, leads(200)) == {"ok": 199, "rejected": 1}
    assert patches(server) <= 20


@pytest.mark.parametrize("code", ["JSON_PARSER_ERROR", "MALFORMED_ID"])
def test_where_rows_far_apart_are_all_refused_it_is_not_the_rows(
    org: Org, fake: FakeOrg, server: Canned, code: str
) -> None:
    fake.will(*PATCH, whole(Reply(400, error(code, "odd"))))
    with pytest.raises(Refused):
        write(org, leads(200))
    assert patches(server) <= 15


def test_two_bad_rows_at_the_beginning_do_not_stop_the_others(org: Org, fake: FakeOrg, server: Canned) -> None:
    fake.will(*PATCH, whole(Reply(400, error("JSON_PARSER_ERROR", "odd")), lambda one: one in (lead(0), lead(1))))
    assert told(org, leads(200)) == {"ok": 198, "rejected": 2}
    assert patches(server) <= 25


def test_many_bad_rows_take_no_more_than_fifty_calls_and_the_rest_waits(
    org: Org, fake: FakeOrg, server: Canned
) -> None:
    fake.will(*PATCH, whole(Reply(400, error("JSON_PARSER_ERROR", "odd")), lambda one: int(one[-3:]) % 2 == 1))
    found = told(org, leads(200))
    assert sum(found.values()) == 200
    assert min(found["ok"], found["rejected"], found["retry"]) > 0
    assert patches(server) == 50


# ----------------------------------------------------------------------------------------------- the org's own triggers


def test_where_no_part_can_be_borne_the_account_waits(org: Org, fake: FakeOrg, server: Canned) -> None:
    fake.will(*PATCH, each(TOO_MANY))
    with pytest.raises(Retry, match="Apex triggers"):
        write(org, leads(200))
    assert patches(server) <= 15


@pytest.mark.parametrize("bad", [0, 60, 199])
def test_parts_are_not_cut_below_twenty_five(org: Org, fake: FakeOrg, server: Canned, bad: int) -> None:
    def answer(seen: Seen) -> Reply:
        return each(TOO_MANY if lead(bad) in {row["id"] for row in sent(seen)} else {})(seen)

    fake.will(*PATCH, answer)
    assert told(org, leads(200)) == {"ok": 175, "retry": 25}
    assert patches(server) <= 15


def test_an_outage_half_way_is_not_met_once_more_by_every_part(org: Org, fake: FakeOrg, server: Canned) -> None:
    odd = whole(Reply(400, error("JSON_PARSER_ERROR", "odd")), lambda one: one == lead(120))
    fake.will(*PATCH, odd, odd, Reply(503, "down"))
    assert told(org, leads(200)) == {"ok": 100, "retry": 100}
    assert patches(server) <= 2 + 5, "five tries of one call"


# ----------------------------------------------------------------------------------------------------------------- gone


@pytest.mark.parametrize("code", ["INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"])
def test_where_every_row_is_unknown_it_is_our_view_that_is_gone(org: Org, fake: FakeOrg, code: str) -> None:
    fake.will(*PATCH, each(failed(code, "invalid cross reference id")))
    with pytest.raises(Misconfigured, match="View All on Lead and on Contact"):
        write(org, updates([lead(1), lead(2), contact(1)]))


def test_where_every_contact_is_unknown_they_are_refused_and_not_gone(org: Org, fake: FakeOrg) -> None:
    fake.will(*PATCH, each(UNKNOWN_ID, lambda one: one.startswith("003")))
    results = write(org, updates([lead(1), contact(1), contact(2)]))
    assert [result.status for result in results] == ["ok", "rejected", "rejected"]
    assert "View All" in results[1].message


def test_a_single_row_that_is_unknown_is_gone(org: Org, fake: FakeOrg) -> None:
    fake.will(*PATCH, each(UNKNOWN_ID, lambda one: one in (lead(1), contact(1))))
    assert told(org, updates([lead(1), lead(2), contact(1), contact(2)])) == {"ok": 2, "gone": 2}


# -------------------------------------------------------------------------------------------------------------- orphans


def job(number: int, state: str, **more: str) -> dict[str, str]:
    made = {"id": f"750{number}", "object": "Lead", "operation": "update", "createdById": "005me00000000001AA"}
    return made | {"state": state} | more


class Orphans:
    """The org's list of ingest jobs, and what was done about them."""

    def __init__(self, org: FakeOrg, server: Canned) -> None:
        self.org = org
        self.server = server
        org.will(*PATCH, written)
        org.will("GET", "/services/oauth2/userinfo", Reply(200, {"user_id": "005me0000000000"}))

    def are(self, *jobs: dict[str, str]) -> None:
        self.org.will("GET", JOBS, Reply(200, {"done": True, "records": jobs, "nextRecordsUrl": None}))
        for one in jobs:
            self.org.will("PATCH", f"{JOBS}/{one['id']}", Reply(200, {}))

    def stopped(self) -> list[str]:
        return [
            seen.path.rpartition("/")[2]
            for seen in self.server.seen
            if JOBS in seen.path and seen.body == {"state": "Aborted"}
        ]

    def listed(self) -> int:
        return len(self.server.asked(ROOT + JOBS))


@pytest.fixture
def orphans(fake: FakeOrg, server: Canned) -> Orphans:
    return Orphans(fake, server)


def test_the_first_write_of_a_process_looks_once_for_jobs_that_nobody_watches(org: Org, orphans: Orphans) -> None:
    orphans.are()
    for _ in range(3):
        write(org, leads(2))
    assert orphans.listed() == 1


def test_only_unfinished_jobs_of_our_own_kind_and_user_are_stopped(org: Org, orphans: Orphans) -> None:
    orphans.are(
        job(1, "Open"),
        job(2, "UploadComplete", object="Contact"),
        job(3, "JobComplete"),
        job(4, "UploadComplete", createdById="005other0000001AAA"),
        job(5, "UploadComplete", object="Account"),
        job(6, "UploadComplete", operation="insert"),
        job(7, "Aborted"),
    )
    assert told(org, leads(2)) == {"ok": 2}
    assert orphans.stopped() == ["7501", "7502"]


@pytest.mark.parametrize("refused", [False, True])
def test_nothing_is_written_while_an_orphan_still_writes(
    org: Org, orphans: Orphans, server: Canned, *, refused: bool
) -> None:
    orphans.are(job(1, "InProgress"))
    if refused:
        orphans.org.will("PATCH", f"{JOBS}/7501", Reply(400, error("INVALIDJOBSTATE", "not allowed")))
    with pytest.raises(Retry) as caught:
        write(org, leads(2))
    assert caught.value.after == 60
    with pytest.raises(Retry):
        list(backfill(org, leads(2)))
    assert (orphans.stopped(), patches(server)) == (["7501", "7501"], 0)
    orphans.are(job(1, "Aborted"))
    assert told(org, leads(2)) == {"ok": 2}


def test_the_list_is_read_to_its_end(org: Org, orphans: Orphans) -> None:
    orphans.are(job(2, "Open"))
    more = {"done": False, "records": [], "nextRecordsUrl": f"{ROOT}{JOBS}/more"}
    orphans.org.will("GET", f"{JOBS}/more", Reply(200, {"done": True, "records": [job(2, "Open")]}))
    orphans.org.will("GET", JOBS, Reply(200, more))
    write(org, leads(1))
    assert orphans.stopped() == ["7502"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_who_may_not_list_jobs_has_made_none(org: Org, orphans: Orphans, status: int) -> None:
    orphans.org.will("GET", JOBS, Reply(status, error("FEATURENOTENABLED", "no bulk API")))
    assert told(org, leads(2)) == {"ok": 2}


def test_a_job_whose_end_was_not_seen_is_looked_for_before_the_next_write(
    org: Org, orphans: Orphans, fake: FakeOrg
) -> None:
    orphans.are()
    fake.will("POST", JOBS, Reply(503, "down"))
    with pytest.raises(AdapterError):
        list(backfill(org, leads(2)))
    orphans.are(job(8, "UploadComplete"))
    write(org, leads(2))
    assert orphans.stopped() == ["7508"]
