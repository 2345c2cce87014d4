"""The ingest API: events come in under a key, each is answered for, and nothing else gets in."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from api_support import EVENTS, WHEN, Sender, acts, counts, event, key_for, people, told_rows
from flask.testing import FlaskClient
from web_support import AT, NOW, Book

from connector.flows import api_keys as key_flows
from connector.flows.services import Services
from connector.flows.telling import told_kinds
from connector.store import api_keys
from connector.store import tables as t
from connector.store.database import Scope, StoreUnusable


@pytest.fixture
def scope(svc: Services, book: Book) -> Scope:
    scope = book.connect()
    people(svc, scope, c51203="ann@x.com", c51204="bob@x.com")
    return scope


@pytest.fixture
def sender(svc: Services, client: FlaskClient, scope: Scope) -> Sender:
    return Sender(client, key_for(svc, svc.tenant.id))


def test_an_event_is_stored_as_an_activity_of_the_lead(svc: Services, sender: Sender) -> None:
    assert counts(sender.tell(event(campaign="autumn letter"))) == (1, 0, 0, 0)
    at = int(datetime.fromisoformat(WHEN).timestamp())
    assert acts(svc) == [(svc.tenant.id, "51203", "told:e1", "callback_requested", at, "autumn letter")]


@pytest.mark.parametrize(
    "who",
    [
        {"email": " Ann@X.Com "},
        {"email": "ann@x.com", "connection": "main crm"},
        {"email": "ann@x.com", "connection": None},
        {"crm_id": "51203"},
        {"crm_id": "51203", "connection": "main crm"},
    ],
)
def test_a_lead_is_named_by_its_address_or_its_id(svc: Services, sender: Sender, who: dict[str, str]) -> None:
    assert counts(sender.tell(event(who=who))) == (1, 0, 0, 0)
    assert [act[1] for act in acts(svc)] == ["51203"]


@pytest.mark.parametrize("at", ["2026-11-22T09:30:00-06:00", "2026-11-22 15:30Z", "20261122T153000.25+0000"])
def test_a_time_may_come_in_any_zone(svc: Services, sender: Sender, at: str) -> None:
    sender.tell(event(at=at))
    assert acts(svc)[0][4] == int(datetime.fromisoformat(WHEN).timestamp())


def test_an_event_sent_again_is_counted_and_changes_nothing(svc: Services, sender: Sender) -> None:
    sender.tell(event())
    before = acts(svc)
    assert counts(sender.tell(event(), event(kind="page_viewed", who={"email": "bob@x.com"}))) == (0, 2, 0, 0)
    assert acts(svc) == before


def test_an_event_of_nobody_we_know_waits(svc: Services, sender: Sender) -> None:
    assert counts(sender.tell(event(who={"email": "zoe@x.com"}), event("e2", who={"crm_id": "9"}))) == (0, 0, 2, 0)
    assert (acts(svc), told_rows(svc)) == ([], 2)


def test_a_bad_event_costs_no_good_one_and_says_where_it_stands(svc: Services, sender: Sender) -> None:
    done = sender.tell(event("e1"), event("e2", kind="sneezed"), event("e3"), {}, event("e1"))
    assert counts(done) == (2, 1, 0, 2)
    assert [(one["index"], one["id"]) for one in done["rejected"]] == [(1, "e2"), (3, None)]
    assert [act[2] for act in acts(svc)] == ["told:e1", "told:e3"]


LATER = (NOW + timedelta(days=1, minutes=1)).isoformat()
WRONG: dict[str, tuple[Any, str, str]] = {
    "a kind that is none": (event(kind="sneezed"), "kind", "callback_requested"),
    "a kind that only a rep may make": (event(kind="flagged_too_high"), "kind", "Use one of"),
    "a time without a zone": (event(at="2026-11-22T15:30:00"), "at: has no time zone", "zone"),
    "a day without a time": (event(at="2026-11-22"), "at: has no time zone", "zone"),
    "a time that is a number": (event(at=1795361400), "at: is not a time", "ISO 8601|2026"),
    "a time that is no time": (event(at="yesterday"), "at: is not a time", "2026"),
    "a time long ago": (event(at="1999-12-31T23:59:59Z"), "before the year 2000", "when it happened"),
    "a time at the beginning of all times": (event(at="0001-01-01T00:00:00+14:00"), "before the year 2000", ""),
    "a time to come": (event(at=LATER), "more than a day ahead", "clock"),
    "a time at the end of all times": (event(at="9999-12-31T23:59:59-14:00"), "more than a day ahead", ""),
    "no lead": (event(who={}), "who: must name the lead by exactly one", "email"),
    "two ways to name the lead": (event(who={"email": "a@x.com", "crm_id": "1"}), "exactly one", "email"),
    "a lead that is a text": (event(who="ann@x.com"), "who: must name", "email"),
    "an address that is none": (event(who={"email": "ann"}), "email: is not an e-mail address", "ann@example.com"),
    "two addresses": (event(who={"email": "a@x.com b@x.com"}), "email: is not", "one address"),
    "an id that is a number": (event(who={"crm_id": 51203}), "crm_id: is not text", "quotes"),
    "a field that is none": (event(colour="red"), "colour: is not a field", "campaign"),
    "a field of the lead that is none": (event(who={"email": "a@x.com", "name": "A"}), "name: is not a field", "who"),
    "no id": (event(id=...), "id: is missing", "Every event has"),
    "an empty id": (event(""), "id: is empty", "value"),
    "a blank id": (event("  "), "id: is blank", "value"),
    "an id that is too long": (event("x" * 201), "id: is too long", "200"),
    "a NUL": (event("a\0b"), "id: holds a control character", "plain text"),
    "half a character": (event(campaign="\ud800"), "campaign: holds half a character", "UTF-8"),
    "a line break": (event(campaign="a\nb"), "campaign: holds a control character", "plain text"),
    "a number beyond all numbers": (event(id=10**400), "id: is not text", "quotes"),
    "a list": ([], "not an event", "object"),
    "nothing": (None, "not an event", "object"),
    "a connection that is none": (event(who={"crm_id": "1", "connection": "x"}), "nothing is connected", "main crm"),
    "several faults": (event(kind="x", at="x"), "kind: .*; at: ", "Use one of.*zone"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_an_event_is_said_with_what_to_do(svc: Services, sender: Sender, name: str) -> None:
    wrong, error, mend = WRONG[name]
    found = sender.refused(wrong)
    assert re.search(error, found["error"]), found
    assert re.search(mend, found["mend"]), found
    assert told_rows(svc) == 0


def test_the_error_lists_every_kind_that_may_be_told(svc: Services, sender: Sender) -> None:
    mend = sender.refused(event(kind="sneezed"))["mend"]
    kinds = told_kinds(svc.vocabulary)
    assert all(kind in mend for kind in kinds)
    assert {"page_viewed", "call_answered"} <= set(kinds)
    assert not [kind for kind in kinds if kind.startswith("flagged_")]


def test_with_several_crms_an_id_needs_the_name_of_its_own(svc: Services, sender: Sender, scope: Scope) -> None:
    with svc.store.write() as conn:
        row = dict(conn.execute(sa.select(t.connection)).one()._mapping)
        row = {k: v for k, v in row.items() if k != "id"} | {"name": "second", "account_id": "2"}
        conn.execute(sa.insert(t.connection).values(row))
    found = sender.refused(event(who={"crm_id": "51203"}))
    assert "main crm, second" in found["mend"]
    assert counts(sender.tell(event(who={"crm_id": "51203", "connection": "main crm"}))) == (1, 0, 0, 0)
    assert counts(sender.tell(event("e2", who={"email": "ann@x.com", "connection": "second"}))) == (0, 0, 1, 0)
    assert counts(sender.tell(event("e3"))) == (1, 0, 0, 0)


BODIES: dict[str, bytes | str] = {
    "empty": "",
    "no JSON": "{events: []}",
    "no text": b"\xff\xfe\x00",
    "a list": "[]",
    "no events": "{}",
    "events that are no list": '{"events": {}}',
    "an empty list": '{"events": []}',
    "another field": json.dumps({"events": [event()], "source": "web"}),
    "not a number": '{"events": [NaN]}',
    "a number beyond all numbers": '{"events": [' + "9" * 5_000 + "]}",
    "nested without end": "[" * 100_000,
    "nested without end in an event": '{"events": [' + '{"id":' * 50_000 + "1" + "}" * 50_000 + "]}",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_read_is_refused(svc: Services, sender: Sender, name: str) -> None:
    answer = sender.send(BODIES[name])
    assert answer.status_code == 400
    assert told_rows(svc) == 0


def test_a_field_beside_the_events_is_named(sender: Sender) -> None:
    assert "'source'" in sender.send({"events": [event()], "source": "web"}).get_json()["error"]


def test_a_thousand_events_are_taken_and_one_more_is_not(svc: Services, sender: Sender) -> None:
    many = [event(f"e{n}") for n in range(1_001)]
    answer = sender.send({"events": many})
    assert answer.status_code == 413
    assert "1,000" in answer.get_json()["error"]
    assert told_rows(svc) == 0
    assert counts(sender.tell(*many[:1_000])) == (1_000, 0, 0, 0)


def test_a_body_that_is_too_large_is_refused(sender: Sender) -> None:
    answer = sender.send('{"events": [' + " " * 1_048_576 + "]}")
    assert answer.status_code == 413
    assert "1,048,576" in answer.get_json()["error"]


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("text/plain", {}),
        ("", {}),
        ("application/x-www-form-urlencoded", {}),
        ("application/json; charset=latin-1", {}),
        ("application/json", {"Content-Encoding": "gzip"}),
    ],
)
def test_another_content_type_is_refused(sender: Sender, kind: str, headers: dict[str, str]) -> None:
    assert sender.send({"events": [event()]}, kind, **headers).status_code == 415


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer lt_x", "Basic bHQ6eA==", "Bearer lt_" + "b" * 43, "lt_x é"])
def test_without_a_key_that_works_nothing_is_read(svc: Services, sender: Sender, header: str) -> None:
    answer = sender.send("no JSON either", Authorization=header)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert told_rows(svc) == 0


def test_a_revoked_key_works_no_more(svc: Services, client: FlaskClient, scope: Scope) -> None:
    sender = Sender(client, key_flows.make_key(svc, "website"))
    assert counts(sender.tell(event())) == (1, 0, 0, 0)
    key_flows.revoke_key(svc, "website")
    assert sender.send({"events": [event("e2")]}).status_code == 401
    assert told_rows(svc) == 1


def test_the_last_use_of_a_key_is_kept_at_most_once_a_minute(svc: Services, sender: Sender) -> None:
    used = []
    for seconds in (0, 59, 60):
        svc.clock = lambda seconds=seconds: NOW + timedelta(seconds=seconds)  # type: ignore[misc]
        sender.tell(event(f"e{seconds}"))
        with svc.store.read() as conn:
            used.append(api_keys.keys_of(conn, svc.tenant.id)[0].used_at)
    assert used == [AT, AT, AT + 60]


def test_the_key_itself_is_nowhere_in_the_database(svc: Services, sender: Sender) -> None:
    with svc.store.read() as conn:
        (row,) = conn.execute(sa.select(t.api_key)).all()
    assert sender.key not in map(str, row)
    assert key_flows.digest(sender.key) in row


def test_a_key_names_only_the_leads_and_connections_of_its_own_agency(
    svc: Services, sender: Sender, stranger: Book
) -> None:
    theirs = stranger.connect("their crm")
    people(svc, theirs, c7="ann@x.com", c8="yan@x.com")
    assert counts(sender.tell(event("e1"), event("e2", who={"crm_id": "8"}))) == (1, 0, 1, 0)
    found = sender.refused(event("e3", who={"email": "yan@x.com", "connection": "their crm"}))
    assert "their crm" not in found["mend"]
    assert {act[0] for act in acts(svc)} == {svc.tenant.id}
    other = Sender(sender.client, key_for(svc, stranger.tenant_id, "s"))
    assert counts(other.tell(event("e1"))) == (1, 0, 0, 0), "ids are unique per agency"
    assert {act[:2] for act in acts(svc)} == {(svc.tenant.id, "51203"), (stranger.tenant_id, "7")}


def test_when_the_database_cannot_be_written_nothing_is_said_to_be_kept(
    svc: Services, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreUnusable("The database sqlite:///secret/place said: database or disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("connector.store.inbox.touch", full)
        answer = sender.send({"events": [event()]})
    assert answer.status_code == 503
    assert "secret" not in answer.text
    assert (told_rows(svc), acts(svc)) == (0, [])
    assert counts(sender.tell(event())) == (1, 0, 0, 0)


def test_a_fault_of_ours_shows_no_traceback(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.flows.told.take", lambda *_, **__: 1 / 0)
    answer = sender.send({"events": [event()]})
    assert answer.status_code == 500
    assert "division" not in answer.text


CSV = f"id,kind,at,email,crm_id,connection,campaign\ne1,callback_requested,{WHEN},Ann@x.com,,,\n"


def test_csv_is_taken_like_json(svc: Services, sender: Sender) -> None:
    body = CSV + f"e2,page_viewed,{WHEN},,51204,main crm,autumn\n\ne3,sneezed,{WHEN},ann@x.com,,,\ne4,x\ne1,,,,,,\n"
    done = sender.send(body, "text/csv; charset=utf-8").get_json()
    assert counts(done) == (2, 0, 0, 3)
    assert [one["index"] for one in done["rejected"]] == [2, 3, 4]
    assert [act[1:4] for act in acts(svc)] == [
        ("51203", "told:e1", "callback_requested"),
        ("51204", "told:e2", "page_viewed"),
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "lacks id, kind, at"),
        (b"id,kind,at\n", "neither email nor crm_id"),
        (b"id,kind,at,email,colour\n", "'colour'"),
        (b"id;kind;at;email\n", "columns that events do not have"),
        (b"id,id,kind,at,email\n", "twice"),
        (b"\xff\xff\n", "UTF-8"),
        (CSV.splitlines()[0].encode(), "no event"),
    ],
)
def test_a_csv_whose_header_is_not_understood_is_refused(sender: Sender, body: bytes, said: str) -> None:
    answer = sender.send(body, "text/csv")
    assert answer.status_code == 400
    assert said in answer.get_json()["error"]


def test_other_addresses_and_methods_are_answered_in_json(client: FlaskClient) -> None:
    asked = client.get(EVENTS)
    assert (asked.status_code, asked.headers["Allow"]) == (405, "POST")
    for answer in (asked, client.post("/api/v1/event"), client.get("/api/v2")):
        assert set(answer.get_json()) == {"error", "mend"}
    assert client.post("/api/v1/event").status_code == 404


def test_a_time_a_little_ahead_is_a_clock_that_differs(sender: Sender) -> None:
    assert counts(sender.tell(event(at=(NOW + timedelta(hours=23)).astimezone(UTC).isoformat()))) == (1, 0, 0, 0)
