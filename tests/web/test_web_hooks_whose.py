"""Whose events they are: an address of one connection's own, an app for all, and nobody else's; and the disk."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hook_support import LEAD, ORG, SECRET, Doors, away, event, message
from web_support import AT, NOW, Book

from connector.flows import hook_setup
from connector.flows.services import Services
from connector.store.gathering import Gathering
from connector.store.inbox import InboxEvent


def test_salesforce_is_acknowledged_after_the_commit_and_not_before(
    salesforce: tuple[Doors, str], svc: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors, path = salesforce
    committed: list[str] = []
    sa.event.listen(svc.store.engine, "commit", lambda _: committed.append("commit"))

    def ack(_: object) -> tuple[str, bytes]:
        assert doors.kept() == [LEAD]
        assert committed
        return "text/xml", b"<Ack>true</Ack>"

    monkeypatch.setattr("adapters.salesforce.inbound.SalesforceInbound.ack", ack)
    committed.clear()
    answer = doors.client.post(path, data=message())
    assert (answer.status_code, answer.data) == (200, b"<Ack>true</Ack>")


def test_an_outbound_message_is_kept_once_and_acknowledged_every_time(salesforce: tuple[Doors, str]) -> None:
    doors, path = salesforce
    answers = [doors.client.post(path, data=message(LEAD, LEAD)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert all(b"<Ack>true</Ack>" in answer.data for answer in answers)
    assert doors.kept() == [LEAD, LEAD]


def test_no_acknowledgement_without_a_commit(salesforce: tuple[Doors, str], monkeypatch: pytest.MonkeyPatch) -> None:
    doors, path = salesforce
    doors.client.post(path, data=message())
    with away():
        answer = doors.client.post(path, data=message(LEAD, LEAD))
    assert answer.status_code == 503
    assert b"Ack" not in answer.data


def test_a_flow_s_callout_is_kept_too(salesforce: tuple[Doors, str]) -> None:
    doors, path = salesforce
    assert doors.client.post(path, json={"organizationId": ORG, "recordId": LEAD}).status_code == 200
    assert doors.kept() == [LEAD]


BOMB = "<!DOCTYPE x [" + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(20)) + "]>"


@pytest.mark.parametrize(
    "body",
    [message(head=BOMB), message(head="<!DOCTYPE x SYSTEM 'file:///etc/passwd'>"), b"<html/>", b"{", b"", b"\x00" * 99],
)
def test_tricks_and_rubbish_in_an_outbound_message_are_refused(salesforce: tuple[Doors, str], body: bytes) -> None:
    doors, path = salesforce
    answer = doors.client.post(path, data=body)
    assert answer.status_code == 400
    assert doors.kept() == []
    assert sum(doors.counts().values()) == 1


def test_a_message_of_another_org_is_acknowledged_counted_and_not_kept(salesforce: tuple[Doors, str]) -> None:
    doors, path = salesforce
    doors.connect("00D5e000000KQ2fEAG", "salesforce", name="another")
    assert doors.client.post(path, data=message(org="00D5e000000KQ2fEAG")).status_code == 200
    assert doors.kept() == []
    assert doors.counts() == {"another account": 1}


def test_a_removed_address_is_closed(salesforce: tuple[Doors, str], svc: Services) -> None:
    doors, path = salesforce
    hook_setup.remove(svc, 1)
    assert doors.client.post(path, data=message()).status_code == 404


def test_an_app_s_events_go_to_every_agency_with_that_account_and_to_nobody_else(
    hubspot: Doors, stranger: Book
) -> None:
    theirs = hubspot.connect(tenant_id=stranger.tenant_id)
    hubspot.connect("44", tenant_id=stranger.tenant_id)
    hubspot.told(event(7), event(8, portalId=44))
    found = [(row.tenant_id, row.record_id) for row in hubspot.rows()]
    assert sorted(found) == sorted([(hubspot.svc.tenant.id, "7"), (theirs.tenant_id, "7"), (theirs.tenant_id, "8")])


def test_a_connection_s_own_secret_proves_its_own_account_alone(hubspot: Doors, stranger: Book) -> None:
    mine = hubspot.connect("44", name="mine")
    hubspot.connect("44", tenant_id=stranger.tenant_id)
    path = hubspot.own_address("mine", "my-own-secret")
    assert hubspot.told(event(7), event(8, portalId=44), path=path, secret="my-own-secret").status_code == 202
    assert [(row.connection_id, row.record_id) for row in hubspot.rows()] == [(mine.connection_id, "8")]
    assert hubspot.counts() == {"another account": 1}
    for wrong in ({"path": "/hooks/hubspot", "secret": "my-own-secret"}, {"path": path, "secret": SECRET}):
        assert hubspot.told(event(9), **wrong).status_code == 401


def test_a_second_secret_of_an_own_address_keeps_the_address(hubspot: Doors) -> None:
    hubspot.connect("44", name="mine")
    path = hubspot.own_address("mine", "first-secret")
    assert hubspot.own_address("mine", "second-secret") == ""
    for secret in ("first-secret", "second-secret"):
        assert hubspot.told(event(8, portalId=44), path=path, secret=secret).status_code == 202


@pytest.mark.parametrize(("bad", "commits"), [(None, 1), (3, 7)])
def test_requests_that_wait_for_the_disk_are_written_together_and_a_bad_one_costs_no_other(
    svc: Services, hubspot: Doors, bad: int | None, commits: int
) -> None:
    scope = hubspot.connect("44")
    gathering = Gathering(svc.store)

    def add(number: int) -> None:
        at: Any = None if number == bad else AT
        row = InboxEvent(scope.tenant_id, scope.connection_id, str(number), "changed", "7", "", "", "", False, at)
        gathering.add([row], AT * 1000)

    written: list[str] = []
    sa.event.listen(svc.store.engine, "commit", lambda _: written.append("commit"))
    with ThreadPoolExecutor(8) as pool:
        with gathering._turn:
            waiting = [pool.submit(add, number) for number in range(8)]
            while len(gathering._waiting) < 8:
                time.sleep(0)
        failed = [number for number, each in enumerate(waiting) if each.exception()]
    assert len(written) == commits
    assert failed == ([] if bad is None else [bad])
    assert sorted(row.event_id for row in hubspot.rows()) == [str(number) for number in range(8) if number != bad]


def test_a_new_connection_is_known_within_seconds(hubspot: Doors, svc: Services, monkeypatch: Any) -> None:
    hubspot.told(event(7, portalId=44))
    hubspot.connect("44")
    monkeypatch.setattr(svc, "clock", lambda: NOW + timedelta(seconds=2))
    hubspot.told(event(7, portalId=44))
    assert hubspot.kept() == ["7"]


def test_a_flood_of_refusals_is_few_writes(hubspot: Doors, svc: Services) -> None:
    written: list[str] = []
    sa.event.listen(svc.store.engine, "commit", lambda _: written.append("commit"))
    for _ in range(300):
        hubspot.told(event(7), secret="another")
    assert len(written) < 5
    assert hubspot.counts() == {"wrong signature": 300}


def test_a_connection_whose_mapping_is_of_another_version_costs_the_others_none_of_their_events(
    hubspot: Doors, svc: Services
) -> None:
    hubspot.connect(account="44")
    with svc.store.write() as conn:
        conn.exec_driver_sql("UPDATE connection SET mapping = '{}' WHERE account_id = '44'")
    assert hubspot.told(event(7), event(8, portalId=44), event(9)).status_code == 202
    assert hubspot.kept() == ["7", "8", "9"]
