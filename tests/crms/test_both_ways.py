"""What Bulk API brings is what REST brings; which of the two is used is a matter of size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.contract import Adapter, OutcomeRecord, OutcomeState
from adapters.salesforce import CRM
from tests.crms.conftest import Agency


@pytest.fixture
def adapter(agency: Agency) -> Iterator[Adapter]:
    sandbox, time = agency.sandbox, agency.time
    opened = CRM.open({"token": sandbox.session}, base_url=sandbox.url, clock=time.now, sleep=time.sleep)
    yield opened
    opened.close()


def outcomes(adapter: Adapter) -> dict[str, OutcomeRecord]:
    """The outcomes of a full pass; a later page says the last word on an opportunity."""
    return {outcome.id: outcome for page in adapter.outcomes(None) for outcome in page.items}


def test_outcomes_are_the_same_by_bulk(adapter: Adapter, agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    by_rest = outcomes(adapter)
    monkeypatch.setattr("adapters.salesforce.outcomes.REST_LIMIT", 0)
    monkeypatch.setattr("adapters.salesforce.passes.REST_LIMIT", 0)
    before = agency.sandbox.salesforce.jobs.queries_used
    by_bulk = outcomes(adapter)
    assert agency.sandbox.salesforce.jobs.queries_used == before + 2
    assert by_bulk.keys() == by_rest.keys()
    assert {state.state for state in by_rest.values()} == set(OutcomeState)
    for one, outcome in by_rest.items():
        bulk = by_bulk[one]
        assert (bulk.contact_ids, bulk.state, bulk.amount) == (outcome.contact_ids, outcome.state, outcome.amount)
        assert (bulk.closed_at is None) == (outcome.closed_at is None)
