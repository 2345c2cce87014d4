"""``/updated`` and ``/deleted`` of the sandbox's Salesforce side."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.org import SalesforceOrg

FROM, TO = "2026-11-22T11:59:00+00:00", "2026-11-22T12:30:00+00:00"


def changes(org: SalesforceOrg, kind: str, start: str = FROM, end: str = TO) -> Any:
    return org.get(f"sobjects/Lead/{kind}/?start={quote(start)}&end={quote(end)}")


def test_changed_and_created_records_are_told_once_and_deleted_ones_not(org: SalesforceOrg) -> None:
    old, gone = org.add("Lead"), org.add("Lead")
    org.clock.forward(3600)
    new = org.add("Lead")
    org.patch(f"sobjects/Lead/{old}", {"Phone": "1"})
    org.delete(f"sobjects/Lead/{gone}")
    told = changes(org, "updated", "2026-11-22T13:00:00Z", "2026-11-22T13:10:00Z")
    assert told == {"ids": [old, new], "latestDateCovered": "2026-11-22T13:01:00.000+0000"}


def test_deleted_records_are_told_those_purged_from_the_bin_too(org: SalesforceOrg) -> None:
    binned, purged = org.add("Lead"), org.add("Lead")
    org.clock.forward(60)
    for lead in (binned, purged):
        org.delete(f"sobjects/Lead/{lead}")
    org.post("/_sandbox/salesforce/purge", {"ids": [purged]})
    told = changes(org, "deleted")
    assert {(each["id"], each["deletedDate"]) for each in told["deletedRecords"]} == {
        (binned, "2026-11-22T12:01:00.000+0000"),
        (purged, "2026-11-22T12:01:00.000+0000"),
    }
    assert set(told) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    assert [row["Id"] for row in org.query("SELECT Id FROM Lead", everything=True)] == [binned]


def test_seconds_are_passed_over(org: SalesforceOrg) -> None:
    org.clock.forward(30)
    lead = org.add("Lead")
    told = changes(org, "updated", "2026-11-22T12:00:45Z", "2026-11-22T12:01:59Z")
    assert told["ids"] == [lead]


def test_a_plus_that_arrives_as_a_space_is_read_as_one(org: SalesforceOrg) -> None:
    lead = org.add("Lead")
    told = org.get(f"sobjects/Lead/updated?start={FROM}&end={TO}")
    assert told["ids"] == [lead]


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        ("updated", TO, FROM),
        ("updated", FROM, FROM),
        ("updated", "2026-10-20T00:00:00Z", TO),
        ("deleted", "2026-11-05T00:00:00Z", TO),
        ("updated", "yesterday", TO),
    ],
)
def test_times_that_make_no_sense_or_lie_too_far_back_are_refused(
    org: SalesforceOrg, kind: str, start: str, end: str
) -> None:
    refused = org.refused("GET", f"sobjects/Lead/{kind}?start={quote(start)}&end={quote(end)}", 400)
    assert refused == "INVALID_REPLICATION_DATE"


def test_an_object_that_is_not_replicated_says_so(org: SalesforceOrg) -> None:
    path = f"sobjects/EntityDefinition/updated?start={quote(FROM)}&end={quote(TO)}"
    assert org.refused("GET", path, 400) == "INVALID_TYPE_FOR_OPERATION"
