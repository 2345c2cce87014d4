"""How long writing takes is an estimate by the CRM's own batches and limits, and says what it rests on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.contract import Capabilities
from adapters.hubspot.adapter import CAPABILITIES as HUBSPOT
from adapters.salesforce.adapter import CAPABILITIES as SALESFORCE
from connector.flows.write_cost import WriteCost, costs
from tests.flows.live_world import live_world


def cost(folder: Path, able: Capabilities, records: int) -> WriteCost:
    world = live_world(folder)
    world.crm.capabilities = able
    return costs(world.services(), {1: records})[0]


@pytest.mark.parametrize(
    ("records", "calls", "seconds"),
    [(0, 0, 0), (1, 1, 1), (100, 1, 1), (1_240, 13, 1), (10_000, 100, 7), (25_000, 250, 20), (100_000, 1_000, 90)],
)
def test_hubspots_limit_of_calls_holds_many_records_back(
    tmp_path: Path, records: int, calls: int, seconds: int
) -> None:
    found = cost(tmp_path, HUBSPOT, records)
    assert (found.records, found.calls, found.seconds) == (records, calls, seconds)
    assert "at most 100 calls in 10 seconds (the smallest limit HubSpot gives an account)" in found.basis


def test_salesforce_takes_few_records_one_call_after_the_other_and_many_in_bulk(tmp_path: Path) -> None:
    few = cost(tmp_path, SALESFORCE, 1_000)
    assert (few.calls, few.seconds) == (5, 2)
    assert "one after the other" in few.basis
    many = cost(tmp_path, SALESFORCE, 250_000)
    assert (many.calls, many.seconds) == (None, 900)
    assert many.basis.startswith("3 bulk jobs of up to 100,000 records")


def test_without_its_adapter_nobody_can_say(tmp_path: Path) -> None:
    svc = replace(live_world(tmp_path).services(), crms={})
    found = costs(svc, {1: 7})[0]
    assert (found.records, found.calls, found.seconds) == (7, None, None)
    assert found.basis == "No adapter is installed."
