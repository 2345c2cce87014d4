"""At its most talkative, with both CRMs, webhooks and things going wrong, the log holds nobody's data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.sandbox.hubspot.seeding import hubspot_book
from adapters.sandbox.salesforce.book import fill
from adapters.sandbox.salesforce.settings import OrgSettings
from adapters.sandbox.server import running
from adapters.sandbox.settings import Settings
from connector import logs
from connector.flows.connect import connect
from connector.flows.live import live
from connector.flows.services import Services
from connector.store import inbox, leads
from connector.store.database import Scope
from connector.store.inbox import InboxEvent
from connector.web.app import create_app
from tests.contract.stage import Time
from tests.crms.conftest import _services, _sync
from tests.logged import log_as_before

LEADS = 25
PRIVATE = ("email", "phone", "mobile_phone", "street", "address", "birth_date")
SENT = "zebulon.quackenbush@example.com"


def people(svc: Services, scope: Scope) -> set[str]:
    """What is known of the people in the book: addresses, numbers, names."""
    with svc.store.read() as conn:
        known = [json.loads(lead.fields) for lead in leads.leads_after(conn, scope, 0, 1000)]
    private = {str(fields[name]) for fields in known for name in PRIVATE if fields.get(name)}
    return private | {f"{one.get('first_name')} {one.get('last_name')}" for one in known if one.get("last_name")}


def hints(svc: Services, scope: Scope) -> None:
    """Everybody changed, and somebody who does not exist."""
    with svc.store.write() as conn:
        ids = [lead.crm_id for lead in leads.leads_after(conn, scope, 0, 1000)]
        whose = (scope.tenant_id, scope.connection_id)
        events = [
            InboxEvent(*whose, f"e{one}", "changed", one, "email", "", "", False, svc.now())
            for one in (*ids, "99999999")
        ]
        inbox.add_events(conn, events, svc.now() * 1000)


def knock(svc: Services) -> None:
    """Webhooks that prove nothing, with people's data in body and query."""
    door = create_app(svc).test_client()
    body = json.dumps([{"eventId": 1, "propertyName": "email", "propertyValue": SENT}])
    for path in ("/hooks/hubspot", "/hooks/salesforce", f"/hooks/hubspot/{SENT}", f"/api/v1/events?email={SENT}"):
        for sent in (body, f"<a>{SENT}</a>", "{" + SENT):
            door.post(path, data=sent, headers={"X-HubSpot-Signature-v3": SENT, "Authorization": f"Bearer {SENT}"})


TROUBLE = {
    "hubspot": ("rate_limited", "garbled", "html", "unavailable", "dropped"),
    "salesforce": ("query_timeout", "html", "edge", "server_unavailable", "concurrent_limit"),
}
"""Answers that are refused, cut in half, lost, or no JSON, one after another."""


def test_nobody_s_data_is_in_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with log_as_before():
        logs.set_up("DEBUG", "json")
        secrets = whole_story(tmp_path, Time())
    lines = capsys.readouterr().err
    assert len(secrets) > LEADS
    assert lines.count('"logger": "adapters.transport.calls"') > 20
    assert [value for value in sorted(secrets) if value in lines] == []


def whole_story(folder: Path, time: Time) -> set[str]:
    """Connects, syncs, hears hints and gets strange visitors; everything that must not be in the log."""
    settings = Settings(clock=lambda: time.now().timestamp(), burst_limit=None, search_limit=None, search_lag=0.0)
    with running(
        hubspot_book(LEADS, 7, time.now()),
        salesforce=lambda org: fill(org, LEADS, 7, time.now()),
        settings=settings,
        org_settings=OrgSettings(clock=settings.clock),
        path=folder / "crm.db",
    ) as sandbox:
        svc = _services(folder, time)
        given = {"hubspot": {"token": sandbox.token}, "salesforce": {"token": sandbox.session}}
        found: set[str] = set()
        for kind, keys in given.items():
            scope = connect(svc, kind, keys, sandbox.url, kind).scope
            _sync(svc, scope)
            for fault in TROUBLE[kind]:
                sandbox.hub.faults.add(fault, count=1)
            hints(svc, scope)
            for _ in range(10):
                svc.sleep(live(svc, scope)["wait"])
            found |= people(svc, scope)
        knock(svc)
        svc.close()
    return {*found, SENT, sandbox.token, sandbox.session}
