"""The doors: what is proven is kept before it is answered, once; whatever else comes is counted and answered."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hook_support import PUBLIC, SECRET, Doors, away, change, event
from web_support import AT, NOW

from connector.flows import hook_setup
from connector.flows.services import Services
from connector.store.database import Store, engine_for
from connector.web.app import create_app


def test_what_is_signed_is_kept_with_everything_a_worker_needs(hubspot: Doors) -> None:
    answer = hubspot.told(change("leadtier_flag", "too_high", 1246965, sourceId="userId:88", changeSource="CRM_UI"))
    assert (answer.status_code, answer.data) == (202, b"")
    assert "Set-Cookie" not in answer.headers
    (row,) = hubspot.rows()
    assert (row.kind, row.record_id, row.field, row.value) == ("changed", "1246965", "leadtier_flag", "too_high")
    assert (row.who, row.bulk, row.merged_ids, row.done_at) == ("userId:88", False, "", None)
    assert (row.occurred_at, row.received_ms) == (AT - 2, AT * 1000)


def test_of_values_only_those_of_our_own_fields_are_kept(hubspot: Doors) -> None:
    hubspot.told(change("email", "ann@example.com", sourceId="userId:88"), change("leadtier_score", "70"))
    assert [(row.field, row.value, row.who) for row in hubspot.rows()] == [
        ("email", "", ""),
        ("leadtier_score", "70", ""),
    ]


def test_a_deletion_a_merge_a_restore_and_an_erasure_are_kept_as_such(hubspot: Doors) -> None:
    hubspot.told(
        event(1, subscriptionType="contact.deletion"),
        event(2, subscriptionType="contact.restore"),
        event(3, subscriptionType="contact.privacyDeletion"),
        event(4, subscriptionType="contact.merge", primaryObjectId=4, mergedObjectIds=[5, 6], newObjectId=9),
        event(7, changeSource="IMPORT"),
    )
    told = [(row.kind, row.record_id, row.merged_ids, row.bulk) for row in hubspot.rows()]
    assert told == [
        ("deleted", "1", "", False),
        ("restored", "2", "", False),
        ("privacy_deleted", "3", "", False),
        ("merged", "9", "4,5,6", False),
        ("changed", "7", "", True),
    ]


def test_what_comes_again_is_kept_once_and_answered_as_before(hubspot: Doors) -> None:
    first = hubspot.told(event(7), event(8))
    replay = hubspot.told(event(7), event(8), at=NOW - timedelta(seconds=1))
    again = hubspot.told(event(7, attemptNumber=3), event(9), event(9))
    assert [first.status_code, replay.status_code, again.status_code] == [202, 202, 202]
    assert hubspot.kept() == ["7", "8", "9"]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another secret": ({"secret": "another"}, "wrong signature"),
    "a body written again": ({"signed": json.dumps([event(7)], indent=1).encode()}, "wrong signature"),
    "the address a proxy shows": ({"url": "http://10.0.0.7:8700/hooks/hubspot"}, "wrong signature"),
    "six minutes old": ({"at": NOW - timedelta(minutes=6)}, "too old"),
    "six minutes ahead": ({"at": NOW + timedelta(minutes=6)}, "from the future"),
    "no signature": ({"headers": {"X-HubSpot-Signature-v3": ""}}, "not signed"),
    "no time": ({"headers": {"X-HubSpot-Request-Timestamp": ""}}, "not signed"),
    "a time that is none": ({"headers": {"X-HubSpot-Request-Timestamp": "soon"}}, "not signed"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_proven_is_neither_kept_nor_explained_to_the_sender(hubspot: Doors, what: str) -> None:
    changes, reason = REFUSED[what]
    answer = hubspot.told(event(7), **changes)
    assert answer.status_code == 401
    assert answer.content_type.startswith("text/plain")
    assert SECRET not in answer.get_data(as_text=True)
    assert hubspot.kept() == []
    assert hubspot.counts() == {reason: 1}


def test_the_published_signatures_open_the_door_and_then_the_body_is_looked_at(
    svc: Services, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.app_secret("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy")
    monkeypatch.setattr(svc, "clock", lambda: NOW.fromtimestamp(1693657560, NOW.tzinfo))
    body = b"{'example_field':'example_value'}"
    headers = {
        "X-HubSpot-Signature-v3": "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=",
        "X-HubSpot-Request-Timestamp": "1693657560000",
    }
    # HubSpot's test vector is of an address that ends elsewhere; only what stands before the path is ours to say.
    client = create_app(svc, public_url="https://www.example.com").test_client()
    monkeypatch.setattr("connector.web.hooks.iri_to_uri", lambda path: "/webhook_uri")
    assert client.post("/hooks/hubspot", data=body, headers=headers).status_code == 400
    assert client.post("/hooks/hubspot", data=body + b" ", headers=headers).status_code == 401


def test_an_address_with_a_query_is_signed_with_it(hubspot: Doors) -> None:
    assert hubspot.told(event(7), path="/hooks/hubspot?who=us%40leads.example&b=1%2B1").status_code == 401
    url = f"{PUBLIC}/hooks/hubspot?who=us@leads.example&b=1%2B1"
    assert hubspot.told(event(7), path="/hooks/hubspot?who=us%40leads.example&b=1%2B1", url=url).status_code == 202


def test_a_secret_is_replaced_without_a_gap(hubspot: Doors, svc: Services) -> None:
    hubspot.app_secret("the-new-one")
    fresh = Doors(svc)
    assert [fresh.told(event(7)).status_code, fresh.told(event(8), secret="the-new-one").status_code] == [202, 202]
    hook_setup.remove(svc, 1)
    fresh = Doors(svc)
    assert [fresh.told(event(7)).status_code, fresh.told(event(8), secret="the-new-one").status_code] == [401, 202]


def test_without_any_secret_nobody_is_let_in(doors: Doors) -> None:
    doors.connect()
    assert doors.told(event(7), secret="").status_code == 401
    assert doors.counts() == {"no secret": 1}


@pytest.mark.parametrize(
    "path", ["/hooks/anycrm", "/hooks/hubspot/nobody", "/hooks/salesforce", "/hooks/salesforce/nobody", "/hooks/a/b/c"]
)
def test_an_address_that_does_not_exist_gives_no_hint_which(hubspot: Doors, path: str) -> None:
    answer = hubspot.told(event(7), path=path)
    assert (answer.status_code, answer.data) == (404, b"There is nothing at this address.\n")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "TRACE", "OPTIONS", "PATCH"])
def test_a_door_takes_posts_only_and_shows_no_page(hubspot: Doors, method: str) -> None:
    answer = hubspot.client.open("/hooks/hubspot", method=method, headers={"Host": "leads.example"})
    assert answer.status_code == 405
    assert answer.content_type.startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


class Endless(BytesIO):
    """A body of ten megabytes that is made while it is read; it must not be read to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.given = 0

    def read(self, size: int | None = -1) -> bytes:
        part = b"x" * min(65_536 if size is None or size < 0 else size, 10_000_000 - self.given)
        self.given += len(part)
        return part

    def readinto(self, buffer: Any) -> int:
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)


@pytest.mark.parametrize("told_size", [True, False])
def test_a_body_of_ten_megabytes_is_not_read(hubspot: Doors, told_size: bool) -> None:
    body = Endless()
    size = {"CONTENT_LENGTH": "10000000"} if told_size else {"wsgi.input_terminated": True}
    sent = {"wsgi.input": body, "HTTP_TRANSFER_ENCODING": "" if told_size else "chunked"}
    answer = hubspot.client.post("/hooks/hubspot", environ_overrides=sent | size)
    assert answer.status_code == 413
    assert body.given < 2_000_000
    assert hubspot.counts() == {"too large": 1}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not json"),
        (b'[{"objectId": 1', "not json"),
        (b"\xff\xfe[", "not json"),
        (b'{"callbackId": "ap-1", "origin": {"portalId": 33}}', "wrong family"),
        (b"[1, 2]", "wrong family"),
    ],
)
def test_what_is_proven_and_cannot_be_read_is_refused_with_the_mistake_named(
    hubspot: Doors, body: bytes, reason: str
) -> None:
    answer = hubspot.signed(body)
    assert answer.status_code == 400
    assert ("webhook" in answer.get_data(as_text=True)) is True
    assert hubspot.counts() == {reason: 1}


def test_good_events_beside_bad_ones_are_kept_and_the_bad_ones_counted(hubspot: Doors) -> None:
    answer = hubspot.told(
        event(1),
        "rubbish",
        event(2, portalId=99),
        event(3, subscriptionType="company.creation"),
        change("lastname", "Boyd", 4),
        event(0, objectId=None),
        event(5, portalId=None),
        event(6, subscriptionType="contact.merge", mergedObjectIds=[[[]]]),
        event(7),
    )
    assert answer.status_code == 202
    assert hubspot.kept() == ["1", "6", "7"]
    assert hubspot.counts() == {
        "not an event": 1,
        "unknown account 99": 1,
        "unknown type company.creation": 1,
        "property not mapped": 1,
        "no record id": 1,
        "no account id": 1,
    }


def test_when_nothing_of_it_is_of_use_it_is_answered_all_the_same(hubspot: Doors) -> None:
    assert hubspot.told(event(1, portalId=99), event(2, subscriptionType="deal.creation")).status_code == 202
    assert hubspot.told().status_code == 202
    assert hubspot.kept() == []


def test_texts_that_no_database_takes_cost_nothing(hubspot: Doors) -> None:
    odd = "a\x00b\ud800\U0001f600" + "x" * 5000
    answer = hubspot.told(
        change("leadtier_flag", odd, 1, eventId=odd, sourceId=odd),
        change("leadtier_flag\x00", "x", 2),
        change("email", odd, 3, subscriptionType="contact.\x00\ud800<b>"),
        event(10**30),
        event(9_007_199_254_740_993),
        event(5, occurredAt=10**40),
        event(6, occurredAt=-1),
    )
    assert answer.status_code == 202
    assert hubspot.kept() == ["1", "9007199254740993", "5", "6"]
    first = hubspot.rows()[0]
    assert first.value.startswith("ab?\U0001f600")
    assert len(first.value) <= 2000
    assert {row.occurred_at for row in hubspot.rows()[2:]} == {AT}
    assert all(len(reason) <= 80 and "\x00" not in reason for reason in hubspot.counts())


def test_reasons_beyond_fifty_of_a_source_are_counted_together(hubspot: Doors) -> None:
    hubspot.told(*(event(1, eventId=n, subscriptionType=f"contact.odd{n}") for n in range(90)))
    found = hubspot.counts()
    assert sum(found.values()) == 90
    assert len(found) == 51
    assert found["other"] == 40


def test_while_the_database_is_away_the_vendor_is_asked_to_come_again_and_its_retry_is_kept_once(
    hubspot: Doors,
) -> None:
    hubspot.told(event(1))
    with away():
        answer = hubspot.told(event(7), "rubbish")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "Traceback" not in answer.get_data(as_text=True)
    assert hubspot.kept() == ["1"]
    assert [hubspot.told(event(7)).status_code, hubspot.told(event(7)).status_code] == [202, 202]
    assert hubspot.kept() == ["1", "7"]


def test_a_database_that_is_gone_altogether_is_no_fault_of_the_sender(
    svc: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(svc, "store", Store(engine_for(f"sqlite:///{tmp_path / 'gone' / 'x.db'}")))
    answer = Doors(svc).told(event(7))
    assert answer.status_code == 503
    assert answer.content_type.startswith("text/plain")


def test_a_fault_of_our_own_is_answered_so_that_nothing_is_lost(
    hubspot: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("nobody thought of this")

    monkeypatch.setattr("connector.store.gathering.add_events", fails)
    answer = hubspot.told(event(7))
    assert answer.status_code == 503
    assert b"nobody thought" not in answer.data
