"""A small agency on Salesforce: a sandbox org in a thread, the real adapter, the real flows, a real database file."""

from __future__ import annotations

import atexit
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from adapters.contract import Crm
from adapters.salesforce import CRM, adapter
from adapters.salesforce.client import Client
from adapters.sandbox.played import Sandbox
from adapters.sandbox.salesforce.catalog import make_field
from adapters.sandbox.salesforce.settings import OrgSettings
from adapters.sandbox.server import running
from adapters.transport import Answer, Request
from connector.core.types import ScoreCard
from connector.flows.connect import Connected, connect
from connector.flows.doctor import examine
from connector.flows.findings import Finding
from connector.flows.parts import DirectSteps
from connector.flows.progress import Summary, summary
from connector.flows.services import Services
from connector.flows.sync import begin, sync
from connector.store import cards, tenants
from connector.store import leads as lead_rows
from connector.store.database import Scope, Store, engine_for
from connector.store.leads import ToScore
from connector.store.sealing import Sealer
from connector.store.tables import metadata
from tests.contract.stage import Time
from tests.flows.conftest import KEY, VOCABULARY, empty_store
from tests.flows.crm import Killed
from tests.sandbox.account import Clock
from tests.sandbox.dml import Desk
from tests.sandbox.org import app_for, opened_org

SCORE, TIER, REASON = "Leadtier_score__c", "Leadtier_tier__c", "Leadtier_reason_1__c"
TASK = {"Subject": "Call", "Status": "Completed", "TaskSubtype": "Call", "CallDisposition": "Connected"}


@dataclass
class Agency:
    """One agency with one org. Nothing but the database and the org outlives `process`."""

    sandbox: Sandbox
    folder: Path
    time: Time
    crm: Crm = CRM
    store: Store = field(init=False)
    svc: Services = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(engine_for(f"sqlite:///{self.folder / 'leadtier.db'}", synchronous="OFF"))
        self.desk = Desk(self.sandbox.org, Clock())
        self.process()

    def process(self) -> Services:
        """A fresh process in the place of the last one."""
        self.svc = self.another()
        return self.svc

    def another(self) -> Services:
        """A process beside the one there is."""
        with self.store.write() as conn:
            tenant = tenants.tenant_named(conn, "agency") or tenants.add_tenant(conn, "agency", "UTC", 0)
        return Services(
            self.store, Sealer([KEY]), VOCABULARY, {"salesforce": self.crm}, tenant, self.time.now, self.time.sleep
        )

    @property
    def scope(self) -> Scope:
        """The one connection."""
        with self.store.read() as conn:
            return Scope(*conn.execute(sa.text("SELECT tenant_id, id FROM connection")).one())

    @property
    def trouble(self) -> str:
        """What a person must act on, as the connection says it."""
        return self.svc.connection(self.scope).trouble

    def connect(self, **credentials: str) -> Connected:
        """Connects, again if need be; with the session that never ends unless told otherwise."""
        given = {"token": self.sandbox.session} if not credentials.keys() - {"records", "quota_free"} else {}
        return connect(self.svc, "salesforce", given | credentials, self.sandbox.url, "salesforce")

    def sync(self, svc: Services | None = None, *, full: bool = False) -> Summary:
        """A whole run, in the present process unless another is named."""
        svc = svc or self.svc
        run = begin(svc, self.scope, full=full)
        try:
            sync(svc, self.scope, run.id, DirectSteps(svc.sleep))
            return summary(svc, self.scope, run.id)
        finally:
            for pull in svc.pulls.values():
                pull.close()
            svc.pulls.clear()

    def later(self, **duration: float) -> Summary:
        """A sync after some time."""
        self.time.pass_by(**duration)
        return self.sync()

    def app(self) -> dict[str, str]:
        """Credentials as the web server flow gives them: a refresh token and a first access token."""
        hub = self.sandbox.salesforce
        self.grant = hub.sessions.grant(hub.user_id, "api refresh_token")
        return {
            "client_id": hub.settings.client_id,
            "client_secret": hub.settings.client_secret,
            "refresh_token": self.grant.refresh,
            "access_token": hub.sessions.open_for(self.grant).token,
        }

    def cards(self) -> dict[str, ScoreCard]:
        """The present card of every lead that is one, by its CRM id."""
        with self.store.read() as conn:
            leads = lead_rows.leads_after(conn, self.scope, 0, 1_000_000)
            found = cards.cards_of(conn, self.scope, [lead.id for lead in leads])
        return {lead.crm_id: found[lead.id] for lead in leads if lead.id in found}

    def lead(self, crm_id: str) -> ToScore | None:
        """What is kept of a lead, gone or not."""
        with self.store.read() as conn:
            found = lead_rows.find_lead(conn, self.scope.tenant_id, crm_id)
        return found[1] if found else None

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """A query of our database."""
        with self.store.read() as conn:
            return [tuple(row) for row in conn.exec_driver_sql(query)]

    def kinds(self, crm_id: str) -> list[str]:
        """What the lead did, as we know it."""
        with self.store.read() as conn:
            query = "SELECT kind FROM activity JOIN lead ON lead.id = lead_id WHERE crm_id = ? ORDER BY kind"
            return [str(row[0]) for row in conn.exec_driver_sql(query, (crm_id,))]

    def problems(self) -> list[str]:
        """The sentences an admin sees in the list of problems, each behind the record it is about."""
        return [f"{of} {text}".strip() for of, text in self.rows("SELECT record_id, text FROM problem ORDER BY id")]

    def doctor(self) -> list[Finding]:
        """What `leadtier doctor` says now, in a process of its own."""
        return examine(self.another())

    def said(self) -> str:
        """The doctor's sentences about the CRM but those that all is well. No worker works in these tests."""
        amiss = (found for found in self.doctor() if found.state != "ok" and found.about != "work")
        return "\n".join(f"{found.text} {found.mend}" for found in amiss)

    def query(self, soql: str) -> list[dict[str, Any]]:
        """What the integration user reads."""
        return list(self.get("query", q=soql)["records"])

    def describe(self, sobject: str) -> list[dict[str, Any]]:
        """The fields the integration user sees."""
        return list(self.get(f"sobjects/{sobject}/describe")["fields"])

    def people(self) -> dict[str, Mapping[str, Any]]:
        """Everybody in the org who is a lead to us: leads that are not converted, and contacts."""
        leads = self.desk.rows("Lead", IsDeleted=0, IsConverted=0)
        return {row["Id"]: row for row in [*leads, *self.desk.rows("Contact", IsDeleted=0)]}

    def whole(self, *but: str) -> None:
        """Every live lead but these has a card, and the org holds what the card says."""
        found = {one: row for one, row in self.people().items() if one not in but}
        made = {one: card for one, card in self.cards().items() if one not in but}
        assert made.keys() == found.keys()
        wanted = {one: (card.score, str(card.tier)) for one, card in made.items()}
        assert {one: (row[SCORE], row[TIER]) for one, row in found.items()} == wanted
        assert len({score for score, _ in wanted.values()}) > 2, "a book of equal scores shows nothing"

    def as_if_undisturbed(self) -> None:
        """Our cards are those of an agency that has just connected and now reads everything for the first time."""
        with tempfile.TemporaryDirectory() as folder:
            with closing(sqlite3.connect(self.folder / "leadtier.db")) as file:
                file.execute("VACUUM INTO ?", (f"{folder}/leadtier.db",))
            fresh = Agency(self.sandbox, Path(folder), self.time)
            fresh._forget()
            assert fresh.sync().run.state == "done"
            theirs, ours = fresh.cards(), self.cards()
            fresh.close()
        assert {one: card.lines for one, card in ours.items()} == {one: card.lines for one, card in theirs.items()}

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """An answer the integration user gets."""
        headers = {"Authorization": f"Bearer {self.sandbox.session}"}
        url = f"{self.sandbox.url}/services/data/v67.0/{path}"
        found: dict[str, Any] = requests.get(url, params=query, headers=headers, timeout=10).json()
        return found

    def _forget(self) -> None:
        """As it was before the first sync."""
        with self.store.write() as conn:
            for table in reversed(metadata.sorted_tables):
                if {"connection_id", "lead_id"} & set(table.columns.keys()):
                    conn.execute(sa.delete(table))
            conn.exec_driver_sql("UPDATE connection SET cursors = '{}', rescored_on = ''")

    def close(self) -> None:
        """Lets go of database and connections."""
        self.svc.close()


def people_of(agency: Agency) -> None:
    """Six leads, two contacts of one account and a person account, with different scores."""
    desk, org = agency.desk, agency.sandbox.org
    for name in ("Lead", "Contact"):
        org.add_custom_field(name, make_field("Age__c", "double", label="Age", custom=True, precision=3), visible=True)
    quote = desk.add("Campaign", Name="Quote request")
    guide = desk.add("Campaign", Name="Comparison guide")
    for number in range(6):
        lead = desk.add("Lead", LastName=f"Lead {number}", State="TX" if number % 2 else "NY", Age__c=40)
        if number < 3:
            desk.add("CampaignMember", CampaignId=quote, LeadId=lead, Status="Responded")
        if number % 3 == 0:
            desk.add("CampaignMember", CampaignId=guide, LeadId=lead, Status="Responded")
    account = desk.add("Account", Name="Acme Roofing")
    for name in ("One", "Two"):
        contact = desk.add("Contact", LastName=name, AccountId=account, MailingState="TX", Age__c=50)
    desk.add("CampaignMember", CampaignId=guide, ContactId=contact, Status="Responded")
    if org.settings.person_accounts:
        desk.add("Account", LastName="Person", PersonMailingState="TX", Age__pc=70)


@contextmanager
def empty_agency(folder: Path, *, begin_at: datetime | None = None, **switches: Any) -> Iterator[Agency]:
    """An agency whose org has nobody in it, not connected. `switches` are those of `OrgSettings`."""
    if not (folder / "crm-salesforce.db").exists() and not {"person_accounts", "org_serial"} & switches.keys():
        shutil.copy(opened_org(), folder / "crm-salesforce.db")
    if not (folder / "leadtier.db").exists():
        (folder / "leadtier.db").write_bytes(empty_store())
    time = Time()
    time.at = begin_at or time.at
    settings = OrgSettings(clock=lambda: time.now().timestamp(), **switches)
    with pytest.MonkeyPatch.context() as patch:
        # Making the application takes longer than most tests.
        patch.setattr("adapters.sandbox.server.create_app", lambda _, *, org: app_for(org))
        side = running(hubspot=False, salesforce=lambda _: None, org_settings=settings, path=folder / "crm.db")
        with side as sandbox:
            agency = Agency(sandbox, folder, time)
            yield agency
            agency.close()


@contextmanager
def agency_at(stage: str, folder: Path, **switches: Any) -> Iterator[Agency]:
    """The small agency when it is ``filled``, ``connected`` or ``synced``; the last an hour after its first sync."""
    kept, ended = _template(stage)
    for path in kept.glob("*.db"):
        shutil.copy(path, folder)
    with empty_agency(folder, begin_at=ended, **switches) as agency:
        with agency.store.write() as conn:
            conn.exec_driver_sql("UPDATE connection SET base_url = ?", (agency.sandbox.url,))
        yield agency


@cache
def _template(stage: str) -> tuple[Path, datetime]:
    """The files of a stage, to be copied, and when it is."""
    folder = Path(tempfile.mkdtemp(prefix="leadtier-agency-"))
    atexit.register(shutil.rmtree, folder)
    with empty_agency(folder, session_seconds=1_000_000) as agency:
        people_of(agency)
        agency.time.pass_by(hours=1)
        if stage != "filled":
            agency.connect()
        if stage == "synced":
            assert agency.sync().run.state == "done"
            agency.whole()
            agency.time.pass_by(hours=1)
    return folder, agency.time.now()


def on_call(patch: pytest.MonkeyPatch, path: str, act: Callable[[], object], *, at: int = 1) -> None:
    """Has something happen just before the so-manieth call whose path fits the pattern is sent."""
    plain, seen = Client._send, 0

    def send(self: Client, request: Request, token: str) -> Answer:
        nonlocal seen
        if re.search(path, f"{request.method} {request.path}"):
            seen += 1
            if seen == at:
                act()
        return plain(self, request, token)

    patch.setattr(Client, "_send", send)


def backfill_from(patch: pytest.MonkeyPatch, rows: int) -> None:
    """Bulk jobs write from so few rows on."""
    patch.setattr(adapter, "CAPABILITIES", replace(adapter.CAPABILITIES, backfill_from=rows))


def die() -> None:
    """The process is killed here."""
    raise Killed


__all__ = [
    "REASON",
    "SCORE",
    "TASK",
    "TIER",
    "Agency",
    "Killed",
    "agency_at",
    "backfill_from",
    "die",
    "empty_agency",
    "on_call",
    "people_of",
]
