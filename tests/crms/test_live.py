"""From a hint to the field in the record, with the real adapters: what a rep sees is true again, at how many calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from adapters.contract import EventKind
from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.hubspot.seeding import hubspot_book
from adapters.sandbox.played import Sandbox
from adapters.sandbox.salesforce import dml
from adapters.sandbox.server import running
from adapters.sandbox.settings import Settings
from connector.flows.connect import connect
from connector.flows.live import live
from connector.flows.parts import DirectSteps
from connector.flows.services import Services
from connector.flows.sync import begin, sync
from connector.services import installed_crms
from connector.store import inbox, tenants
from connector.store.database import Scope, Store, engine_for
from connector.store.inbox import InboxEvent
from connector.store.sealing import Sealer
from tests.contract.stage import START, Time
from tests.crms.orgs import SCORE, TASK, Agency, agency_at
from tests.flows.conftest import KEY, VOCABULARY, empty_store

_NUMBERS = count(1)


def hear(svc: Services, scope: Scope, *crm_ids: str, kind: str = EventKind.CHANGED, **more: Any) -> None:
    """What the door keeps of a webhook."""
    at = svc.now()
    events = [
        InboxEvent(
            *(scope.tenant_id, scope.connection_id, f"e{next(_NUMBERS)}", str(kind), crm_id),
            field=str(more.get("field", "")), value=str(more.get("value", "")), merged_ids=str(more.get("merged", "")),
            bulk=False, occurred_at=at,
        )
        for crm_id in crm_ids
    ]  # fmt: skip
    with svc.store.write() as conn:
        inbox.add_events(conn, events, at * 1000)


def work(svc: Services, scope: Scope) -> int:
    """Live slices until nothing is left; how many calls they took."""
    usage = svc.account(scope).usage
    before = usage.calls
    for _ in range(20):
        if live(svc, scope)["go"] == "next":
            return usage.calls - before
    raise AssertionError("live work does not end")


# ------------------------------------------------------------------------------------------------------------- HubSpot


class HubSpot:
    """An agency on HubSpot after its first sync."""

    def __init__(self, sandbox: Sandbox, svc: Services, time: Time) -> None:
        self.sandbox, self.svc, self.time = sandbox, svc, time
        self.scope = connect(svc, "hubspot", {"token": sandbox.token}, sandbox.url, "hubspot").scope
        run = begin(svc, self.scope)
        sync(svc, self.scope, run.id, DirectSteps(svc.sleep))
        time.pass_by(minutes=5)
        contacts = sandbox.store.objects.page(KINDS["contacts"], 0, 1000)
        self.ids = [str(found.id) for found in contacts]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.sandbox.token}"}
        answer = requests.request(method, self.sandbox.url + path, json=body, headers=headers, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def change(self, crm_id: str, **properties: str) -> None:
        self.call("PATCH", f"/crm/v3/objects/contacts/{crm_id}", {"properties": properties})

    def value(self, crm_id: str, name: str) -> str:
        found = self.call("GET", f"/crm/v3/objects/contacts/{crm_id}?properties={name}")
        return str(found["properties"][name])

    def fits(self, crm_id: str, *, fits: bool) -> None:
        """Somebody learns how old the lead is, and where it lives."""
        self.change(crm_id, product_interest="Term Life", age="40", state="TX" if fits else "ME")

    def calls_us(self, crm_id: str) -> None:
        at = self.time.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        facts = {"hs_timestamp": at, "hs_call_direction": "INBOUND", "hs_call_status": "COMPLETED"}
        link = {"to": {"id": crm_id}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}]}
        self.call("POST", "/crm/v3/objects/calls", {"properties": facts, "associations": [link]})


@contextmanager
def hubspot_at(folder: Path, leads: int) -> Iterator[HubSpot]:
    time = Time()
    quiet = Settings(clock=lambda: time.now().timestamp(), burst_limit=None, search_limit=None, search_lag=0.0)
    with running(hubspot_book(leads, 1, START - timedelta(hours=1)), settings=quiet, path=folder / "crm.db") as sandbox:
        (folder / "leadtier.db").write_bytes(empty_store())
        store = Store(engine_for(f"sqlite:///{folder / 'leadtier.db'}", synchronous="OFF"))
        with store.write() as conn:
            tenant = tenants.add_tenant(conn, "agency", "UTC", 0)
        svc = Services(store, Sealer([KEY]), VOCABULARY, installed_crms(), tenant, time.now, time.sleep)
        yield HubSpot(sandbox, svc, time)
        svc.close()


@pytest.fixture(scope="module")
def hubspot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSpot]:
    with hubspot_at(tmp_path_factory.mktemp("hubspot"), 60) as agency:
        yield agency


def result_of(svc: Services, crm_id: str) -> list[tuple[Any, ...]]:
    with svc.store.read() as conn:
        query = "SELECT DISTINCT result FROM inbox WHERE record_id = ? AND done_at IS NOT NULL"
        return [tuple(row) for row in conn.exec_driver_sql(query, (crm_id,))]


def test_what_somebody_types_into_a_hubspot_record_is_in_its_score(hubspot: HubSpot) -> None:
    one = hubspot.ids[0]
    for fits in (True, False):
        hubspot.fits(one, fits=fits)
        hear(hubspot.svc, hubspot.scope, one, field="state")
        assert work(hubspot.svc, hubspot.scope) <= 2, "one to read, one to write"
        assert ("Fits term life" in hubspot.value(one, "leadtier_rationale")) == fits


def test_fifty_changed_properties_in_hubspot_cost_two_calls(hubspot: HubSpot) -> None:
    some = hubspot.ids[5:55]
    for fits in (True, False):
        for one in some:
            hubspot.fits(one, fits=fits)
        hear(hubspot.svc, hubspot.scope, *some, *some, field="state")
        assert work(hubspot.svc, hubspot.scope) == 2
    hear(hubspot.svc, hubspot.scope, some[0], field="leadtier_score", value=hubspot.value(some[0], "leadtier_score"))
    assert work(hubspot.svc, hubspot.scope) == 0, "the echo of our own write"


def test_fifty_signs_of_activity_in_hubspot_cost_a_number_of_calls_that_does_not_grow(hubspot: HubSpot) -> None:
    one = hubspot.ids[1]
    hubspot.calls_us(one)
    hear(hubspot.svc, hubspot.scope, one, field="notes_last_updated")
    assert work(hubspot.svc, hubspot.scope) <= 20
    with hubspot.svc.store.read() as conn:
        kinds = "SELECT kind FROM activity JOIN lead ON id = lead_id WHERE crm_id = ?"
        assert ("called_us",) in [tuple(row) for row in conn.exec_driver_sql(kinds, (one,))]
    hear(hubspot.svc, hubspot.scope, *hubspot.ids[5:55], field="notes_last_updated")
    assert work(hubspot.svc, hubspot.scope) <= 24


def test_deletion_and_merge_in_hubspot_are_followed(hubspot: HubSpot) -> None:
    gone, winner, loser = hubspot.ids[2:5]
    hubspot.call("DELETE", f"/crm/v3/objects/contacts/{gone}")
    merged = {"primaryObjectId": winner, "objectIdToMerge": loser}
    now = str(hubspot.call("POST", "/crm/v3/objects/contacts/merge", merged)["id"])
    hear(hubspot.svc, hubspot.scope, gone, kind=EventKind.DELETED)
    hear(hubspot.svc, hubspot.scope, now, kind=EventKind.MERGED, merged=f"{winner},{loser}")
    work(hubspot.svc, hubspot.scope)
    assert result_of(hubspot.svc, gone) == [("gone",)]
    assert hubspot.value(now, "leadtier_score").isdigit()
    with hubspot.svc.store.read() as conn:
        left = "SELECT crm_id FROM lead WHERE archived AND crm_id IN (?, ?, ?)"
        archived = {row[0] for row in conn.exec_driver_sql(left, (gone, winner, loser))}
    assert archived == {gone, winner, loser} - {now}


def test_ids_that_no_hubspot_record_ever_had_stop_nobody(hubspot: HubSpot) -> None:
    one = hubspot.ids[0]
    hear(hubspot.svc, hubspot.scope, "999999999", "no-id", one, field="state")
    for _ in range(30):
        if live(hubspot.svc, hubspot.scope)["go"] == "next":
            break
    assert result_of(hubspot.svc, "999999999") == [("gone",)]
    assert result_of(hubspot.svc, "no-id") in ([("gone",)], [("failed",)])
    assert ("read",) in result_of(hubspot.svc, one)


# ---------------------------------------------------------------------------------------------------------- Salesforce


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Agency]:
    with agency_at("synced", tmp_path) as found:
        yield found


def test_a_call_logged_in_salesforce_reaches_the_score(org: Agency) -> None:
    one = str(org.desk.rows("Lead")[3]["Id"])
    org.desk.write("Lead", one, Age__c=90)
    org.desk.add("Task", WhoId=one, **TASK)
    before = org.desk.rows("Lead", Id=one)[0][SCORE]
    hear(org.svc, org.scope, one)
    assert work(org.svc, org.scope) <= 12
    assert "call_answered" in org.kinds(one)
    assert org.desk.rows("Lead", Id=one)[0][SCORE] == org.cards()[one].score
    assert org.cards()[one].score != before
    hear(org.svc, org.scope, one)
    work(org.svc, org.scope)
    assert org.rows("SELECT DISTINCT result FROM inbox") == [("read",)]


def test_everybody_in_salesforce_at_once_costs_hardly_more_calls_than_one(org: Agency) -> None:
    one = str(org.desk.rows("Lead")[3]["Id"])
    hear(org.svc, org.scope, one)
    work(org.svc, org.scope)
    hear(org.svc, org.scope, one)
    single = work(org.svc, org.scope)
    hear(org.svc, org.scope, *org.people())
    assert work(org.svc, org.scope) <= single + 3


def test_a_deleted_salesforce_lead_is_gone(org: Agency) -> None:
    one = str(org.desk.rows("Lead")[3]["Id"])
    dml.delete(org.sandbox.org, org.desk.user, "Lead", [one])
    hear(org.svc, org.scope, one)
    work(org.svc, org.scope)
    assert org.rows(f"SELECT archived FROM lead WHERE crm_id = '{one}'") == [(1,)]
    org.whole()
