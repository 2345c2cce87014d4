"""What every test has; the rest stands beside the tests that need it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite as Sqlite

import mappings
from connector.store.database import engine_for
from tests import postgres as servers


@pytest.fixture(scope="session", autouse=True)
def each_document_is_parsed_once() -> Iterator[None]:
    """Every world begins with the same vocabulary, mapping and model, and parsing YAML is slow.

    What does not parse is tried anew each time, and nobody changes a document that was read: it would show here.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mappings, "read_text", cache(mappings.read_text))
        yield


@pytest.fixture(scope="session", autouse=True)
def each_statement_is_compiled_once() -> Iterator[None]:
    """Every world has an engine of its own, and an engine compiles each statement when it first meets it.

    All engines of SQLite have the same settings here, so that they may use one another's statements.
    """
    plain, compiled = sa.create_engine, dict[Any, Any]()

    def create(*args: Any, **kwargs: Any) -> sa.Engine:
        engine = plain(*args, **kwargs)
        if isinstance(engine.dialect, Sqlite):
            engine.update_execution_options(compiled_cache=compiled)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sqlite, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(Sqlite, "__hash__", lambda one: hash(type(one)))
        patch.setattr(sa, "create_engine", create)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_test_waits_for_the_disk() -> Iterator[None]:
    """No power cut is tested in this process; FULL, the default, waits for the disk at every commit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(cast(dict[str, Any], engine_for.__kwdefaults__), "synchronous", "OFF")
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL whose user may make databases, one for all processes of a run; else a skip."""
    own = tmp_path_factory.getbasetemp()
    with ExitStack() as stack:
        try:
            address = stack.enter_context(servers.shared(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own))
        except servers.NoServer as problem:
            pytest.skip(str(problem))
        yield address
