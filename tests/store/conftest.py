"""Every test of the store runs on SQLite and, where LEADTIER_TEST_POSTGRES_URL names a server, on PostgreSQL as well.

The user of that address must be allowed to make schemas; each test gets one of its own and drops it.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from connector.store.database import Store, open_store
from tests.store.agencies import undone

POSTGRES = os.environ.get("LEADTIER_TEST_POSTGRES_URL", "")
DATABASES = ["sqlite", *(["postgresql"] if POSTGRES else [])]


@contextmanager
def _schema() -> Iterator[str]:
    """The address of a schema of the test's own."""
    name = f"test_{uuid.uuid4().hex}"
    engine = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql(f"CREATE SCHEMA {name}")
    yield sa.make_url(POSTGRES).update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(False)
    with engine.connect() as conn:
        conn.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    engine.dispose()


@contextmanager
def _address(database: str, folder: Path) -> Iterator[str]:
    if database == "sqlite":
        yield f"sqlite:///{folder / 'store.db'}"
    else:
        with _schema() as url:
            yield url


@pytest.fixture(params=DATABASES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    with _address(request.param, tmp_path) as url:
        yield url


@pytest.fixture(params=DATABASES, scope="module")
def module_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same, for all tests of a file together."""
    with _address(request.param, tmp_path_factory.mktemp("module")) as url:
        yield url


@pytest.fixture(scope="module")
def shared(module_address: str) -> Iterator[Store]:
    """An open database with the schema, for all tests of a file together."""
    opened = open_store(module_address)
    yield opened
    opened.close()


@pytest.fixture
def conn(shared: Store) -> Iterator[sa.Connection]:
    """A transaction that is undone after the test."""
    with undone(shared) as connection:
        yield connection
