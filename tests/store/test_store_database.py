"""Opening, migrating and writing: all or nothing."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import connector.store.migrations
from connector.store import runs, tables, tenants
from connector.store.database import Store, StoreUnusable, engine_for, open_store
from tests.postgres import database
from tests.store.agencies import AT, OPERATORS, move_in, undone

SCRIPTS = str(Path(connector.store.migrations.__file__).parent)


def config(connection: sa.Connection) -> Config:
    found = Config()
    found.set_main_option("script_location", SCRIPTS)
    found.attributes["connection"] = connection
    return found


def names(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def test_what_a_statement_was_about_stays_out_of_the_text_of_its_error(address: str) -> None:
    store = open_store(address)
    twice = [{"id": 1, "name": "Jane Doe", "time_zone": "UTC", "created_at": AT}] * 2
    with pytest.raises(sa.exc.DBAPIError) as caught, store.write() as conn:
        conn.execute(sa.insert(tables.tenant), twice)
    store.close()
    assert "INSERT INTO tenant" in str(caught.value)
    assert "Jane Doe" not in str(caught.value)


def test_the_migrations_make_the_schema_that_the_queries_speak_to(address: str) -> None:
    store = open_store(address)
    with store.read() as conn:
        differences = compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), tables.metadata)
    store.close()
    assert differences == []


def test_the_migrations_go_down_and_up_again(address: str) -> None:
    open_store(address).close()
    engine = engine_for(address)
    with engine.begin() as conn:
        command.downgrade(config(conn), "base")
    with engine.begin() as conn:
        assert names(conn) <= {"alembic_version"}
        command.upgrade(config(conn), "head")
    with engine.begin() as conn:
        assert names(conn) == {"alembic_version", *tables.metadata.tables}
    engine.dispose()


def test_the_migrations_are_one_line_without_branches() -> None:
    scripts = ScriptDirectory(SCRIPTS)
    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1


def test_a_migration_cut_off_half_way_leaves_nothing_and_runs_again(address: str) -> None:
    def power_cut(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "CREATE TABLE lead" in statement:
            raise KeyboardInterrupt

    sa.event.listen(sa.Engine, "before_cursor_execute", power_cut)
    try:
        with pytest.raises(KeyboardInterrupt):
            open_store(address)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", power_cut)
    engine = engine_for(address)
    with engine.connect() as conn:
        assert names(conn) == set()
    engine.dispose()
    open_store(address).close()


def test_what_is_begun_in_a_transaction_that_fails_is_not_there(shared: Store) -> None:
    with shared.write() as conn:
        me = move_in(conn, "agency")
    with undone(shared) as conn:
        runs.begin_run(conn, me.scope, "rescore", AT)
    with shared.read() as conn:
        assert runs.open_run(conn, me.scope, "rescore") is None


def test_writers_queue_and_none_is_lost(shared: Store) -> None:
    def add(number: int) -> None:
        with shared.write() as conn:
            tenants.add_tenant(conn, f"writer {number}", "UTC", AT)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with shared.read() as conn:
        found = [tenants.tenant_named(conn, f"writer {number}") for number in range(8)]
    assert all(found)


def test_a_tenant_that_leaves_takes_every_row_along(shared: Store) -> None:
    with shared.write() as conn:
        leaving, staying = move_in(conn, "leaving"), move_in(conn, "staying")
        conn.execute(sa.delete(tables.tenant).where(tables.tenant.c.id == leaving.scope.tenant_id))
        for table in tables.metadata.sorted_tables:
            if table.name in OPERATORS:
                continue
            whose = table.c.id if table is tables.tenant else table.c.tenant_id
            found = set(conn.execute(sa.select(whose)).scalars())
            assert leaving.scope.tenant_id not in found, table.name
            assert staying.scope.tenant_id in found, table.name


@pytest.mark.parametrize(
    ("said", "does"),
    [
        ("database or disk is full", "Free some space"),
        ("attempt to write a readonly database", "write access"),
        ("database is locked", "one Leadtier process"),
        ("something new", "LEADTIER_DATABASE_URL"),
    ],
)
def test_what_the_database_says_becomes_what_to_do(shared: Store, said: str, does: str) -> None:
    with pytest.raises(StoreUnusable, match=does) as refused, shared.write():
        raise sa.exc.OperationalError("INSERT", {}, sqlite3.OperationalError(said))
    assert said in str(refused.value)


def test_a_password_in_the_address_is_not_said() -> None:
    with pytest.raises(StoreUnusable) as refused:
        open_store("postgresql+psycopg://user:s3cret@127.0.0.1:9/none")
    assert "s3cret" not in str(refused.value)


def test_processes_that_start_together_on_an_empty_database_make_its_tables_once(postgres: str) -> None:
    words = [
        sys.executable,
        "-c",
        "import sys; from connector.store.database import open_store; open_store(*sys.argv[1:])",
    ]
    with database(postgres) as address:
        started = [subprocess.Popen([*words, address], stderr=subprocess.PIPE, text=True) for _ in range(3)]
        assert [(one.wait(60), (one.stderr or io.StringIO()).read()) for one in started] == [(0, "")] * 3


def test_a_connection_the_server_ended_while_it_rested_is_replaced(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.store.database.REST", 0.0)
    with database(postgres) as address:
        store, other = open_store(address), sa.create_engine(address)
        with store.read() as conn:
            first = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with other.connect() as conn:
            conn.execute(sa.select(sa.func.pg_terminate_backend(first, 5000)))
        with store.read() as conn:
            assert conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != first
        store.close()
        other.dispose()
