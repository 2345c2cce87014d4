"""Explaining finds the record a person means, however it is written, and tells one that is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from adapters.hubspot import CRM as HUBSPOT
from adapters.salesforce import CRM as SALESFORCE
from connector.flows.explain import explain, spellings
from connector.flows.services import Refused
from connector.store import cards as card_rows
from connector.store import leads as lead_rows
from connector.store import screens
from tests.flows.conftest import World

LONG = "00QHs00000abcDEMAY"
SHORT = LONG[:15]


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        SHORT,
        f"https://acme.lightning.force.com/lightning/r/Lead/{SHORT}/view",
        f"https://acme.my.salesforce.com/{SHORT}?x=1#top",
        f" https://acme.my.salesforce.com/{SHORT}/ ",
    ],
)
def test_salesforce_reads_short_ids_and_addresses(text: str) -> None:
    assert SALESFORCE.record_ids is not None
    assert SALESFORCE.record_ids(text) == [LONG]


@pytest.mark.parametrize("text", ["", "Jane", "https://acme.my.salesforce.com/lightning/page/home", "https://[", "12"])
def test_what_is_no_record_of_salesforce_means_none(text: str) -> None:
    assert SALESFORCE.record_ids is not None
    assert SALESFORCE.record_ids(text) == []


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("51203", ["51203"]),
        ("https://app.hubspot.com/contacts/77/record/0-1/51203", ["51203"]),
        ("https://app.hubspot.com/contacts/77/record/0-1/51203/?eschref=1", ["51203"]),
        ("Jane", []),
        ("https://[", []),
    ],
)
def test_hubspot_reads_ids_and_addresses(text: str, ids: Sequence[str]) -> None:
    assert HUBSPOT.record_ids is not None
    assert list(HUBSPOT.record_ids(text)) == ids


def test_a_lead_is_found_by_the_address_of_its_page_and_by_its_number(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    svc = world.services()
    svc.crms = {"hubspot": replace(svc.crms["hubspot"], record_ids=HUBSPOT.record_ids)}
    assert explain(svc, "https://app.hubspot.com/contacts/77/record/0-1/1004", None).crm_id == "1004"
    assert explain(svc, " 1004 ", None).crm_id == "1004"
    with world.store.read() as conn:
        found = lead_rows.find_lead(conn, scope.tenant_id, "1004")
    assert found is not None
    assert explain(svc, f"#{found[1].id}", None).crm_id == "1004"
    assert spellings(svc, "#12") == ["#12"]
    with pytest.raises(Refused, match="There is no lead"):
        explain(svc, "https://app.hubspot.com/contacts/77/record/0-1/9", None)


def test_a_lead_that_is_gone_says_so_and_is_not_scored_again(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    with world.store.write() as conn:
        lead_rows.mark_gone(conn, scope, ["1000"])
    found = explain(world.services(), "1000", None)
    assert (found.gone, found.card) == (True, None)
    assert found.history, "what is known of its scores stays"
    assert not explain(world.services(), "1001", None).gone


def test_a_lead_that_is_gone_shows_the_last_card_that_was_kept(world: World) -> None:
    scope = world.connect()
    world.sync(scope)
    svc = world.services()
    before = explain(svc, "1000", None).card
    assert before is not None
    with world.store.write() as conn:
        lead_rows.mark_gone(conn, scope, ["1000"])
        card_rows.save_cards(conn, scope, [before])
        assert screens.card_of(conn, scope.tenant_id, before.lead_id) == before
    assert explain(svc, "1000", None).card == before
