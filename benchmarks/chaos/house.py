"""The agency's database as the harness sees it: set up before the processes start, and looked at while they run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from benchmarks.chaos.vendor import APP, Vendor
from connector.core.mapping import from_document
from connector.flows import api_keys, hook_setup
from connector.flows.connect import connect
from connector.flows.hook_routes import told_fields
from connector.flows.publish import model_text, publish
from connector.flows.services import Services
from connector.services import assemble
from connector.settings import Settings
from connector.store import tables as t
from connector.store.database import Scope
from connector.store.sealing import new_key

COUNTED = """
  - id: flagged
    group: negative
    text: A rep found the score too high
    points: -7
    activity: flagged_too_high
    why: For the chaos test, so that a flag that is lost or counted twice shows in the score.
"""
SYNC_EVERY = 20
"""Seconds between two syncs: many in a run that takes minutes."""


def noon_zone(hour_utc: int) -> str:
    """A zone where it is about noon: no midnight falls into the run, and it is late enough for a reconciliation."""
    ahead = (12 - hour_utc) % 24
    return f"Etc/GMT-{ahead}" if ahead <= 12 else f"Etc/GMT+{24 - ahead}"


def model(folder: Path) -> Path:
    """The starter model, with points for a flag."""
    path = folder / "model.yaml"
    _, text = model_text("starter")
    path.write_text(text.replace("\ncriteria:\n", f"\ncriteria:{COUNTED}\n", 1))
    return path


@dataclass
class House:
    """The agency."""

    svc: Services
    environment: Mapping[str, str]
    scope: Scope
    api_key: str

    @classmethod
    def opened(cls, folder: Path, database: str, vendor: Vendor, public_url: str, zone: str) -> House:
        """A new agency, connected, with a model, the secret of the app, and a key for its website."""
        key = new_key()
        environment = {
            "LEADTIER_DATABASE_URL": database, "LEADTIER_SECRET_KEY": key, "LEADTIER_PUBLIC_URL": public_url,
            "LEADTIER_TIME_ZONE": zone,
        }  # fmt: skip
        svc = assemble(Settings(database_url=database, secret_keys=(key,), public_url=public_url, time_zone=zone))
        publish(svc, str(model(folder)), "chaos")
        scope = connect(svc, "hubspot", {"token": vendor.token}, vendor.url, "hubspot").scope
        hook_setup.add_app_secret(svc, "hubspot", APP.client_secret)
        made = cls(svc, environment, scope, api_keys.make_key(svc, "website"))
        made.set(sync_every=SYNC_EVERY)
        return made

    def subscriptions(self) -> Sequence[Mapping[str, Any]]:
        """What the admin is told to subscribe to."""
        inbound = self.svc.crm("hubspot").inbound
        assert inbound is not None
        bound = from_document(self.svc.connection(self.scope).mapping)
        lines = [line for line in inbound.setup("", told_fields(bound)) if line.startswith("    ")]
        found = json.loads("\n".join(lines))["config"]["subscriptions"]
        return [*found["crmObjects"], *found["hubEvents"]]

    def set(self, **values: object) -> None:
        """Changes the connection's row."""
        table = t.connection
        with self.svc.store.write() as conn:
            conn.execute(sa.update(table).where(table.c.id == self.scope.connection_id).values(**values))

    def rows(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        """What a query finds."""
        with self.svc.store.read() as conn:
            return [tuple(row) for row in conn.execute(sa.text(query), values)]

    def number(self, query: str) -> int:
        """What a query counts."""
        return int(self.rows(query)[0][0])

    def unsettled(self) -> dict[str, int]:
        """What there is to do, by name; nothing when all is done."""
        counts = {name: self.number(query) for name, query in UNSETTLED.items()}
        return {name: number for name, number in counts.items() if number}

    @property
    def zone(self) -> ZoneInfo:
        """The agency's."""
        return self.svc.zone


UNSETTLED = {
    "open events": "SELECT count(*) FROM inbox WHERE done_at IS NULL",
    "dirty leads": "SELECT count(*) FROM lead WHERE dirty > 0 AND known AND NOT archived",
    "rows to write": "SELECT count(*) FROM outbox JOIN lead ON id = lead_id WHERE parked = '' AND NOT archived",
    "open runs": "SELECT count(*) FROM run WHERE finished_at IS NULL AND kind <> 'live'",
}
