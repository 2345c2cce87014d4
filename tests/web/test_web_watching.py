"""What operators and their tools see: alive, ready, and numbers; nothing of it about people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from web_support import AT, Book

from connector.core.types import Tier
from connector.flows import gauges, meters
from connector.flows.services import Services
from connector.store import tables as t
from connector.store.database import Store, engine_for
from connector.web import health
from connector.web.app import create_app
from connector.web.metrics import watch_app


@pytest.fixture
def worker(svc: Services) -> FlaskClient:
    """A worker that looked for work three seconds ago."""
    return watch_app(svc, beat=lambda: 3.0).test_client()


def numbers(client: FlaskClient) -> dict[str, float]:
    """Every sample, by its name with its labels."""
    families = text_string_to_metric_families(client.get("/metrics").get_data(as_text=True))
    samples = [sample for family in families for sample in family.samples]
    return {
        " ".join([each.name, *(f"{name}={label}" for name, label in sorted(each.labels.items()))]): each.value
        for each in samples
    }


def insert(svc: Services, table: sa.Table, **values: object) -> None:
    with svc.store.write() as conn:
        conn.execute(sa.insert(table).values(values))


def test_the_metrics_say_what_waits_and_what_is_in_trouble(worker: FlaskClient, svc: Services, book: Book) -> None:
    scope = book.connect()
    mine = {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id}
    book.lead(scope, "1", 50, Tier.WARM)
    book.run(scope, ago=640)
    book.run(scope, "running", ago=5)
    book.trouble(scope, "Connect again.")
    insert(svc, t.worker, id="w", host="h", pid=1, started_at=AT - 99, seen_at=AT - 5)
    insert(svc, t.worker, id="gone", host="h", pid=2, started_at=AT - 99, seen_at=AT - 90)
    event = {"kind": "changed", "record_id": "1", "occurred_at": AT - 60, "received_ms": (AT - 45) * 1000}
    insert(svc, t.inbox, event_id="1", **event, **mine)
    insert(svc, t.inbox, event_id="2", done_at=AT, **event, **mine)
    found = numbers(worker)
    expected = {
        "leadtier_database_up": 1, "leadtier_inbox_open": 1, "leadtier_inbox_oldest_seconds": 45,
        "leadtier_leads_dirty": 0, "leadtier_outbox_waiting": 0, "leadtier_outbox_refused": 0,
        "leadtier_runs_open kind=sync": 1, "leadtier_flags_open": 0, "leadtier_workers_alive": 1,
        f"leadtier_last_sync_seconds connection={scope.connection_id} crm=anycrm": 600,
        "leadtier_connections": 1, "leadtier_connections_in_trouble": 1,
    }  # fmt: skip
    assert {name: found.get(name) for name in expected} == expected


def test_no_name_and_no_secret_is_among_the_metrics(worker: FlaskClient, svc: Services, book: Book) -> None:
    scope = book.connect("Secret CRM name")
    book.lead(scope, "record-4711", 50, Tier.HOT, email="ann@example.com")
    book.run(scope)
    text = worker.get("/metrics").get_data(as_text=True)
    assert not [word for word in ("Ann", "ann@", "record-4711", "Secret", svc.tenant.name, "agency") if word in text]


def test_a_second_look_within_seconds_does_not_ask_the_database_again(
    worker: FlaskClient, svc: Services, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert numbers(worker)["leadtier_connections"] == 0
    book.connect()
    assert numbers(worker)["leadtier_connections"] == 0
    monkeypatch.setattr(gauges, "KEPT", 0.0)
    assert numbers(watch_app(svc).test_client())["leadtier_connections"] == 1


def test_a_run_that_ends_after_the_first_look_is_seen_by_the_next(
    svc: Services, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauges, "KEPT", 0.0)
    client, scope = watch_app(svc).test_client(), book.connect()
    name = f"leadtier_last_sync_seconds connection={scope.connection_id} crm=anycrm"
    book.run(scope, "running", ago=640)
    assert name not in numbers(client)
    with svc.store.write() as conn:
        conn.execute(sa.update(t.run).values(finished_at=AT - 100, state="done"))
    assert numbers(client)[name] == 100
    book.run(scope, "failed", ago=90)
    assert numbers(client)[name] == 100
    book.run(scope, ago=70)
    assert numbers(client)[name] == 30


def test_what_the_process_counts_is_among_the_metrics(worker: FlaskClient) -> None:
    before = numbers(worker)
    meters.hook("anycrm", "kept", events=7)
    meters.reached_field(1.5)
    meters.run_ended("sync", "done")
    meters.called("anycrm", calls=3, throttled=1)
    meters.scored(5)
    meters.written(4, refused=1)
    meters.worker_error("tick")
    after = numbers(worker)
    moved = {name: after[name] - before.get(name, 0) for name in after if "_total" in name or "_sum" in name}
    assert {name: by for name, by in moved.items() if by and name.startswith("leadtier")} == {
        "leadtier_webhook_requests_total outcome=kept source=anycrm": 1,
        "leadtier_webhook_events_total outcome=kept source=anycrm": 7,
        "leadtier_webhook_to_field_seconds_sum": 1.5,
        "leadtier_runs_ended_total kind=sync state=done": 1,
        "leadtier_crm_calls_total crm=anycrm": 3,
        "leadtier_crm_throttled_total crm=anycrm": 1,
        "leadtier_leads_scored_total": 5,
        "leadtier_records_written_total": 4,
        "leadtier_records_refused_total": 1,
        "leadtier_worker_errors_total where=tick": 1,
    }


def test_metrics_are_not_told_to_the_internet(svc: Services) -> None:
    app = create_app(svc, public_url="https://leads.example").test_client()
    assert app.get("/metrics", headers={"Host": "leads.example"}).status_code == 404
    assert app.get("/metrics", headers={"Host": "10.0.0.7:8700"}).status_code == 200


def test_with_the_database_gone_the_metrics_say_so(
    worker: FlaskClient, svc: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(svc, "store", Store(engine_for(f"sqlite:///{tmp_path / 'gone' / 'x.db'}")))
    found = numbers(worker)
    assert found["leadtier_database_up"] == 0
    assert "leadtier_inbox_open" not in found
    assert "leadtier_leads_scored_total" in found


def test_a_worker_that_looks_for_work_is_ready(worker: FlaskClient) -> None:
    assert worker.get("/healthz").get_json() == {"status": "alive"}
    answer = worker.get("/readyz")
    assert answer.status_code == 200
    checks = [{"check": name, "ok": True} for name in ("database", "migrations", "worker")]
    assert answer.get_json() == {"status": "ready", "checks": checks}


def test_a_worker_that_hangs_is_alive_but_not_ready(svc: Services) -> None:
    client = watch_app(svc, beat=lambda: health.STALE + 1).test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"][-1] == {"check": "worker", "ok": False}
    assert "restart" in answer.get_json()["mend"]


def test_a_database_of_another_version_is_not_ready(worker: FlaskClient, svc: Services) -> None:
    with svc.store.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = 'another'")
    answer = worker.get("/readyz")
    assert answer.status_code == 503
    assert "same version" in json.loads(answer.data)["mend"]


def test_a_worker_shows_nothing_else(worker: FlaskClient) -> None:
    assert {worker.get(path).status_code for path in ("/", "/leads", "/static/app.css", "/hooks/x")} == {404}
