"""What every test has; the rest stands beside the tests that need it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache

import pytest

import mappings
from tests import postgres as servers


@pytest.fixture(scope="session", autouse=True)
def each_document_is_parsed_once() -> Iterator[None]:
    """Every world begins with the same vocabulary, mapping and model, and parsing YAML is slow.

    What does not parse is tried anew each time, and nobody changes a document that was read: it would show here.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mappings, "read_text", cache(mappings.read_text))
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
