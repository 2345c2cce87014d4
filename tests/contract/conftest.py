from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from adapters.contract import Adapter
from tests.contract.hubspot_stage import hubspot_stage
from tests.contract.salesforce_stage import salesforce_stage
from tests.contract.stage import Stage

STAGES: dict[str, Callable[[], AbstractContextManager[Stage]]] = {
    "hubspot": hubspot_stage,
    "salesforce": salesforce_stage,
}
"""Every CRM that keeps the contract. Each clause runs once for each of them."""


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with STAGES[request.param]() as one:
        yield one


@pytest.fixture
def adapter(stage: Stage) -> Adapter:
    return stage.open()
