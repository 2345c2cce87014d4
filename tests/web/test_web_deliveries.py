"""Both CRMs of the sandbox send for real, over a socket, as the vendors do; each event is kept once.

The server is the one that `leadtier serve` runs.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from hook_support import Doors, away
from waitress.server import create_server

from adapters.sandbox.server import answering
from connector.cli.serve import LARGEST_BODY
from connector.flows.services import Services
from connector.web.app import create_app
from tests.sandbox.account import NOON, Account, empty_account
from tests.sandbox.org import SalesforceOrg, empty_org

APP = "/webhooks/v3/9026001"


@pytest.fixture
def door(svc: Services) -> Iterator[str]:
    """The address of a server that answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        svc.clock = lambda: datetime.fromtimestamp(NOON, UTC)
        server = create_server(
            create_app(svc, public_url=url), sockets=[listening], threads=4, max_request_body_size=LARGEST_BODY
        )
        with answering(server):
            yield url


@pytest.fixture
def hubspot(tmp_path: Path, doors: Doors, door: str) -> Iterator[Account]:
    """An account that tells of its contacts."""
    with empty_account(tmp_path, webhook_retry_seconds=(60.0, 60.0)) as account:
        doors.connect(str(account.hub.settings.portal_id))
        doors.app_secret(account.hub.settings.client_secret)
        settings = {"targetUrl": f"{door}/hooks/hubspot", "throttling": {"maxConcurrentRequests": 10}}
        assert account.client.put(f"{APP}/settings", json=settings).status_code == 200
        for told in ("creation", "deletion", "merge", "restore", "privacyDeletion"):
            account.client.post(f"{APP}/subscriptions", json={"eventType": f"contact.{told}", "active": True})
        for name in ("email", "city", "notes_last_updated"):
            changed = {"eventType": "contact.propertyChange", "propertyName": name, "active": True}
            account.client.post(f"{APP}/subscriptions", json=changed)
        yield account


def test_everything_hubspot_tells_of_contacts_is_kept_once_though_it_comes_twice(
    hubspot: Account, doors: Doors
) -> None:
    hubspot.hub.faults.add("webhook_twice")
    hubspot.hub.faults.add("webhook_shuffled")
    first, second, third = hubspot.contacts(3)
    hubspot.call("PATCH", f"/crm/v3/objects/contacts/{first}", {"properties": {"email": "b@example.com", "city": "X"}})
    hubspot.call("DELETE", f"/crm/v3/objects/contacts/{third}")
    body = {"primaryObjectId": first, "objectIdToMerge": second}
    merged = hubspot.post("/crm/v3/objects/contacts/merge", body)["id"]
    assert hubspot.hub.sender.flush() > 0
    assert hubspot.hub.sender.refused == 0
    told = [(row.kind, row.record_id, row.field, row.value) for row in doors.rows()]
    assert len(told) == len(set(told))
    assert {("changed", first, "", ""), ("changed", first, "email", ""), ("deleted", third, "", "")} <= set(told)
    assert [(row.record_id, row.merged_ids) for row in doors.rows() if row.kind == "merged"] == [
        (merged, f"{first},{second}")
    ]
    assert not [row for row in doors.rows() if row.field == "city"], "nobody reads the city here"
    assert list(doors.counts()) == ["property not mapped"]


def test_a_call_logged_on_a_contact_is_told_by_the_date_of_its_last_activity(hubspot: Account, doors: Doors) -> None:
    (lead,) = hubspot.contacts(1)
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}]
    hubspot.add("calls", [{"to": {"id": lead}, "types": spec}], hs_call_direction="INBOUND")
    assert hubspot.hub.sender.flush() > 0
    assert ("changed", lead, "notes_last_updated") in {(row.kind, row.record_id, row.field) for row in doors.rows()}


def test_what_hubspot_could_not_deliver_it_sends_again_and_it_is_kept_once(hubspot: Account, doors: Doors) -> None:
    (lead,) = hubspot.contacts(1)
    with away():
        assert hubspot.hub.sender.flush() == 0
    assert doors.kept() == []
    hubspot.clock.forward(61)
    assert hubspot.hub.sender.flush() > 0
    assert set(doors.kept()) == {lead}
    assert len(doors.kept()) == len({row.event_id for row in doors.rows()})


@pytest.fixture
def salesforce(tmp_path: Path, doors: Doors, door: str) -> Iterator[SalesforceOrg]:
    """An org with an outbound message for its leads."""
    with empty_org(tmp_path) as org:
        doors.connect(org.org.org_id, "salesforce", name="org")
        url = door + doors.own_address("org")
        org.hub.outbound.add({"sobject": "Lead", "fields": ["Id", "LastModifiedById"], "url": url})
        yield org


def test_outbound_messages_are_acknowledged_and_kept_once_though_they_come_twice(
    salesforce: SalesforceOrg, doors: Doors
) -> None:
    salesforce.hub.faults.add("webhook_twice")
    ids = [salesforce.add("Lead") for _ in range(3)]
    assert salesforce.hub.outbound.flush() == 6
    assert (salesforce.hub.outbound.refused, salesforce.hub.outbound.waiting) == (0, 0)
    assert doors.kept() == ids
    assert all(row.who.startswith("005") for row in doors.rows())


def test_an_outbound_message_that_was_not_acknowledged_comes_again_and_is_kept_once(
    salesforce: SalesforceOrg, doors: Doors
) -> None:
    lead = salesforce.add("Lead")
    with away():
        assert salesforce.hub.outbound.flush() == 0
    assert (doors.kept(), salesforce.hub.outbound.waiting) == ([], 1)
    salesforce.clock.forward(61)
    assert salesforce.hub.outbound.flush() == 1
    assert doors.kept() == [lead]


def test_a_chunked_body_without_end_is_refused_by_the_server_itself(door: str) -> None:
    connection = HTTPConnection(door.removeprefix("http://"), timeout=10)
    answer: Any = None
    try:
        connection.request("POST", "/hooks/hubspot", (b"x" * 65_536 for _ in range(160)), encode_chunked=True)
        answer = connection.getresponse()
    except (BrokenPipeError, ConnectionResetError):
        return  # it hung up before the end, which is as good
    assert answer.status == 413
