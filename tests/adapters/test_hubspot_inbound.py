"""Webhooks: only what HubSpot signed, as it was signed, within five minutes; then what it hints at."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies

from adapters.contract import EventKind, HookRejected, InboundEvent, InboundRequest, Parsed, Unread
from adapters.hubspot import HubSpotInbound
from tests.adapters.canned import NOON

INBOUND = HubSpotInbound()
SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
URL = "https://www.example.com/webhook_uri"
BODY = b"{'example_field':'example_value'}"
PUBLISHED = {
    "1693657560000": "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=",
    "1700000300000": "RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw=",
}
"""Timestamps and signatures from the test suites of HubSpot's own clients, for the three constants above."""


def request(
    stamp: str = "1693657560000", signature: str | None = None, late: float = 1.0, **changes: Any
) -> InboundRequest:
    headers = {
        "x-hubspot-signature-v3": PUBLISHED[stamp] if signature is None else signature,
        "x-hubspot-request-timestamp": stamp,
    }
    at = datetime.fromtimestamp(int(stamp) / 1000, UTC) + timedelta(seconds=late)
    fields: dict[str, Any] = {"method": "POST", "url": URL, "headers": headers, "body": BODY, "received_at": at}
    return InboundRequest(**fields | changes)


def sign(url: str, body: bytes, stamp: str, secret: str = SECRET, method: str = "POST") -> str:
    """Written for the test, from HubSpot's description, on text rather than bytes."""
    return base64.b64encode(
        hmac.new(secret.encode(), f"{method}{url}{body.decode()}{stamp}".encode(), hashlib.sha256).digest()
    ).decode()


@pytest.mark.parametrize("stamp", PUBLISHED)
def test_a_published_signature_is_good(stamp: str) -> None:
    INBOUND.verify(request(stamp), [SECRET])


def test_any_of_several_secrets_will_do_so_that_one_can_be_replaced() -> None:
    INBOUND.verify(request(), ["the-new-one", SECRET])


@pytest.mark.parametrize(
    ("what", "why", "reason"),
    [
        (request(signature="K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Z="), "wrong", "wrong signature"),
        (request(signature="häßlich"), "wrong", "wrong signature"),
        (request(signature=""), "missing", "not signed"),
        (request(headers={"x-hubspot-signature-v3": PUBLISHED["1693657560000"]}), "missing", "not signed"),
        (request(headers={}), "missing", "not signed"),
        (request(body=b'{"example_field": "example_value"}'), "wrong", "wrong signature"),
        (request(url="http://127.0.0.1:8080/webhook_uri"), "wrong", "wrong signature"),
        (request(method="PUT"), "wrong", "wrong signature"),
        (request(late=301), "outside", "too old"),
        (request(late=-301), "outside", "from the future"),
    ],
)
def test_anything_else_is_refused(what: InboundRequest, why: str, reason: str) -> None:
    with pytest.raises(HookRejected) as caught:
        INBOUND.verify(what, [SECRET])
    assert why in caught.value.log
    assert caught.value.reason == reason


def test_no_secret_verifies_nothing() -> None:
    with pytest.raises(HookRejected):
        INBOUND.verify(request(), [])


@pytest.mark.parametrize("late", [-299, 299])
def test_five_minutes_either_way_are_allowed(late: float) -> None:
    INBOUND.verify(request(late=late), [SECRET])


@pytest.mark.parametrize("stamp", ["1693657560000.0", "now", "²", "9" * 17, "-1693657560000"])
def test_a_timestamp_that_is_no_number_is_refused(stamp: str) -> None:
    headers = {"x-hubspot-signature-v3": "x", "x-hubspot-request-timestamp": stamp}
    with pytest.raises(HookRejected) as caught:
        INBOUND.verify(request(headers=headers), [SECRET])
    assert "malformed" in caught.value.log


def test_the_same_json_written_differently_does_not_verify() -> None:
    body = json.dumps([{"eventId": 1, "objectId": 2}], separators=(",", ":")).encode()
    stamp = "1693657560000"
    good = request(signature=sign(URL, body, stamp), body=body)
    INBOUND.verify(good, [SECRET])
    with pytest.raises(HookRejected):
        INBOUND.verify(request(signature=sign(URL, body, stamp), body=json.dumps(json.loads(body)).encode()), [SECRET])


def test_only_the_escapes_hubspot_undoes_are_undone() -> None:
    called = URL + "?who=a%40b.example&path=%2Fx%2fy&text=a%20b%26c%3Dd%25&sum=1%2B1"
    signed = URL + "?who=a@b.example&path=/x/y&text=a%20b%26c%3Dd%25&sum=1%2B1"
    stamp = "1693657560000"
    INBOUND.verify(request(signature=sign(signed, BODY, stamp), url=called), [SECRET])
    with pytest.raises(HookRejected):
        INBOUND.verify(request(signature=sign(called, BODY, stamp), url=called), [SECRET])


def event(**fields: Any) -> dict[str, Any]:
    base = {"eventId": 381, "portalId": 33, "occurredAt": 1762216307945, "objectId": 1246965, "attemptNumber": 0}
    return base | fields


def parse(*rows: Any) -> Any:
    return parsed(json.dumps(rows).encode()).events


def parsed(body: bytes) -> Parsed:
    return INBOUND.parse(InboundRequest("POST", URL, {}, body, NOON))


def test_a_changed_property_is_a_hint_with_field_and_value() -> None:
    (one,) = parse(
        event(
            subscriptionType="object.propertyChange",
            objectTypeId="0-1",
            propertyName="lt_flag",
            propertyValue="too_high",
            changeSource="CRM_UI",
        )
    )
    assert (one.kind, one.account_id, one.record_id) == (EventKind.CHANGED, "33", "1246965")
    assert (one.field, one.value, one.bulk) == ("lt_flag", "too_high", False)
    assert one.occurred_at == datetime.fromtimestamp(1762216307.945, UTC)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("contact.creation", EventKind.CHANGED),
        ("contact.propertyChange", EventKind.CHANGED),
        ("contact.deletion", EventKind.DELETED),
        ("contact.restore", EventKind.RESTORED),
        ("contact.merge", EventKind.MERGED),
        ("contact.privacyDeletion", EventKind.PRIVACY_DELETED),
        ("contact.odd", EventKind.UNKNOWN),
        ("company.propertyChange", EventKind.UNKNOWN),
        ("object.creation", EventKind.UNKNOWN),
        ("conversation.newMessage", EventKind.UNKNOWN),
    ],
)
def test_every_kind_of_event_is_known_or_passes_as_unknown(name: str, kind: EventKind) -> None:
    assert parse(event(subscriptionType=name))[0].kind is kind
    assert parse(event(eventType=name))[0].kind is kind


def test_a_merge_that_makes_a_new_contact_names_all_the_old_ones() -> None:
    (one,) = parse(
        event(
            subscriptionType="object.merge",
            objectTypeId="0-1",
            objectId=101,
            primaryObjectId=101,
            mergedObjectIds=[102, 104],
            newObjectId=103,
        )
    )
    assert (one.record_id, one.merged_ids) == ("103", ("101", "102", "104"))


def test_a_merge_that_keeps_the_first_contact_names_the_others() -> None:
    (one,) = parse(event(subscriptionType="contact.merge", primaryObjectId=101, mergedObjectIds=[102], newObjectId=101))
    assert (one.record_id, one.merged_ids) == ("101", ("102",))


@pytest.mark.parametrize(("kind", "expected"), [("CONTACT_TO_COMPANY", "1"), ("COMPANY_TO_CONTACT", "2")])
def test_an_association_is_about_its_contact(kind: str, expected: str) -> None:
    row = event(subscriptionType="contact.associationChange", associationType=kind, fromObjectId=1, toObjectId=2)
    del row["objectId"]
    assert parse(row)[0].record_id == expected


def test_an_import_is_known_as_one() -> None:
    assert parse(event(subscriptionType="contact.creation", changeSource="IMPORT"))[0].bulk


def test_a_redelivery_is_the_same_event_and_another_property_is_not() -> None:
    first = event(subscriptionType="contact.propertyChange", propertyName="a")
    again, other = first | {"attemptNumber": 3}, first | {"propertyName": "b"}
    ids = [one.event_id for one in parse(first, again, other)]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not json"),
        (b"not json", "not json"),
        (b"\xff\xfe", "not json"),
        (b'[{"objectId": 1', "not json"),
        (b'{"callbackId": 1}', "wrong family"),
        (b"[1, 2]", "wrong family"),
        (b'"text"', "wrong family"),
        (b"null", "wrong family"),
    ],
)
def test_rubbish_is_refused_whole(body: bytes, reason: str) -> None:
    with pytest.raises(HookRejected) as caught:
        parsed(body)
    assert caught.value.reason == reason


GOOD = event(subscriptionType="contact.creation")


@pytest.mark.parametrize(
    "bad",
    [
        "1",
        "null",
        '"text"',
        "[]",
        "{}",
        '{"subscriptionType": "contact.creation", "portalId": 33}',
        '{"subscriptionType": "contact.creation", "objectId": 5}',
        '{"subscriptionType": "contact.creation", "portalId": 33, "objectId": -5}',
        '{"subscriptionType": "contact.creation", "portalId": 33, "objectId": 1e400}',
        '{"subscriptionType": "contact.creation", "portalId": 33, "objectId": true}',
        '{"subscriptionType": "contact.creation", "portalId": 33, "objectId": 99999999999999999999999}',
        '{"subscriptionType": "contact.creation", "portalId": 33, "objectId": "1; DROP TABLE lead"}',
        '{"subscriptionType": "contact.creation", "portalId": NaN, "objectId": 5}',
        '{"subscriptionType": "contact.creation", "portalId": 33, "objectId": ' + "9" * 5000 + "}",
        '{"subscriptionType": "contact.creation", "portalId": 33, "objectId": 5, "propertyName": ["a"]}',
        '{"subscriptionType": "contact.merge", "portalId": 33, "mergedObjectIds": {"a": 1}}',
        '{"subscriptionType": ' + "[" * 50_000 + "]" * 50_000 + "}",
        "[" * 50_000 + '"],[{"' + "]" * 50_000,
    ],
)
def test_one_bad_event_costs_none_of_the_good_ones_beside_it(bad: str) -> None:
    good, other = json.dumps(GOOD), json.dumps(GOOD | {"objectId": 7, "propertyName": 'odd "],[{ name'})
    found = parsed(f"[{good}, {bad}, {other}]".encode())
    known = [one for one in found.events if one.kind is not EventKind.UNKNOWN]
    assert [one.record_id for one in known] == ["1246965", "7"]
    assert len(found.events) + len(found.rejected) == 3
    assert all(reason and text for reason, text in found.rejected)


@pytest.mark.parametrize("at", ["soon", None, -1, 0, 10**18, 1e300, True, [1], "²"])
def test_a_time_at_which_nothing_can_have_happened_is_that_of_arrival(at: Any) -> None:
    (one,) = parse(GOOD | {"occurredAt": at})
    assert one.occurred_at == NOON


def test_who_changed_it_is_told() -> None:
    (person,) = parse(GOOD | {"changeSource": "CRM_UI", "sourceId": "userId:882761034"})
    (nobody,) = parse(GOOD | {"sourceId": {"userId": 1}})
    assert (person.who, nobody.who) == ("userId:882761034", "")


def test_an_event_we_do_not_know_says_what_it_was() -> None:
    (company,) = parse(event(subscriptionType="object.creation", objectTypeId="0-2"))
    assert (company.kind, company.what) == (EventKind.UNKNOWN, "object.creation 0-2")


def test_a_call_put_beside_a_contact_is_about_the_contact() -> None:
    row = event(subscriptionType="object.associationChange", objectTypeId="0-48", associationType="CALL_TO_CONTACT")
    (one,) = parse(row | {"fromObjectId": 1, "toObjectId": 2})
    assert (one.kind, one.record_id) == (EventKind.CHANGED, "2")


def test_an_event_s_id_is_short_and_its_own_however_long_its_parts_are() -> None:
    ids = [one.event_id for one in parse(*(GOOD | {"eventId": f"{number}" * 400} for number in (1, 2, 1)))]
    assert ids[0] == ids[2] != ids[1]
    assert max(map(len, ids)) <= 200


def test_what_to_set_up_names_the_address_and_every_property_that_can_be_subscribed_to() -> None:
    steps = INBOUND.setup("https://leads.example/hooks/hubspot", ["email", "lastmodifieddate"])
    document = json.loads("".join(line for line in steps if line.startswith("    ")))
    told = document["config"]["subscriptions"]["crmObjects"]
    assert document["config"]["settings"]["targetUrl"] == "https://leads.example/hooks/hubspot"
    assert [each["propertyName"] for each in told if "propertyName" in each] == ["email", "notes_last_updated"]


ANYTHING = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | strategies.text(),
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(strategies.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = (
    "subscriptionType", "eventType", "objectTypeId", "portalId", "objectId", "fromObjectId", "toObjectId", "eventId",
    "propertyName", "propertyValue", "occurredAt", "changeSource", "sourceId", "associationType", "primaryObjectId",
    "mergedObjectIds", "newObjectId",
)  # fmt: skip
TYPES = ("contact.creation", "contact.merge", "object.propertyChange", "contact.associationChange")
EVENTS = strategies.dictionaries(
    strategies.sampled_from(NAMES), ANYTHING | strategies.sampled_from((*TYPES, "0-1", 33)), max_size=17
)


@given(strategies.lists(EVENTS | ANYTHING, max_size=5))
def test_whatever_is_sent_is_events_reasons_or_a_refusal(rows: list[Any]) -> None:
    only_what_is_promised(json.dumps(rows).encode())


@given(strategies.binary() | strategies.text(alphabet='[]{}",:\\19ea ').map(str.encode))
def test_whatever_bytes_are_sent_are_events_reasons_or_a_refusal(body: bytes) -> None:
    only_what_is_promised(body)


def only_what_is_promised(body: bytes) -> None:
    try:
        found = parsed(body)
    except HookRejected:
        return
    assert all(isinstance(one, Unread) for one in found.rejected)
    for one in found.events:
        assert isinstance(one, InboundEvent)
        assert one.kind is EventKind.UNKNOWN or (one.record_id.isdigit() and one.account_id.isdigit() and one.event_id)
