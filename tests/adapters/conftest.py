from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.contract import Adapter
from adapters.hubspot import factory
from tests.adapters.canned import Canned, Time

TOKEN = "pat-na1-11111111-2222-3333-4444-555555555555"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def server() -> Iterator[Canned]:
    with Canned() as canned:
        yield canned


@pytest.fixture
def hubspot(server: Canned, time: Time) -> Iterator[Adapter]:
    adapter = factory({"token": TOKEN}, base_url=server.url, clock=time.now, sleep=time.sleep)
    yield adapter
    adapter.close()
