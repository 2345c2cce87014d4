"""Webhooks: what is sent, how it is signed, and how it goes wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from adapters.sandbox.hubspot.screen import change_by_hand
from adapters.sandbox.hubspot.signing import signature_v1, signature_v3
from tests.sandbox.account import NOON, Account

APP = "/webhooks/v3/9026001"


class Receiver:
    """A web server that keeps what it is sent and answers as told."""

    def __init__(self) -> None:
        self.deliveries: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.deliveries.append(({key.lower(): value for key, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for _, body in self.deliveries for event in json.loads(body)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture
def hooked(account: Account, receiver: Receiver) -> Account:
    body = {"targetUrl": receiver.url, "throttling": {"maxConcurrentRequests": 10}}
    assert account.client.put(f"{APP}/settings", json=body).status_code == 200
    return account


def subscribe(account: Account, event: str, name: str | None = None, type_id: str | None = None) -> str:
    body = {"eventType": event, "active": True, "propertyName": name, "objectTypeId": type_id}
    answer = account.client.post(f"{APP}/subscriptions", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json
    return str(answer.json["id"])


def change(account: Account, lead: str, **values: str) -> None:
    assert account.call("PATCH", f"/crm/v3/objects/contacts/{lead}", {"properties": values}).status_code == 200


def test_a_change_of_the_subscribed_property_is_told(hooked: Account, receiver: Receiver) -> None:
    subscription = subscribe(hooked, "contact.propertyChange", "city")
    lead = hooked.add(email="a@example.com")
    change(hooked, lead, city="Lima", zip="45801")
    assert hooked.hub.sender.flush() == 1
    (event,) = receiver.events
    assert event.pop("eventId") > 0
    assert event == {
        "subscriptionId": int(subscription),
        "portalId": hooked.hub.settings.portal_id,
        "appId": 9026001,
        "occurredAt": int(NOON * 1000),
        "subscriptionType": "contact.propertyChange",
        "attemptNumber": 0,
        "objectId": int(lead),
        "propertyName": "city",
        "propertyValue": "Lima",
        "changeSource": "INTEGRATION",
        "sourceId": "9026001",
    }


def test_changes_that_wait_come_together_up_to_a_hundred_in_a_request(hooked: Account, receiver: Receiver) -> None:
    subscribe(hooked, "contact.propertyChange", "city")
    for lead in hooked.contacts(101):
        change(hooked, lead, city="Lima")
    assert hooked.hub.sender.flush() == 101
    assert [len(json.loads(body)) for _, body in receiver.deliveries] == [100, 1]


def test_a_person_on_the_screen_is_told_apart_from_an_app(hooked: Account, receiver: Receiver) -> None:
    subscribe(hooked, "object.propertyChange", "city", "0-1")
    lead = hooked.add(email="a@example.com")
    change_by_hand(hooked.store, "contacts", lead, {"city": "Lima"}, user_id=882)
    hooked.hub.sender.flush()
    (event,) = receiver.events
    assert (event["changeSource"], event["sourceId"], event["objectTypeId"]) == ("CRM_UI", "userId:882", "0-1")


def test_writing_the_same_value_again_tells_nobody(hooked: Account, receiver: Receiver) -> None:
    subscribe(hooked, "contact.propertyChange", "city")
    lead = hooked.add(email="a@example.com", city="Lima")
    change(hooked, lead, city="Lima")
    assert hooked.hub.sender.flush() == 0


def test_creation_deletion_merge_and_erasure_are_told(hooked: Account, receiver: Receiver) -> None:
    for event in ("creation", "deletion", "merge", "privacyDeletion"):
        subscribe(hooked, f"contact.{event}")
    first, second, third = hooked.contacts(3)
    hooked.call("DELETE", f"/crm/v3/objects/contacts/{third}")
    body = {"primaryObjectId": first, "objectIdToMerge": second}
    merged = hooked.post("/crm/v3/objects/contacts/merge", body)["id"]
    hooked.call("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": merged})
    hooked.hub.sender.flush()
    told = [(event["subscriptionType"], str(event["objectId"])) for event in receiver.events]
    assert sorted(told) == sorted(
        [
            *(("contact.creation", lead) for lead in (first, second, third)),
            ("contact.deletion", third),
            ("contact.merge", first),
            ("contact.privacyDeletion", merged),
            ("contact.deletion", merged),
        ]
    )
    merge = next(event for event in receiver.events if event["subscriptionType"] == "contact.merge")
    assert (merge["mergedObjectIds"], merge["newObjectId"]) == ([int(second)], int(merged))


def test_a_record_taken_out_of_the_bin_is_told(hooked: Account, receiver: Receiver) -> None:
    subscribe(hooked, "contact.restore")
    (lead,) = hooked.contacts(1)
    hooked.call("DELETE", f"/crm/v3/objects/contacts/{lead}")
    hooked.client.post("/_sandbox/restore", json={"type": "contacts", "id": lead, "user_id": 5})
    hooked.hub.sender.flush()
    told = [(event["objectId"], event["changeSource"], event["sourceId"]) for event in receiver.events]
    assert told == [(int(lead), "CRM_UI", "userId:5")]
    assert hooked.get(f"/crm/v3/objects/contacts/{lead}")["archived"] is False


def test_a_tie_is_told_from_both_sides(hooked: Account, receiver: Receiver) -> None:
    subscribe(hooked, "contact.associationChange")
    subscribe(hooked, "company.associationChange")
    lead, company = hooked.add(email="a@example.com"), hooked.add("companies", name="Harbor")
    hooked.call("PUT", f"/crm/v4/objects/contacts/{lead}/associations/default/companies/{company}")
    hooked.hub.sender.flush()
    told = {(event["associationType"], event["fromObjectId"], event["toObjectId"]) for event in receiver.events}
    assert told == {
        ("CONTACT_TO_COMPANY", int(lead), int(company)),
        ("COMPANY_TO_CONTACT", int(company), int(lead)),
    }


def test_activities_are_told_through_the_general_subscription_only(hooked: Account, receiver: Receiver) -> None:
    subscribe(hooked, "object.creation", type_id="0-48")
    hooked.add("calls")
    hooked.add("notes")
    assert hooked.hub.sender.flush() == 1


def test_a_sleeping_subscription_tells_nothing(hooked: Account) -> None:
    subscription = subscribe(hooked, "contact.creation")
    hooked.client.patch(f"{APP}/subscriptions/{subscription}", json={"active": False})
    hooked.contacts(1)
    assert hooked.hub.sender.flush() == 0


def test_a_delivery_holds_at_most_a_hundred_events(hooked: Account, receiver: Receiver) -> None:
    subscribe(hooked, "contact.propertyChange", "city")
    subscribe(hooked, "contact.propertyChange", "zip")
    rows = [{"id": lead, "properties": {"city": "Lima", "zip": "45801"}} for lead in hooked.contacts(60)]
    hooked.update(*rows)
    hooked.hub.sender.flush()
    assert [len(json.loads(body)) for _, body in receiver.deliveries] == [100, 20]


def test_every_delivery_is_signed_by_the_third_scheme_and_the_first(hooked: Account, receiver: Receiver) -> None:
    subscribe(hooked, "contact.creation")
    hooked.contacts(1)
    hooked.hub.sender.flush()
    headers, body = receiver.deliveries[0]
    secret, stamp = hooked.hub.settings.client_secret.encode(), headers["x-hubspot-request-timestamp"]
    message = b"POST" + receiver.url.encode() + body + stamp.encode()
    want = base64.b64encode(hmac.new(secret, message, hashlib.sha256).digest()).decode()
    assert (headers["x-hubspot-signature-v3"], int(stamp)) == (want, int(NOON * 1000))
    assert headers["x-hubspot-signature"] == hashlib.sha256(secret + body).hexdigest()


def test_the_signatures_agree_with_the_vendors_published_examples() -> None:
    secret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
    body = b"{'example_field':'example_value'}"
    v3 = signature_v3(secret, "POST", "https://www.example.com/webhook_uri", body, 1693657560000)
    assert v3 == "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="
    event = b'{"example_field":"example_value"}'
    assert signature_v1(secret, event) == "54b2530692e3a3982727206aeee670ed1d85319cad55d4ddbafcf41725ebf2b3"


def test_a_signature_decodes_a_dozen_escapes_and_leaves_the_others() -> None:
    plain, escaped = "https://x.example/h?a=b@c/d&e=%20", "https://x.example/h?a=b%40c%2fd&e=%20"
    assert signature_v3("s", "POST", escaped, b"", 1) == signature_v3("s", "POST", plain, b"", 1)
    assert signature_v3("s", "POST", plain, b"", 1) != signature_v3("s", "POST", plain.replace("%20", " "), b"", 1)


def test_what_is_refused_comes_again_with_its_attempt_counted(hooked: Account, receiver: Receiver) -> None:
    subscribe(hooked, "contact.creation")
    receiver.status = 500
    hooked.contacts(1)
    assert hooked.hub.sender.flush() == 0
    assert hooked.hub.sender.flush() == 0
    receiver.status = 200
    hooked.clock.forward(1)
    assert hooked.hub.sender.flush() == 1
    assert [event["attemptNumber"] for event in receiver.events] == [0, 1]


def test_after_the_last_attempt_an_event_is_given_up(hooked: Account, receiver: Receiver) -> None:
    hooked.hub.settings.webhook_retry_seconds = (1.0,)
    receiver.status = 503
    subscribe(hooked, "contact.creation")
    hooked.contacts(1)
    for _ in range(5):
        hooked.hub.sender.flush()
        hooked.clock.forward(10)
    assert (len(receiver.deliveries), hooked.hub.sender.given_up, hooked.hub.sender.waiting) == (2, 1, 0)


def test_events_can_come_twice_late_and_in_the_wrong_order(hooked: Account, receiver: Receiver) -> None:
    hooked.hub.faults.add("webhook_twice")
    hooked.hub.faults.add("webhook_late", seconds=60)
    hooked.hub.faults.add("webhook_shuffled")
    subscribe(hooked, "contact.propertyChange", "city")
    leads = hooked.contacts(2)
    hooked.update(*({"id": lead, "properties": {"city": "Lima"}} for lead in leads))
    assert hooked.hub.sender.flush() == 0
    hooked.clock.forward(60)
    assert hooked.hub.sender.flush() == 4
    assert [str(event["objectId"]) for event in receiver.events] == leads[::-1] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"eventType": "contact.explosion"},
        {"eventType": "call.creation"},
        {"eventType": "object.creation"},
        {"eventType": "contact.propertyChange"},
        {"eventType": "contact.propertyChange", "propertyName": "hs_lastmodifieddate"},
    ],
)
def test_what_cannot_be_subscribed_to_is_refused(account: Account, wrong: dict[str, str]) -> None:
    assert account.client.post(f"{APP}/subscriptions", json=wrong).status_code == 400


def test_a_target_beyond_this_machine_must_use_https(account: Account) -> None:
    body = {"targetUrl": "http://example.com/hooks", "throttling": {"maxConcurrentRequests": 10}}
    assert account.client.put(f"{APP}/settings", json=body).status_code == 400


def test_subscriptions_end_at_a_thousand(account: Account) -> None:
    for number in range(1_000):
        account.store.subscriptions.put(9026001, {"eventType": "contact.creation", "active": False, "n": number})
    answer = account.client.post(f"{APP}/subscriptions", json={"eventType": "contact.creation"})
    assert answer.status_code == 400
    assert answer.json
    assert "maximum number allowed per application (1000)" in answer.json["message"]
