"""Webhooks: only what HubSpot signed, as it was signed, within five minutes; then what it hints at."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.contract import EventKind, HookRejected, InboundRequest
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
    ("what", "why"),
    [
        (request(signature="K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Z="), "wrong"),
        (request(signature="häßlich"), "wrong"),
        (request(signature=""), "missing"),
        (request(headers={"x-hubspot-signature-v3": PUBLISHED["1693657560000"]}), "missing"),
        (request(headers={}), "missing"),
        (request(body=b'{"example_field": "example_value"}'), "wrong"),
        (request(url="http://127.0.0.1:8080/webhook_uri"), "wrong"),
        (request(method="PUT"), "wrong"),
        (request(late=301), "outside"),
        (request(late=-301), "outside"),
    ],
)
def test_anything_else_is_refused(what: InboundRequest, why: str) -> None:
    with pytest.raises(HookRejected) as caught:
        INBOUND.verify(what, [SECRET])
    assert why in caught.value.log


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
    return INBOUND.parse(InboundRequest("POST", URL, {}, json.dumps(rows).encode(), NOON))


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


@pytest.mark.parametrize("body", [b"", b"not json", b'{"callbackId": 1}', b"[1, 2]", b'"text"', b"\xff\xfe"])
def test_rubbish_is_refused_whole(body: bytes) -> None:
    with pytest.raises(HookRejected):
        INBOUND.parse(InboundRequest("POST", URL, {}, body, NOON))


def test_an_event_with_hardly_anything_in_it_is_still_an_event() -> None:
    (one,) = parse({"subscriptionType": "contact.creation", "occurredAt": "soon"})
    assert (one.record_id, one.account_id, one.occurred_at) == ("", "", NOON)
