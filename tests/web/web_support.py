"""An agency with a small book in a store of its own, and a stranger's beside it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.core.types import Activity, Line, Met, ScoreCard, Stage, Tier
from connector.flows import visits
from connector.flows.actors import Role
from connector.flows.services import Services
from connector.flows.visits import Browser
from connector.store import accounts, activities, cards, connections, leads, models, outbox, problems, runs, workers
from connector.store.cards import Change
from connector.store.database import Scope
from connector.store.exclusive import Held, present
from connector.store.leads import LeadRow
from connector.store.problems import ProblemRow
from connector.store.workers import WorkerRow
from connector.web.app import create_app
from connector.web.guard import COOKIE

NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
STRANGER = "Stranger's Secret Lead"
LIVING: list[Held | None] = []
"""What workers hold while they live."""


def signed_in(
    svc: Services, role: Role = Role.OWNER, email: str = "olivia@bluebonnet.example", app: Flask | None = None
) -> FlaskClient:
    """A browser in which a person of the agency of `svc` is signed in; the person is taken in where needed."""
    with svc.store.write() as conn:
        account = accounts.add_account(conn, email, email.partition("@")[0].capitalize(), AT - 1000)
        accounts.add_member(conn, svc.tenant.id, account.id, role, AT - 1000)
        secret = visits.begin(conn, svc.tenant.id, account.id, Browser("Firefox", "127.0.0.1"), AT - 30)
    client = (app or create_app(svc)).test_client()
    for name in ("localhost", "127.0.0.1", "::1", "leads.example"):
        client.set_cookie(COOKIE, secret, domain=name)
    return client


def token(client: FlaskClient, page: str) -> str:
    """The token that the forms of a page carry."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).get_data(as_text=True))
    assert found, page
    return found[1]


def send(client: FlaskClient, path: str, page: str = "", **fields: str) -> TestResponse:
    """Sends a form as the browser does that shows the page (the form's own address, where none is given)."""
    return client.post(path, data={"csrf_token": token(client, page or path), **fields})


@dataclass
class Book:
    """Fills the store the way a sync would."""

    svc: Services
    tenant_id: int

    def connect(self, name: str = "main crm", record_url: str = "https://crm.example/contact/{id}") -> Scope:
        values = {"kind": "anycrm", "name": name, "account_id": f"77{self.tenant_id}", "record_url": record_url}
        values |= {"base_url": None, "credentials": "sealed", "mapping": "{}"}
        with self.svc.store.write() as conn:
            return Scope(self.tenant_id, connections.save_connection(conn, self.tenant_id, values, AT - 900_000))

    def worker(self, ago: int = 1) -> None:
        LIVING.append(present(self.svc.store, "worker-1"))
        with self.svc.store.write() as conn:
            workers.save_worker(conn, WorkerRow("worker-1", "host", 1, AT - 5000, AT - ago))

    def lead(self, scope: Scope, crm_id: str, score: int, tier: Tier, **fields: object) -> int:
        fields = {"first_name": "Ann", "last_name": f"Lead{crm_id}", "state": "TX", **fields}
        with self.svc.store.write() as conn:
            row = LeadRow(crm_id, AT - 800_000, json.dumps(fields), crm_id, archived=False)
            ids, _ = leads.save_leads(conn, scope, [row])
            leads.clear_dirty(conn, scope, {ids[crm_id]: 1})
            cards.save_cards(conn, scope, [card(ids[crm_id], score, tier)])
        return ids[crm_id]

    def act(self, scope: Scope, lead_id: int, kind: str, campaign: str = "", source_id: str = "calls:1") -> None:
        with self.svc.store.write() as conn:
            rows = [Activity(lead_id, source_id, kind, AT - 90_000, campaign)]
            activities.replace_activities(conn, scope, [source_id], rows)

    def change(self, scope: Scope, lead_id: int, before: int | None, score: int, moved: str) -> None:
        with self.svc.store.write() as conn:
            cards.add_changes(conn, scope, [Change(lead_id, AT - 5000, before, score, "Hot", moved, "starter v1")])

    def run(self, scope: Scope, state: str = "done", message: str = "", ago: int = 600, **counts: int) -> int:
        with self.svc.store.write() as conn:
            run = runs.begin_run(conn, scope, "sync", AT - ago)
            if counts:
                runs.add_counts(conn, run, **counts)
            if state != "running":
                runs.finish_run(conn, run, state, message, AT - ago + 40)
        return run.id

    def problem(self, scope: Scope, record_id: str, where: str, text: str, mend: str) -> None:
        with self.svc.store.write() as conn:
            problems.add_problems(conn, scope, [ProblemRow(record_id, where, text, mend)], AT)

    def trouble(self, scope: Scope, sentence: str) -> None:
        with self.svc.store.write() as conn:
            connections.set_trouble(conn, scope, sentence)

    def written(self, scope: Scope, lead_id: int, values: dict[str, str | None]) -> None:
        with self.svc.store.write() as conn:
            leads.set_written(conn, scope, {lead_id: json.dumps(values)}, AT - 300)

    def waiting(self, scope: Scope, lead_id: int, refused: str = "") -> None:
        with self.svc.store.write() as conn:
            outbox.put(conn, scope, {lead_id: json.dumps({"lt_score": "1"})}, AT)
            outbox.park(conn, scope, {lead_id: refused} if refused else {})

    def publish(self) -> None:
        with self.svc.store.write() as conn:
            models.publish_model(conn, self.tenant_id, "starter", "", "test", AT)


def card(lead_id: int, score: int, tier: Tier) -> ScoreCard:
    lines = (
        Line("quote", "Requested a quote on 20 Nov", score + 20, at=AT - 90_000),
        Line("decay", "No activity for 30+ days (-20 %)", -20),
        Line("age", "Age: not known", 0, Met.UNKNOWN),
    )
    stage = {Tier.HOT: Stage.SQL, Tier.WARM: Stage.MQL, Tier.COLD: Stage.NONE}[tier]
    reasons = (f"Requested a quote on 20 Nov (+{score + 20})", "No activity for 30+ days (-20 %: -20)")
    return ScoreCard(lead_id, score, stage, tier, "term_life", lines, reasons, "All lines.", "starter v1", AT - 600)
