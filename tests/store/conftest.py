"""Every test of the store runs on SQLite and, where there is one (see `tests.postgres`), on PostgreSQL as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from connector.store.database import Store, open_store
from tests.flows.conftest import empty_store
from tests.postgres import OF_A_LANGUAGE, database
from tests.store.agencies import undone

DATABASES = ["sqlite", "postgresql"]


@contextmanager
def _address(request: pytest.FixtureRequest, folder: Path, like: str = "") -> Iterator[str]:
    """The address of a new database, empty or with the schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{folder / 'store.db'}"
    else:
        with database(request.getfixturevalue("postgres"), like) as url:
            yield url


@contextmanager
def _made(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        (folder / "store.db").write_bytes(empty_store())
        like = ""
    else:
        like = request.getfixturevalue("empty_database")
    with _address(request, folder, like) as url:
        yield url


@pytest.fixture(scope="session")
def empty_database(postgres: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the schema: copying it is quicker than making it."""
    with database(postgres, OF_A_LANGUAGE) as url:
        open_store(url).close()
        yield str(sa.make_url(url).database)


@pytest.fixture(params=DATABASES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    with _address(request, tmp_path) as url:
        yield url


@pytest.fixture(params=DATABASES)
def made_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with the schema and nothing in it."""
    with _made(request, tmp_path) as url:
        yield url


@pytest.fixture(params=DATABASES, scope="module")
def module_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same, for all tests of a file together."""
    with _made(request, tmp_path_factory.mktemp("module")) as url:
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
