"""One at a time, across every process that shares a database: for what must not be done twice at once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from connector.store.database import Store

RENEWALS = 0x1EAD_0001
"""The first number of our advisory locks on PostgreSQL for renewing credentials; the second is the connection's id."""


@contextmanager
def one_renewer(store: Store, connection_id: int) -> Iterator[None]:
    """Waits until no other process or thread renews the credentials of this connection, and keeps them out.

    Whoever dies with the lock lets go of it: on PostgreSQL the server sees the session end, beside a SQLite file the
    system closes the lock file. A transaction would not do: it would stop every other writer while a vendor answers.
    """
    if store.engine.dialect.name == "sqlite":
        with _locked(_beside(store, connection_id)):
            yield
        return
    connection = store.engine.connect()
    connection.detach()  # not the pool's any more: closing it ends the session, and with it the lock
    with closing(connection):
        connection.execute(sa.select(sa.func.pg_advisory_lock(RENEWALS, connection_id)))
        connection.commit()
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
