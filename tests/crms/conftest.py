"""One agency whose book stands in both CRMs, connected to both and synced once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import mappings
from adapters.sandbox.hubspot.seeding import hubspot_book
from adapters.sandbox.played import Sandbox
from adapters.sandbox.salesforce.book import fill
from adapters.sandbox.salesforce.settings import OrgSettings
from adapters.sandbox.server import running
from adapters.sandbox.settings import Settings
from connector.core.types import ScoreCard
from connector.core.vocabulary import Vocabulary
from connector.flows.connect import connect
from connector.flows.parts import DirectSteps
from connector.flows.progress import Summary, summary
from connector.flows.services import Services
from connector.flows.sync import begin, sync
from connector.services import installed_crms
from connector.store import cards, tenants
from connector.store import leads as lead_rows
from connector.store.database import Scope, open_store
from connector.store.sealing import Sealer, new_key
from tests.contract.stage import Time

LEADS, SEED = 200, 7


@dataclass
class Agency:
    """The agency, its two connections, and what the first sync of each did."""

    svc: Services
    sandbox: Sandbox
    time: Time
    scopes: dict[str, Scope]
    done: dict[str, Summary]

    def sync(self, kind: str) -> Summary:
        """Another sync."""
        self.done[kind] = _sync(self.svc, self.scopes[kind])
        return self.done[kind]

    def cards(self, kind: str) -> dict[str, ScoreCard]:
        """The present card of every lead, by its CRM id."""
        scope = self.scopes[kind]
        with self.svc.store.read() as conn:
            leads = lead_rows.leads_after(conn, scope, 0, 10 * LEADS)
            found = cards.cards_of(conn, scope, [lead.id for lead in leads])
        return {lead.crm_id: found[lead.id] for lead in leads}


def _sync(svc: Services, scope: Scope) -> Summary:
    run = begin(svc, scope)
    try:
        sync(svc, scope, run.id, DirectSteps(svc.sleep))
        return summary(svc, scope, run.id)
    finally:
        for pull in svc.pulls.values():
            pull.close()


@pytest.fixture(scope="session")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    folder, time = tmp_path_factory.mktemp("both"), Time()
    settings = Settings(clock=lambda: time.now().timestamp(), burst_limit=None, search_limit=None, search_lag=0.0)
    began = time.now()
    with running(
        hubspot_book(LEADS, SEED, began),
        salesforce=lambda org: fill(org, LEADS, SEED, began),
        settings=settings,
        org_settings=OrgSettings(clock=settings.clock),
        path=folder / "crm.db",
    ) as sandbox:
        svc = _services(folder, time)
        given = {"hubspot": {"token": sandbox.token}, "salesforce": {"token": sandbox.session}}
        scopes = {kind: connect(svc, kind, given[kind], sandbox.url, kind).scope for kind in given}
        yield Agency(svc, sandbox, time, scopes, {kind: _sync(svc, scope) for kind, scope in scopes.items()})
        svc.close()


def _services(folder: Path, time: Time) -> Services:
    store = open_store(f"sqlite:///{folder / 'leadtier.db'}")
    with store.write() as conn:
        tenant = tenants.add_tenant(conn, "agency", "UTC", 0)
    words = Vocabulary.parse(mappings.load_vocabulary())
    return Services(store, Sealer([new_key()]), words, installed_crms(), tenant, time.now, time.sleep)
