"""The link that stands in a record: signed, always the same, written once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from itsdangerous import URLSafeSerializer

from connector.flows import flag_links, flags
from connector.flows.flag_links import Links
from connector.flows.live import live
from connector.flows.parts import DirectSteps
from connector.flows.rescore import begin_rescore, rescore
from connector.flows.services import Refused, Services
from connector.store.database import Scope
from connector.store.sealing import Sealer, new_key
from tests.flows.conftest import KEY, World
from tests.flows.hints import SCORE, asks_for_a_quote, changed
from tests.flows.live_world import live_world

LINK = "leadtier_flag_link"
PUBLIC = "https://leads.example.com"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = live_world(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def scope() -> Scope:
    return Scope(1, 1)


def public(world: World, sealer: Sealer | None = None, url: str = PUBLIC) -> Services:
    svc = world.services()
    svc.public_url = url
    svc.sealer = sealer or svc.sealer
    return svc


def rescored(world: World, scope: Scope, svc: Services) -> list[str]:
    """Scores everybody again; whose record was written."""
    world.crm.writes.clear()
    world.now += timedelta(minutes=1)
    rescore(svc, scope, begin_rescore(svc, scope).id, DirectSteps(svc.sleep))
    return [crm_id for crm_id, _ in world.crm.writes]


def test_without_a_public_address_no_link_is_written(world: World, scope: Scope) -> None:
    assert rescored(world, scope, world.services()) == []
    assert all(LINK not in values for values in world.crm.written.values())


def test_every_record_gets_its_link_once(world: World, scope: Scope) -> None:
    svc = public(world)
    scored_at = {crm_id: values["leadtier_scored_at"] for crm_id, values in world.crm.written.items()}
    assert len(rescored(world, scope, svc)) == 23
    links = {values[LINK] for values in world.crm.written.values()}
    assert len(links) == 23
    assert all(str(link).startswith(f"{PUBLIC}/flag/") and len(str(link)) < 255 for link in links)
    assert {crm_id: values["leadtier_scored_at"] for crm_id, values in world.crm.written.items()} == scored_at
    assert rescored(world, scope, svc) == []


@pytest.mark.parametrize("change", ["another key", "another address"])
def test_neither_a_new_key_nor_a_new_address_rewrites_the_book(world: World, scope: Scope, change: str) -> None:
    rescored(world, scope, public(world))
    before = world.crm.written["1001"][LINK]
    keys = [new_key(), KEY] if change == "another key" else [KEY]
    url = PUBLIC if change == "another key" else "https://other.example.com"
    svc = public(world, Sealer(keys), url)
    assert rescored(world, scope, svc) == []
    asks_for_a_quote(world, "1001")
    changed(world, scope, "1001")
    while live(svc, scope)["go"] == "more":
        pass
    assert (world.crm.written["1001"][LINK] == before) == (change == "another key")
    assert flag_links.subject(svc, str(before).rpartition("/")[2]) is not None


def test_a_link_leads_to_its_lead_and_tells_little_of_the_person(world: World) -> None:
    svc = public(world)
    found = flag_links.subject(svc, Links(svc.sealer, PUBLIC).token(1, 2))
    assert found is not None
    assert (found.lead_id, found.crm_id, found.name) == (2, "1001", "P1")
    assert found.card is not None


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "WzEsMl0.AAAA", "WzEsMl0", "\u00e9.\u00e9", "..", "null.a"])
def test_a_token_that_is_not_ours_leads_nowhere(world: World, token: str) -> None:
    assert flag_links.subject(world.services(), token) is None


def test_a_token_cut_or_changed_anywhere_leads_nowhere(world: World) -> None:
    svc = public(world)
    token = Links(svc.sealer, PUBLIC).token(1, 2)
    for place in range(len(token) - 1):
        other = "A" if token[place] != "A" else "B"
        assert flag_links.subject(svc, token[:place] + other + token[place + 1 :]) is None
        assert flag_links.subject(svc, token[:place]) is None


def test_neither_another_house_s_key_nor_another_purpose_opens_a_link(world: World) -> None:
    svc = world.services()
    assert flag_links.subject(svc, Links(Sealer([new_key()]), PUBLIC).token(1, 2)) is None
    session = URLSafeSerializer(svc.sealer.derived("session")[0], salt="flag")
    assert flag_links.subject(svc, str(session.dumps([1, 2]))) is None


@pytest.mark.parametrize("payload", [[1], [1, "2"], {"a": 1}, [1, 2, 3], None, [2, 2], [1, 99_999]])
def test_what_we_signed_otherwise_or_of_another_agency_leads_nowhere(world: World, payload: object) -> None:
    svc = world.services()
    assert flag_links.subject(svc, str(Links(svc.sealer, "")._signer.dumps(payload))) is None


def test_a_lead_that_is_gone_has_no_page(world: World) -> None:
    svc = world.services()
    with world.store.write() as conn:
        conn.exec_driver_sql("UPDATE lead SET archived = 1 WHERE id = 2")
    assert flag_links.subject(svc, Links(svc.sealer, PUBLIC).token(1, 2)) is None


def test_what_is_said_through_a_link_reaches_the_record_in_the_next_slice(world: World, scope: Scope) -> None:
    svc = public(world)
    about = flag_links.subject(svc, Links(svc.sealer, PUBLIC).token(1, 2))
    assert about is not None
    assert flag_links.hear(svc, about, "do_not_contact", "", "Ana", "nonce-1234567890")
    assert not flag_links.hear(svc, about, "do_not_contact", "", "Ana", "nonce-1234567890")
    while live(svc, scope)["go"] == "more":
        pass
    assert world.crm.written["1001"][SCORE] == "0"
    assert world.crm.written["1001"]["leadtier_flag_status"] == "Heard 20 Nov: do not contact"


def test_a_flood_of_flags_for_one_lead_is_refused(world: World) -> None:
    svc = public(world)
    about = flag_links.subject(svc, Links(svc.sealer, PUBLIC).token(1, 2))
    assert about is not None
    for number in range(flag_links.MOST_OPEN):
        flag_links.hear(svc, about, "too_high", "", "", f"{number}")
    with pytest.raises(Refused, match="wait for an answer already"):
        flag_links.hear(svc, about, "too_high", "", "", "one more")
    flags.answer(svc, 1, "Fine.", "")
    assert flag_links.hear(svc, about, "too_high", "", "", "one more")
