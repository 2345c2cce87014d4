"""Opening the database: SQLite in one file by default, PostgreSQL by URL; migrations run on the way in."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, OperationalError


class StoreUnusable(Exception):
    """The database cannot be opened or written; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows a query may touch."""

    tenant_id: int
    connection_id: int


@dataclass(frozen=True)
class Store:
    """The database, open. `read` and `write` are the only ways in."""

    engine: sa.Engine
    _one_writer: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for queries. Raises `StoreUnusable` when the database cannot be read."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except OperationalError as error:
            raise explained(error, self.engine.url) from error

    def ping(self) -> None:
        """Raises `StoreUnusable` when the database does not answer."""
        with self.read() as connection:
            connection.execute(sa.select(1))

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction. On SQLite writers queue here rather than in its busy loop, which starves them.

        Raises `StoreUnusable` with a sentence for the operator when the disk is full or the file is read-only;
        nothing of the transaction is kept then.
        """
        try:
            if self.engine.dialect.name == "sqlite":
                with self._one_writer, self.engine.begin() as connection:
                    _take_lock(connection)
                    yield connection
            else:
                with self.engine.begin() as connection:
                    yield connection
        except OperationalError as error:
            raise explained(error, self.engine.url) from error

    def close(self) -> None:
        """Closes every connection."""
        self.engine.dispose()


MIGRATING = 0x1EAD_0000
"""The number of our advisory lock on PostgreSQL for making the tables."""


def _wait_for_others(connection: sa.Connection) -> None:
    """PostgreSQL: of processes that start together one makes the tables, and the others find them."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))


def _take_lock(connection: sa.Connection) -> None:
    """Begins the transaction now, with the lock that writing needs, so that it neither fails nor ends half way.

    Left alone, Python's sqlite3 begins one at the first INSERT: what was read before stands outside, schema changes
    commit one by one, and releasing a savepoint ends it all.
    https://docs.python.org/3/library/sqlite3.html#sqlite3-transaction-control-isolation-level
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


_DISK_FULL = "The disk is full. Free some space and start again: nothing was lost, work goes on where it stopped."
_MENDS = {
    "disk is full": _DISK_FULL,
    "No space left": _DISK_FULL,
    "not a database": "That file is something else. Give the path of a Leadtier database, or of a file to be made.",
    "readonly": "The file cannot be written. Give this user write access to it and to its folder, then start again.",
    "unable to open": "The file cannot be opened. Check that its folder exists and that this user may write there.",
    "disk I/O error": "The disk gave an error. Check its free space and its health, then start again.",
    "locked": "Another process holds the database. On SQLite run one Leadtier process at a time, or use PostgreSQL.",
}


def explained(error: DBAPIError, url: sa.URL) -> StoreUnusable:
    """The same error as a sentence for the operator."""
    said = " ".join(str(error.orig).split()).rstrip(".")
    mend = next(
        (mend for mark, mend in _MENDS.items() if mark in said), "Check LEADTIER_DATABASE_URL and the database."
    )
    return StoreUnusable(f"The database {url.render_as_string(hide_password=True)} said: {said}. {mend}")


def engine_for(url: str, *, pool_size: int = 12, synchronous: str = "FULL") -> sa.Engine:
    """An engine with our settings.

    `synchronous` is SQLite's: FULL survives a power cut, NORMAL may then forget the last commits.
    """
    # An error's text reaches logs; the values of the statement that failed are people's data and stay out of it.
    if not url.startswith("sqlite"):
        return _pinged_after_rest(sa.create_engine(url, pool_size=pool_size, max_overflow=0, hide_parameters=True))
    _private(sa.make_url(url).database)
    engine = sa.create_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=60, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def prepare(dbapi: Any, _record: Any) -> None:
        # IMMEDIATE: a transaction that will write takes the lock when it begins, so that it never fails half way.
        dbapi.isolation_level = "IMMEDIATE"
        for pragma in (
            "journal_mode=WAL",
            "busy_timeout=30000",
            "foreign_keys=ON",
            f"synchronous={synchronous}",
            "secure_delete=ON",  # who asked to be forgotten is not left in free pages
        ):
            dbapi.execute(f"PRAGMA {pragma}")

    return engine


REST = 2.0
"""Seconds for which a connection that was just used is believed to live."""


def _pinged_after_rest(engine: sa.Engine) -> sa.Engine:
    """Asks a connection that has rested whether it still lives before it is used, and replaces one that does not.

    `pool_pre_ping` would ask each time: a round trip for every webhook, a fifth of what the doors take in.
    """

    @sa.event.listens_for(engine, "checkin")
    def rest(_dbapi: Any, record: Any) -> None:
        record.info["rests"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def ping(dbapi: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("rests", math.inf) < REST:
            return
        try:
            engine.dialect.do_ping(dbapi)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.DisconnectionError from error

    return engine


def _private(path: str | None) -> None:
    """Makes the file readable by its owner only; SQLite gives its companions (WAL) the same rights."""
    if path and path != ":memory:":
        with suppress(OSError):  # whatever is wrong with it, opening it says so
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def open_store(url: str, *, pool_size: int = 12) -> Store:
    """Opens and migrates; `pool_size` is how many connections this process shares at most.

    Raises `StoreUnusable` when the database is out of reach or newer than this program.
    """
    try:
        engine = engine_for(url, pool_size=pool_size)
        with engine.begin() as connection:
            _take_lock(connection)
            _wait_for_others(connection)
            migrate(connection)
    except sa.exc.DatabaseError as error:
        raise explained(error, sa.make_url(url)) from error
    except sa.exc.ArgumentError as error:
        raise StoreUnusable(
            f"LEADTIER_DATABASE_URL is not a database address ({error}). "
            "Use for example sqlite:///leadtier.db or postgresql+psycopg://user:password@host/leadtier."
        ) from error
    except (sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreUnusable(
            f"This kind of database cannot be used: {error}. Use sqlite:///leadtier.db, or postgresql+psycopg://… with "
            "the package psycopg installed."
        ) from error
    except CommandError as error:
        raise StoreUnusable(
            f"The database {engine.url.render_as_string(hide_password=True)} was made by a newer Leadtier ({error}). "
            "Install that version again, or restore the backup from before the upgrade. Nothing was changed."
        ) from error
    return Store(engine)


def migrate(connection: sa.Connection) -> None:
    """Brings the schema to this program's version; does nothing when it is there already."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
