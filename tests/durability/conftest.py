from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.agency import Agency, agency
from tests.durability.cuts import LEADS, state


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How an agency stands after a sync that nothing disturbed."""
    with agency(tmp_path_factory.mktemp("undisturbed"), LEADS) as one:
        one.connect()
        assert one.start("sync").ended() == 0
        return state(one)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Agency]:
    """The same agency again, connected and not synced yet."""
    with agency(tmp_path, LEADS) as one:
        one.connect()
        yield one
