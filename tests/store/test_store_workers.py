"""Workers as rows and as locks: who lives, who is dead, and who may work on a connection."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from connector.store import workers
from connector.store.database import Store, open_store
from connector.store.exclusive import absent, holding, present
from connector.store.workers import WorkerRow
from tests.store.agencies import AT

ROW = WorkerRow("w1", "leads-1", 7, AT, AT)


@pytest.fixture(scope="module")
def another(module_address: str) -> Iterator[Store]:
    """The same database, opened by another process, as far as it can tell."""
    opened = open_store(module_address)
    yield opened
    opened.close()


def test_a_worker_seen_again_is_one_row(conn: sa.Connection) -> None:
    workers.save_worker(conn, ROW)
    workers.save_worker(conn, replace(ROW, seen_at=AT + 5))
    workers.save_worker(conn, replace(ROW, id="w2", started_at=AT - 5))
    assert [(row.id, row.seen_at) for row in workers.all_workers(conn)] == [("w2", AT), ("w1", AT + 5)]
    workers.remove_workers(conn, ["w2"])
    assert [row.id for row in workers.all_workers(conn)] == ["w1"]


def test_workers_not_seen_for_long_are_forgotten(conn: sa.Connection) -> None:
    workers.save_worker(conn, ROW)
    workers.forget_workers(conn, AT)
    assert workers.all_workers(conn) == [ROW]
    workers.forget_workers(conn, AT + 1)
    assert workers.all_workers(conn) == []


def test_one_at_a_time_works_on_a_connection(shared: Store) -> None:
    with holding(shared, 7) as mine:
        assert mine is not None
        assert mine.lives()
        with holding(shared, 7) as second, holding(shared, 8) as other:
            assert second is None
            assert other is not None
    with holding(shared, 7) as again:
        assert again is not None


def test_of_many_threads_one_gets_the_connection(shared: Store) -> None:
    got: list[bool] = []
    together, done = threading.Barrier(4), threading.Barrier(4)

    def try_it() -> None:
        together.wait(20)
        with holding(shared, 9) as held:
            got.append(held is not None)
            done.wait(20)

    threads = [threading.Thread(target=try_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(got) == [False, False, False, True]


def test_a_worker_is_absent_when_its_lock_is_free(shared: Store, another: Store) -> None:
    mine, theirs = uuid.uuid4().hex, uuid.uuid4().hex
    held = present(shared, mine)
    assert held is not None
    assert list(absent(another, [mine])) == []
    assert list(absent(shared, [theirs], held)) == [theirs]
    held.let_go()
    assert list(absent(another, [mine])) == [mine]


def test_on_sqlite_one_process_works_and_on_postgresql_any_number(shared: Store, another: Store) -> None:
    first, second = present(shared, uuid.uuid4().hex), present(another, uuid.uuid4().hex)
    assert first is not None
    assert (second is None) == (shared.engine.dialect.name == "sqlite")
    for held in (first, second):
        if held is not None:
            held.let_go()


def test_a_session_that_the_server_ended_has_lost_its_lock(shared: Store, another: Store) -> None:
    if shared.engine.dialect.name == "sqlite":
        pytest.skip("there is no server that could end it")
    worker_id = uuid.uuid4().hex
    held = present(shared, worker_id)
    assert held is not None
    _end_sessions_with_locks(another)
    assert not held.lives()
    assert not held.lives(), "a new session in its place has no lock"
    assert list(absent(another, [worker_id])) == [worker_id]
    held.let_go()


def _end_sessions_with_locks(store: Store) -> None:
    held = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with store.read() as conn:
        conn.execute(held)
