"""Outbound messages: what is sent, to whom, and what happens when nobody acknowledges."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from tests.sandbox.org import SalesforceOrg, empty_org

ACK = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)
NS = {
    "env": "http://schemas.xmlsoap.org/soap/envelope/",
    "out": "http://soap.sforce.com/2005/09/outbound",
    "sf": "urn:sobject.enterprise.soap.sforce.com",
}
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


class Listener:
    """An endpoint that keeps what it gets and answers as told."""

    def __init__(self) -> None:
        self.got: list[Element] = []
        self.content_types: list[str] = []
        self.status, self.body = 200, ACK
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.got.append(fromstring(body))
                listener.content_types.append(self.headers["Content-Type"])
                answer = listener.body.encode()
                self.send_response(listener.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/messages"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def notifications(self) -> list[Element]:
        return [each for message in self.got for each in message.iterfind(".//out:Notification", NS)]

    def values(self, name: str) -> list[str | None]:
        return [each.findtext(f"out:sObject/sf:{name}", None, NS) for each in self.notifications()]


@pytest.fixture
def org(tmp_path: Path) -> Iterator[SalesforceOrg]:
    with empty_org(tmp_path) as found:
        yield found


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.server.shutdown()
    found.server.server_close()


def define(org: SalesforceOrg, listener: Listener, **more: Any) -> str:
    body = {"sobject": "Lead", "fields": ["Phone", "Description", "LastModifiedDate"], "url": listener.url}
    return org.hub.outbound.add(body | more).id


def test_a_change_is_told_in_the_vendors_envelope(org: SalesforceOrg, listener: Listener) -> None:
    action = define(org, listener)
    lead = org.add("Lead", Phone="212-555-0100")

    assert org.hub.outbound.flush() == 1

    (message,) = listener.got
    assert listener.content_types[0].startswith("text/xml")
    head = message.find("env:Body/out:notifications", NS)
    assert head is not None
    assert head.findtext("out:OrganizationId", None, NS) == org.org.org_id
    assert (head.findtext("out:ActionId", None, NS), action[:3]) == (action, "04k")
    session = head.find("out:SessionId", NS)
    assert session is not None
    assert session.get(NIL) == "true"
    (told,) = listener.notifications()
    assert (told.findtext("out:Id", "", NS))[:3] == "04l"
    record = told.find("out:sObject", NS)
    assert record is not None
    assert record.get(TYPE) == "sf:Lead"
    assert listener.values("Id") == [lead]
    assert listener.values("Phone") == ["212-555-0100"]
    assert listener.values("LastModifiedDate") == ["2026-11-22T12:00:00.000Z"]
    assert record.find("sf:Description", NS) is None


def test_values_are_those_of_the_moment_of_sending(org: SalesforceOrg, listener: Listener) -> None:
    define(org, listener)
    lead = org.add("Lead", Phone="first")
    org.patch(f"sobjects/Lead/{lead}", {"Phone": "second"})

    org.hub.outbound.flush()

    assert listener.values("Phone") == ["second", "second"]


def test_only_a_change_of_the_named_fields_is_told(org: SalesforceOrg, listener: Listener) -> None:
    lead = org.add("Lead")
    define(org, listener, when_changed=["phone"])
    org.patch(f"sobjects/Lead/{lead}", {"Description": "x"})
    silent = org.hub.outbound.waiting
    org.patch(f"sobjects/Lead/{lead}", {"Phone": "5"})
    org.add("Contact")

    assert (silent, org.hub.outbound.waiting) == (0, 1)


def test_users_whose_profile_sends_nothing_start_nothing(org: SalesforceOrg, listener: Listener) -> None:
    define(org, listener, quiet_users=[org.org.user_id])
    org.add("Lead")

    assert org.hub.outbound.waiting == 0


def test_up_to_a_hundred_notifications_share_a_message(org: SalesforceOrg, listener: Listener) -> None:
    define(org, listener)
    records = [{"attributes": {"type": "Lead"}, "LastName": f"L{n}", "Company": "C"} for n in range(150)]
    org.post("composite/sobjects", {"records": records})

    assert org.hub.outbound.flush() == 150
    assert sorted(len(each.findall(".//out:Notification", NS)) for each in listener.got) == [50, 100]


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, ACK), (201, ACK), (200, ""), (200, "<html>"), (200, ACK.replace("true", "false")), (302, ACK)],
)
def test_what_is_not_acknowledged_comes_again(org: SalesforceOrg, listener: Listener, status: int, body: str) -> None:
    define(org, listener)
    org.add("Lead")
    listener.status, listener.body = status, body

    assert org.hub.outbound.flush() == 0
    listener.status, listener.body = 200, ACK
    too_early = org.hub.outbound.flush()
    org.clock.forward(60)

    assert (too_early, org.hub.outbound.flush(), org.hub.outbound.waiting) == (0, 1, 0)
    ids = [each.findtext("out:Id", None, NS) for each in listener.notifications()]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_waits_grow_to_two_hours_and_end_after_a_day(org: SalesforceOrg, listener: Listener) -> None:
    define(org, listener)
    org.add("Lead")
    listener.status = 503
    times: list[float] = []
    begin = org.clock.now
    while org.hub.outbound.waiting:
        before = len(listener.got)
        org.hub.outbound.flush()
        times += [org.clock.now - begin] * (len(listener.got) - before)
        org.clock.forward(60)

    waits = [later - earlier for earlier, later in pairwise(times)]
    assert waits[:4] == [60, 120, 240, 480]
    assert max(waits) == 7_200
    assert times[-1] <= 86_400
    assert org.hub.outbound.given_up == 1


def test_faults_make_messages_late_double_and_out_of_order(org: SalesforceOrg, listener: Listener) -> None:
    define(org, listener)
    org.hub.faults.add("webhook_late", seconds=30)
    org.hub.faults.add("webhook_twice")
    org.hub.faults.add("webhook_shuffled")
    first, second = org.add("Lead"), org.add("Lead")

    too_early = org.hub.outbound.flush()
    org.clock.forward(30)
    org.hub.outbound.flush()

    assert too_early == 0
    assert listener.values("Id") == [second, first, second, first]


def test_deleted_records_are_not_told(org: SalesforceOrg, listener: Listener) -> None:
    define(org, listener)
    org.delete(f"sobjects/Lead/{org.add('Lead')}")

    assert org.hub.outbound.flush() == 0
    assert (listener.got, org.hub.outbound.waiting) == ([], 0)


def test_a_removed_definition_sends_no_more(org: SalesforceOrg, listener: Listener) -> None:
    action = define(org, listener)
    org.add("Lead")

    assert [each.id for each in org.hub.outbound.definitions()] == [action]
    assert org.hub.outbound.remove(action)
    assert not org.hub.outbound.remove(action)
    assert org.hub.outbound.flush() == 0


@pytest.mark.parametrize(
    "wrong",
    [{"sobject": "Leads"}, {"fields": ["Nonsense__c"]}, {"when_changed": ["Nonsense__c"]}, {"url": "ftp://x"}],
)
def test_a_definition_that_cannot_be_is_refused(org: SalesforceOrg, listener: Listener, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\."):
        define(org, listener, **wrong)


def test_messages_are_defined_listed_and_removed_over_http(org: SalesforceOrg, listener: Listener) -> None:
    path = "/_sandbox/salesforce/outbound"
    made = org.post(path, {"sobject": "Lead", "fields": ["Phone"], "url": listener.url}, 201)
    assert org.get(path) == [made]
    org.add("Lead", Phone="5")
    assert org.hub.outbound.flush() == 1
    org.delete(f"{path}/{made['id']}")
    assert org.get(path) == []
    assert org.refused("DELETE", f"{path}/{made['id']}", 404) == "NOT_FOUND"


def test_a_message_nobody_can_send_is_refused_with_a_sentence(org: SalesforceOrg) -> None:
    body = {"sobject": "Lead", "fields": ["Nosuch"], "url": "http://127.0.0.1:1/"}
    told = org.post("/_sandbox/salesforce/outbound", body, 400)
    assert "Lead has no field Nosuch" in told["message"]
