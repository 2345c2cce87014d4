"""Against a real Salesforce org; reads, and writes nothing. See README.md beside this file."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import pytest

from adapters.contract import Adapter
from adapters.salesforce import CRM

NAMES = [setting.name for setting in CRM.settings]
GIVEN = {name: os.environ.get(f"LEADTIER_LIVE_SALESFORCE_{name.upper()}", "") for name in NAMES}

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not any(GIVEN.values()), reason="no Salesforce credentials in the environment"),
]


@pytest.fixture
def org() -> Iterator[Adapter]:
    opened = CRM.open(
        {name: value for name, value in GIVEN.items() if value},
        base_url=os.environ.get("LEADTIER_LIVE_SALESFORCE_URL"),
        clock=lambda: datetime.now(UTC),
        sleep=time.sleep,
    )
    yield opened
    opened.close()


def test_the_org_answers_and_names_itself(org: Adapter) -> None:
    account = org.check()
    assert account.id.startswith("00D")
    assert account.time_zone


def test_what_is_granted_can_be_told(org: Adapter) -> None:
    assert any(permission.granted for permission in org.permissions())


def test_people_and_their_activities_can_be_read(org: Adapter) -> None:
    names = [field.name for field in org.fields()]
    assert "Email" in names
    for page in islice(org.contacts(None, ["Email", "City"]), 3):
        assert not page.problems
    for kind in org.capabilities.activity_types:
        for page in islice(org.activities(kind, None), 1):
            assert not page.problems


def test_the_quota_is_told(org: Adapter) -> None:
    quota = org.quota()
    assert quota is not None
    assert 0 < quota.used <= quota.limit
