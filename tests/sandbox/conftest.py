from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.account import Account, empty_account
from tests.sandbox.org import SalesforceOrg, empty_org


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """An empty HubSpot account without limits whose search knows everything at once."""
    with empty_account(tmp_path) as account:
        yield account


@pytest.fixture
def org(tmp_path: Path) -> Iterator[SalesforceOrg]:
    """An empty Salesforce org."""
    with empty_org(tmp_path) as org:
        yield org
