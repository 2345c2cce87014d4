from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import mappings
from adapters.contract import Crm as Kind
from connector.core.vocabulary import Vocabulary
from connector.flows.connect import connect
from connector.flows.parts import DirectSteps
from connector.flows.progress import Summary, summary
from connector.flows.services import Services
from connector.flows.sync import begin, sync
from connector.store import tenants
from connector.store.database import Scope, Store, engine_for, open_store
from connector.store.sealing import Sealer, new_key
from tests.flows.crm import NOW, Crm, FakeAdapter

VOCABULARY = Vocabulary.parse(mappings.load_vocabulary())
KEY = new_key()


@cache
def empty_store() -> bytes:
    """A database file with the schema and no rows: migrating is slow, so every world begins with a copy."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        open_store(f"sqlite:///{path}").close()
        return path.read_bytes()


@dataclass
class World:
    """One agency with one CRM, and a clock that moves only when told."""

    crm: Crm
    path: Path
    now: datetime = NOW
    slept: list[float] = field(default_factory=list)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.path.write_bytes(empty_store())
        self.store = Store(engine_for(f"sqlite:///{self.path}", synchronous="OFF"))

    def services(self) -> Services:
        """A fresh process: nothing but the database and the CRM is carried over."""
        with self.store.write() as conn:
            tenant = tenants.tenant_named(conn, "agency") or tenants.add_tenant(conn, "agency", "UTC", 0)
        return Services(
            store=self.store, sealer=Sealer([KEY]), vocabulary=VOCABULARY,
            crms={"hubspot": Kind(self.crm.capabilities, (), lambda *_, **__: FakeAdapter(self.crm), None)},
            tenant=tenant, clock=lambda: self.now, sleep=self._sleep,
        )  # fmt: skip

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def connect(self) -> Scope:
        return connect(self.services(), "hubspot", {"token": "secret-token"}, None, "hubspot").scope

    def sync(self, scope: Scope, *, full: bool = False) -> Summary:
        svc = self.services()
        run = begin(svc, scope, full=full)
        try:
            sync(svc, scope, run.id, DirectSteps(svc.sleep))
            return summary(svc, scope, run.id)
        finally:
            for pull in svc.pulls.values():
                pull.close()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Summary]]:
    """How the small book ends after a sync that nothing disturbs; only to be looked at."""
    world = World(Crm().book(), tmp_path_factory.mktemp("undisturbed") / "world.db")
    yield world, world.sync(world.connect())
    world.store.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(Crm().book(), tmp_path / "world.db")
    yield made
    made.store.close()


def same(one: World, other: World) -> None:
    """Two worlds end in the same state: cards, activities, outcomes, and what the CRM was told."""
    assert _state(one) == _state(other)
    assert _without_times(one.crm) == _without_times(other.crm)


def _state(world: World) -> dict[str, list[tuple[object, ...]]]:
    queries = {
        "leads": "SELECT crm_id, fields, digest, archived, known, dirty FROM lead ORDER BY crm_id",
        "acts": "SELECT crm_id, source_id, kind, at, campaign FROM activity JOIN lead ON id = lead_id ORDER BY 1, 2",
        "outcomes": "SELECT crm_id, source_id, state FROM outcome JOIN lead ON id = lead_id ORDER BY 1, 2",
        "cards": "SELECT crm_id, score, stage, tier FROM card JOIN lead ON lead.id = lead_id ORDER BY 1",
        "outbox": "SELECT lead_id FROM outbox",
        "problems": 'SELECT record_id, "where", text FROM problem ORDER BY 1, 2',
    }
    with world.store.read() as conn:
        return {name: [tuple(row) for row in conn.exec_driver_sql(query)] for name, query in queries.items()}


def _without_times(crm: Crm) -> dict[str, dict[str, str | None]]:
    return {
        crm_id: {name: value for name, value in values.items() if not name.endswith("scored_at")}
        for crm_id, values in crm.written.items()
    }


__all__ = ["World", "same"]
