"""The clauses that only a real account can confirm, reading only. See README.md beside this file."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

import pytest

from adapters.contract import Adapter, Need
from adapters.hubspot import factory

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def account() -> Iterator[Adapter]:
    opened = factory(
        {"token": os.environ["LEADTIER_LIVE_HUBSPOT_TOKEN"]},
        base_url=os.environ.get("LEADTIER_LIVE_HUBSPOT_URL"),
        clock=lambda: datetime.now(UTC),
        sleep=time.sleep,
    )
    yield opened
    opened.close()


def test_the_account_names_itself(account: Adapter) -> None:
    found = account.check()
    assert found.id.isdigit()
    assert "{id}" in found.record_url


def test_every_required_permission_is_granted(account: Adapter) -> None:
    assert not [p.scope for p in account.permissions() if p.need is Need.REQUIRED and not p.granted]


def test_the_standard_properties_exist(account: Adapter) -> None:
    assert {"email", "state", "hs_email_open", "recent_conversion_date"} <= {field.name for field in account.fields()}


def test_two_pages_of_contacts_come_without_repetition(account: Adapter) -> None:
    ids = [record.id for page in islice(account.contacts(None, ["email"]), 2) for record in page.items]
    assert len(ids) == len(set(ids))


def test_contacts_read_by_id_are_the_listed_ones(account: Adapter) -> None:
    listed = next(iter(account.contacts(None, ["email"]))).items[:5]
    again = account.contacts_by_id([record.id for record in listed], ["email"]).items
    assert {r.id: r.properties.get("email") for r in again} == {r.id: r.properties.get("email") for r in listed}


@pytest.mark.parametrize("kind", ["calls", "emails", "meetings", "notes", "tasks", "communications"])
def test_activities_have_a_time_and_an_id_of_their_type(account: Adapter, kind: str) -> None:
    for record in next(iter(account.activities(kind, None))).items:
        assert record.id.startswith(f"{kind}:")
        assert record.occurred_at is not None


def test_history_is_newest_first(account: Adapter) -> None:
    listed = next(iter(account.contacts(None, ["email"]))).items[:5]
    for past in account.history([record.id for record in listed], ["lifecyclestage"]).values():
        times = [value.at for value in past["lifecyclestage"]]
        assert times == sorted(times, reverse=True)
