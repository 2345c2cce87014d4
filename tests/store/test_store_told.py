"""What others tell us meets the leads they mean, whoever comes first and however many speak at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

import mappings
from connector.core.vocabulary import Vocabulary
from connector.flows import told
from connector.flows.services import Services
from connector.flows.told import Told, match_arrivals
from connector.store import connections, leads, tenants, told_events
from connector.store import tables as t
from connector.store.database import Scope, Store, StoreUnusable, open_store
from connector.store.leads import LeadRow
from connector.store.sealing import Sealer, new_key
from tests.store.agencies import AT, connection_values
from tests.store.test_store_indexes import plan_of

WITHIN = 20
BLOCKED = 0.1
"""Seconds after which somebody who is not done is taken to be waiting for us."""
VOCABULARY = Vocabulary.parse(mappings.load_vocabulary())


@dataclass
class Office:
    """An agency with one connection, in a database of its own."""

    store: Store
    scope: Scope
    svc: Services

    def tell(self, *events: Told) -> told.Taken:
        return told.take(self.svc, self.scope.tenant_id, events)

    def arrive(self, *rows: LeadRow) -> None:
        with self.store.write() as conn:
            self.arriving(conn, rows)

    def arriving(self, conn: sa.Connection, rows: tuple[LeadRow, ...]) -> None:
        told_events.begin_arriving(conn, self.scope.tenant_id)
        ids, changed = leads.save_leads(conn, self.scope, rows)
        match_arrivals(conn, self.scope, rows, ids, changed)

    def acts(self) -> list[tuple[str, str, str]]:
        """CRM id, source id and kind of every activity."""
        query = sa.select(t.lead.c.crm_id, t.activity.c.source_id, t.activity.c.kind).join_from(t.activity, t.lead)
        with self.store.read() as conn:
            return sorted(map(tuple, conn.execute(query)))

    def waiting(self) -> list[str]:
        query = sa.select(t.told_event.c.event_id).where(t.told_event.c.lead_id.is_(None))
        with self.store.read() as conn:
            return sorted(conn.execute(query).scalars())

    def count(self, table: sa.Table) -> int:
        with self.store.read() as conn:
            return int(conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


@pytest.fixture
def office(made_address: str) -> Iterator[Office]:
    store = open_store(made_address)
    with store.write() as conn:
        tenant = tenants.add_tenant(conn, "agency", "UTC", AT)
        scope = Scope(tenant.id, connections.save_connection(conn, tenant.id, connection_values("77", "agency"), AT))
    clock = lambda: datetime.fromtimestamp(AT, UTC)  # noqa: E731
    svc = Services(store, Sealer([new_key()]), VOCABULARY, {}, tenant, clock, lambda _: None)
    yield Office(store, scope, svc)
    store.close()


def lead(crm_id: str, email: str = "", digest: str = "1", *, archived: bool = False) -> LeadRow:
    return LeadRow(crm_id, AT, "{}", digest, archived, "", email)


def event(event_id: str, email: str = "", crm_id: str = "", kind: str = "callback_requested") -> Told:
    return Told(0, event_id, "", crm_id, email, kind, AT - 60, "")


def test_an_event_becomes_an_activity_of_every_lead_with_that_address(office: Office) -> None:
    office.arrive(lead("1", "ann@x.com"), lead("2", "ann@x.com"), lead("3", "bob@x.com"), lead("4"))
    done = office.tell(event("e1", email="ann@x.com"), event("e2", crm_id="3"))
    assert (done.accepted, done.duplicates, done.waiting) == (2, 0, 0)
    assert office.acts() == [
        ("1", "told:e1", "callback_requested"),
        ("2", "told:e1", "callback_requested"),
        ("3", "told:e2", "callback_requested"),
    ]


def test_leads_that_are_gone_or_were_never_read_are_not_meant(office: Office) -> None:
    office.arrive(lead("1", "ann@x.com", archived=True))
    with office.store.write() as conn:
        leads.ids_for(conn, office.scope, ["2"])
    done = office.tell(event("e1", email="ann@x.com"), event("e2", crm_id="1"), event("e3", crm_id="2"))
    assert (done.accepted, done.waiting, office.acts()) == (0, 3, [])


def test_the_lead_is_to_be_scored_and_touched(office: Office) -> None:
    office.arrive(lead("1", "ann@x.com"), lead("2", "bob@x.com"))
    with office.store.write() as conn:
        conn.execute(sa.update(t.lead).values(dirty=0))
    office.tell(event("e1", email="ann@x.com"))
    with office.store.read() as conn:
        assert conn.execute(sa.select(t.lead.c.crm_id).where(t.lead.c.dirty > 0)).scalars().all() == ["1"]
        assert conn.execute(sa.select(t.inbox.c.kind, t.inbox.c.record_id)).all() == [("touched", "1")]


def test_an_event_told_again_changes_nothing_whatever_it_says(office: Office) -> None:
    office.arrive(lead("1", "ann@x.com"), lead("2", "bob@x.com"))
    office.tell(event("e1", email="ann@x.com"))
    touched = office.count(t.inbox)
    done = office.tell(event("e1", email="bob@x.com", kind="page_viewed"), event("e1", crm_id="2"))
    assert (done.accepted, done.duplicates, done.waiting) == (0, 2, 0)
    assert office.acts() == [("1", "told:e1", "callback_requested")]
    assert office.count(t.inbox) == touched


def test_within_one_batch_the_first_of_an_id_wins(office: Office) -> None:
    office.arrive(lead("1", "ann@x.com"))
    done = office.tell(event("e1", email="ann@x.com"), event("e1", email="ann@x.com", kind="page_viewed"))
    assert (done.accepted, done.duplicates) == (1, 1)
    assert office.acts() == [("1", "told:e1", "callback_requested")]


def test_an_event_waits_for_its_lead_and_is_given_to_it_when_it_arrives(office: Office) -> None:
    office.tell(event("e1", email="ann@x.com"), event("e2", crm_id="7"), event("e3", email="zoe@x.com"))
    assert office.waiting() == ["e1", "e2", "e3"]
    office.arrive(lead("7", "ann@x.com"), lead("8", "bob@x.com"))
    assert office.acts() == [("7", "told:e1", "callback_requested"), ("7", "told:e2", "callback_requested")]
    assert office.waiting() == ["e3"]


def test_a_lead_whose_address_changes_is_found_by_the_new_one(office: Office) -> None:
    office.arrive(lead("1", "old@x.com"))
    office.tell(event("e1", email="new@x.com"))
    office.arrive(lead("1", "new@x.com", digest="2"))
    assert office.acts() == [("1", "told:e1", "callback_requested")]
    assert office.tell(event("e2", email="old@x.com")).waiting == 1


def test_a_lead_named_by_an_activity_first_is_matched_when_it_is_read(office: Office) -> None:
    office.tell(event("e1", crm_id="1"))
    with office.store.write() as conn:
        leads.ids_for(conn, office.scope, ["1"])
    assert office.acts() == []
    office.arrive(lead("1"))
    assert office.acts() == [("1", "told:e1", "callback_requested")]


def test_an_event_for_a_named_connection_waits_for_a_lead_of_that_connection(office: Office) -> None:
    with office.store.write() as conn:
        values = connection_values("78", "other") | {"name": "second"}
        second = Scope(office.scope.tenant_id, connections.save_connection(conn, office.scope.tenant_id, values, AT))
    office.tell(event("e1", email="ann@x.com")._replace(connection="second"))
    office.arrive(lead("1", "ann@x.com"))
    assert office.waiting() == ["e1"]
    Office(office.store, second, office.svc).arrive(lead("1", "ann@x.com"))
    assert office.waiting() == []
    assert len(office.acts()) == 1


def test_the_same_batch_from_four_senders_at_once_is_kept_once(office: Office) -> None:
    office.arrive(*(lead(str(n), f"p{n}@x.com") for n in range(50)))
    batch = [event(f"e{n}", email=f"p{n % 80}@x.com") for n in range(200)]
    with ThreadPoolExecutor(4) as pool:
        turned = [batch[shift:] + batch[:shift] for shift in (0, 50, 100, 150)]
        done = list(pool.map(lambda events: office.tell(*events), turned))
    assert sum(one.accepted + one.waiting for one in done) == 200
    assert sum(one.duplicates for one in done) == 600
    assert office.count(t.told_event) == 200
    assert len(office.acts()) == sum(one.accepted for one in done)


def test_an_event_told_while_its_lead_is_being_stored_finds_it(office: Office) -> None:
    with ThreadPoolExecutor(1) as pool:
        with office.store.write() as conn:
            office.arriving(conn, (lead("1", "ann@x.com"),))
            telling = pool.submit(office.tell, event("e1", email="ann@x.com"))
            with pytest.raises(TimeoutError):
                telling.result(BLOCKED)
        assert telling.result(WITHIN).accepted == 1
    assert office.waiting() == []


def test_a_lead_stored_while_an_event_about_it_is_being_kept_finds_it(office: Office) -> None:
    row = told_events.ToldRow("e1", "", "", "ann@x.com", "callback_requested", AT, "", None)
    with ThreadPoolExecutor(1) as pool:
        with office.store.write() as conn:
            told_events.begin_telling(conn, office.scope.tenant_id)
            told_events.keep(conn, office.scope.tenant_id, [row], AT)
            arriving = pool.submit(office.arrive, lead("1", "ann@x.com"))
            with pytest.raises(TimeoutError):
                arriving.result(BLOCKED)
        arriving.result(WITHIN)
    assert office.waiting() == []
    assert office.acts() == [("1", "told:e1", "callback_requested")]


def test_a_writer_in_the_way_costs_another_try_and_no_event(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    if office.store.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    office.arrive(lead("1", "ann@x.com"))
    stepped_back, out_of_the_way = threading.Event(), threading.Event()
    judge: Callable[[StoreUnusable], bool] = told_events.crossed

    def crossed(error: StoreUnusable) -> bool:
        stepped_back.set()
        out_of_the_way.wait(WITHIN)
        return judge(error)

    monkeypatch.setattr(told_events, "crossed", crossed)
    monkeypatch.setattr(told_events, "_PATIENCE", "20ms")
    with ThreadPoolExecutor(1) as pool:
        with office.store.write() as conn:
            conn.execute(sa.update(t.lead).values(dirty=t.lead.c.dirty + 1))
            telling = pool.submit(office.tell, event("e1", email="ann@x.com"))
            assert stepped_back.wait(WITHIN)
        out_of_the_way.set()
        assert telling.result(WITHIN).accepted == 1


def test_a_batch_cut_off_half_way_leaves_nothing_and_can_be_told_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.arrive(lead("1", "ann@x.com"))
    batch = [event("e1", email="ann@x.com"), event("e2", email="zoe@x.com")]
    with monkeypatch.context() as patch:
        patch.setattr("connector.store.inbox.touch", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            office.tell(*batch)
    assert (office.count(t.told_event), office.acts()) == (0, [])
    done = office.tell(*batch)
    assert (done.accepted, done.waiting) == (1, 1)


def test_looking_keeps_nothing_and_says_the_same(office: Office) -> None:
    office.arrive(lead("1", "ann@x.com"))
    office.tell(event("e0", email="ann@x.com"))
    batch = [event("e0", crm_id="1"), event("e1", email="ann@x.com"), event("e2", crm_id="9"), event("e2", crm_id="9")]
    seen = told.look(office.svc, office.scope.tenant_id, batch)
    assert (seen.accepted, seen.duplicates, seen.waiting) == (1, 2, 1)
    assert office.count(t.told_event) == 1
    assert office.tell(*batch) == seen


def test_forgetting_a_lead_forgets_what_was_told_of_it_and_what_waits_under_its_names(office: Office) -> None:
    office.tell(event("e1", crm_id="9"), event("e2", crm_id="8"))
    office.arrive(lead("1", "ann@x.com"), lead("2", "bob@x.com"), lead("3"), lead("4"))
    office.tell(event("e3", email="ann@x.com"), event("e4", email="bob@x.com"), event("e5", crm_id="3"))
    office.tell(event("e6", crm_id="4"))
    with office.store.write() as conn:
        ids = {key: seen.id for key, seen in leads.known_leads(conn, office.scope, ["3", "4"]).items()}
        told_events.move(conn, office.scope.tenant_id, [ids["4"]], ids["3"])
        leads.purge(conn, office.scope, ["1", "3", "9"])
        left = set(conn.execute(sa.select(t.told_event.c.event_id)).scalars())
    assert left == {"e2", "e4"}


def test_only_what_waits_too_long_is_forgotten(office: Office) -> None:
    office.arrive(lead("1", "ann@x.com"))
    office.tell(event("e1", email="ann@x.com"), event("e2", email="zoe@x.com"))
    with office.store.write() as conn:
        assert told_events.forget_old(conn, AT) == 0
        assert told_events.forget_old(conn, AT + 1) == 1
    assert office.waiting() == []
    assert office.count(t.told_event) == 1


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda conn: told_events.leads_told_of(conn, 1, ["a"], []), "ix_lead_email (tenant_id=? AND email=?)"),
        (lambda conn: told_events.leads_told_of(conn, 1, [], ["a"]), "(connection_id=? AND crm_id=?)"),
        (lambda conn: told_events.any_waiting(conn, 1), "ix_told_event_waiting (tenant_id=?)"),
        (lambda conn: told_events.waiting_for(conn, Scope(1, 1), ["a"], [""]), "waiting (tenant_id=? AND email=?)"),
        (lambda conn: told_events.waiting_for(conn, Scope(1, 1), ["a"], ["b"]), "AND email=? AND crm_id=?)"),
        (lambda conn: told_events.kept(conn, 1, ["a"]), "(tenant_id=? AND event_id=?)"),
    ],
)  # fmt: skip
def test_who_is_meant_is_found_without_reading_the_book(
    tmp_path: Path, ask: Callable[[sa.Connection], object], index: str
) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    found = plan_of(store, ask)
    store.close()
    assert index in found
    assert "SCAN" not in found
