from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.agency import Agency, agency


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    """An agency that has connected and synced; for commands that change nothing."""
    with agency(tmp_path_factory.mktemp("scored"), leads=40) as one:
        one.connect()
        one.sync()
        yield one


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Agency]:
    """An agency that has connected and not synced yet."""
    with agency(tmp_path) as one:
        one.connect()
        yield one


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[Agency]:
    """An agency that has not connected."""
    with agency(tmp_path, leads=1) as one:
        yield one
