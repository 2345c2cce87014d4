"""One at a time, across every process that shares a database: for what must not be done twice at once.

Whoever dies with a lock lets go of it, however it dies: on PostgreSQL the server sees the session end, beside a SQLite
file the system closes the lock file. There is one session for each lock, never a pool's: its end is the lock's end.
"""

from __future__ import annotations

import fcntl
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from connector.store.database import Store, explained

RENEWALS = 0x1EAD_0001
"""The first number of our advisory locks on PostgreSQL for renewing credentials; the second is the connection's id."""
WRITERS = 0x1EAD_0002
"""Likewise of the locks for working on a connection."""
DEAD_HOST = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
"""How soon the server takes a session for dead whose host went without a word: after 25 seconds instead of two hours.
https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-TCP-KEEPALIVES-IDLE"""


@contextmanager
def one_renewer(store: Store, connection_id: int) -> Iterator[None]:
    """Waits until no other process or thread renews the credentials of this connection, and keeps them out.

    A transaction would not do: it would stop every other writer while a vendor answers.
    """
    if store.engine.dialect.name == "sqlite":
        with _locked(_beside(store, connection_id)):
            yield
        return
    with closing(_session(store)) as session:
        session.execute(sa.select(sa.func.pg_advisory_lock(RENEWALS, connection_id)))
        yield


def _beside(store: Store, connection_id: int) -> Path:
    return Path(f"{store.engine.url.database}.renewing-{connection_id}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@dataclass
class Held:
    """A lock, held until it is let go."""

    _let_go: Callable[[], None]
    _session: sa.Connection | None = None

    def lives(self) -> bool:
        """Whether the lock is still ours: a session that the server ended has lost it."""
        if self._session is None:
            return True
        if self._session.invalidated:  # it would connect again, to a session without the lock
            return False
        try:
            self._session.execute(sa.select(1))
        except DBAPIError:
            return False
        return True

    def let_go(self) -> None:
        """Gives the lock back."""
        with suppress(SQLAlchemyError):  # a session that is gone has let go already
            self._let_go()


@contextmanager
def holding(store: Store, connection_id: int) -> Iterator[Held | None]:
    """The right to work on a connection, which one at a time has, or None when somebody else has it. Never waits.

    On SQLite only one process works (see `present`), so that a table in it is enough.
    """
    if store.engine.dialect.name == "sqlite":
        held = _hold_here((str(store.engine.url), connection_id))
    else:
        held = _hold(store, sa.func.pg_try_advisory_lock(WRITERS, connection_id))
    try:
        yield held
    finally:
        if held is not None:
            held.let_go()


_held_here: set[tuple[str, int]] = set()
_guard = threading.Lock()


def _hold_here(which: tuple[str, int]) -> Held | None:
    with _guard:
        if which in _held_here:
            return None
        _held_here.add(which)
    return Held(lambda: _held_here.discard(which))


def present(store: Store, worker_id: str) -> Held | None:
    """The lock by which others see that this worker lives. None on SQLite when another process works already."""
    if store.engine.dialect.name == "sqlite":
        return _lock_file(Path(f"{store.engine.url.database}.lock"))
    return _hold(store, sa.func.pg_try_advisory_lock(_number(worker_id)))


def absent(store: Store, worker_ids: Sequence[str], mine: Held | None = None) -> Sequence[str]:
    """Those of these workers that are dead; `mine` is the asker's own lock, if it has one."""
    if store.engine.dialect.name == "sqlite":
        return worker_ids if mine is not None or _is_free(store) else []
    with store.read() as conn:  # locks of a transaction, which end with it
        free = {one: sa.func.pg_try_advisory_xact_lock(_number(one)) for one in worker_ids}
        return [one for one, tried in free.items() if conn.execute(sa.select(tried)).scalar_one()]


def _number(worker_id: str) -> int:
    """A worker's lock, one number of 64 bits: those of two numbers are another space."""
    return uuid.UUID(worker_id).int >> 65


def _is_free(store: Store) -> bool:
    if (found := present(store, "")) is None:
        return False
    found.let_go()
    return True


def _lock_file(path: Path) -> Held | None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return Held(lambda: os.close(handle))


def _hold(store: Store, lock: sa.ColumnElement[Any]) -> Held | None:
    """A session of its own that has this lock, if it can be had. Raises `StoreUnusable` when the server is away."""
    session = _session(store)
    try:
        if session.execute(sa.select(lock)).scalar_one():
            return Held(session.close, session)
    except BaseException:
        session.close()
        raise
    session.close()
    return None


def _session(store: Store) -> sa.Connection:
    """A session outside any pool and any transaction: closing it ends it."""
    try:
        session = store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        session.detach()
        session.execute(sa.select(*(sa.func.set_config(name, value, False) for name, value in DEAD_HOST.items())))
    except OperationalError as error:
        raise explained(error, store.engine.url) from error
    return session
