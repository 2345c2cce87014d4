"""The lead list: whatever plan finds a page, it shows what looking at every lead would show, forth and back."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from connector.core.types import ScoreCard, Stage, Tier
from connector.store import cards, flags, lead_filters, lead_lists, leads, listed_leads, tables
from connector.store.cards import Listed
from connector.store.database import Scope, Store
from connector.store.flags import NewFlag
from connector.store.lead_filters import Filter
from connector.store.lead_lists import Order, Page, Place
from connector.store.leads import LeadRow
from tests.store.agencies import AT, move_in, undone

NAMES = ("Ann Boyd", "Anna Böll", "Joan Smith", "John Smithson", "Johann Boyd", "Mary Ann Jo")
BANDS = ((65, Tier.HOT), (40, Tier.WARM), (0, Tier.COLD))


class Known(NamedTuple):
    """A lead as the oracle knows it."""

    id: int
    score: int
    tier: str
    line: str
    owner: str
    moved: int
    created: int
    words: frozenset[str]
    connection: int
    flagged: bool
    held: bool


@pytest.fixture(scope="module")
def made(shared: Store) -> Iterator[tuple[sa.Connection, int, list[Known]]]:
    """An agency with 150 leads of two connections, and a stranger with leads of the same names."""
    with undone(shared) as conn:
        scope = move_in(conn, "Ours").scope
        stranger = move_in(conn, "Theirs").scope
        conn.execute(sa.delete(tables.card))
        known = _fill(conn, scope, 150, random.Random(5))
        _fill(conn, stranger, 30, random.Random(6))
        yield conn, scope.tenant_id, known


def _fill(conn: sa.Connection, scope: Scope, number: int, rng: random.Random) -> list[Known]:
    names = [(*rng.choice(NAMES).split(" ", 1), rng.choice(["", "", "Acme Farms"])) for _ in range(number)]
    rows = [
        LeadRow(f"L{n}", AT, f'{{"first_name": "{first}", "last_name": "{last}", "company": "{firm}"}}', "d", False)
        for n, (first, last, firm) in enumerate(names)
    ]
    ids, _ = leads.save_leads(conn, scope, rows)
    known = [_known(scope, ids[f"L{n}"], " ".join(name), rng) for n, name in enumerate(names)]
    made = [_card(one) for one in known]
    listed = {one.id: Listed(one.owner, one.created, one.moved) for one in known}
    cards.save_cards(conn, scope, made, None, listed)
    for one in known:
        if one.flagged:
            flag = NewFlag(one.id, f"list:{one.id}", "too_low", "", "", AT, None, "", (), None)
            flags.add(conn, scope, flag)
        if one.held:
            flags.hold(conn, scope, one.id, AT)
    return known


def _known(scope: Scope, lead_id: int, name: str, rng: random.Random) -> Known:
    score = rng.choice([0, 5, 40, 41, 65, 90])
    tier = next(tier.value for least, tier in BANDS if score >= least)
    plain = frozenset(name.lower().replace("ö", "o").split())
    return Known(
        lead_id, score, tier, rng.choice(["home", "auto", "auto"]), rng.choice(["", "1", "2"]), AT + rng.randrange(9),
        AT + rng.randrange(9), plain, scope.connection_id, rng.random() < 0.2, rng.random() < 0.2,
    )  # fmt: skip


def _card(one: Known) -> ScoreCard:
    stages = {Tier.HOT: Stage.SQL, Tier.WARM: Stage.MQL, Tier.COLD: Stage.NONE}
    tier = Tier(one.tier)
    return ScoreCard(one.id, one.score, stages[tier], tier, one.line, (), (), "", "v1", AT)


def _fits(one: Known, kept: Filter) -> bool:
    return (
        kept.tier in ("", one.tier)
        and kept.product_line in (None, one.line)
        and kept.owner in (None, one.owner)
        and kept.connection_id in (None, one.connection)
        and (one.flagged or not kept.flagged)
        and (one.held or not kept.held)
        and all(any(word.startswith(start) for word in one.words) for start in kept.words)
        and kept.lead_id in (None, one.id)
    )


def _expected(known: list[Known], kept: Filter, order: Order) -> list[int]:
    keys: dict[Order, Any] = {
        Order.SCORE: lambda one: (-one.score, -one.id),
        Order.LOWEST: lambda one: (one.score, one.id),
        Order.MOVED: lambda one: (-one.moved, -one.id),
        Order.NEWEST: lambda one: (-one.created, -one.id),
    }
    return [one.id for one in sorted((one for one in known if _fits(one, kept)), key=keys[order])]


def _filters(known: list[Known]) -> Iterator[Filter]:
    """Every combination of some values of each filter."""
    for tier, line, owner, words in itertools.product(
        ("", "Hot"), (None, "home", "none such"), (None, "", "1"), ((), ("jo",), ("an", "bo"), ("zzz",))
    ):
        yield Filter(tier, line, owner, words=words)
        yield Filter(tier, line, owner, known[0].connection, flagged=True, words=words)
        yield Filter(tier, line, owner, held=True, words=words)
    yield Filter(lead_id=known[3].id)


PLANS = {
    "as it is": {},
    "nothing is few": {"FEW": 0, "OWNED": 0},
    "nothing is known": {"FEW": 0, "NAMED": 0, "OWNED": 0},
    "walks end early": {"FEW": 0, "NAMED": 0, "OWNED": 0, "ALONG": 7, "ASKED": 7},
    "walks among the known end early": {"FEW": 2, "OWNED": 2, "ALONG": 7, "ASKED": 7},
}


@pytest.mark.parametrize("plan", PLANS)
def test_every_list_is_what_looking_at_every_lead_gives(
    made: tuple[sa.Connection, int, list[Known]], plan: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    conn, tenant_id, known = made
    for name, value in PLANS[plan].items():
        for module in (lead_filters, lead_lists):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)
    for number, kept in enumerate(_filters(known)):
        order = list(Order)[number % 4]
        pages = list(_forth(conn, tenant_id, kept, order))
        assert [one.lead_id for page in pages for one in page.leads] == _expected(known, kept, order), (kept, order)


def _forth(conn: sa.Connection, tenant_id: int, kept: Filter, order: Order) -> Iterator[Page]:
    place: Place | None = None
    while True:
        page = lead_lists.page(conn, tenant_id, kept, order, place, limit=20)
        yield page
        if (place := page.onward) is None:
            return


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("kept", [Filter(), Filter(owner="1"), Filter(tier="Cold", words=("jo",)), Filter(held=True)])
def test_pages_lead_back_the_way_they_came(
    made: tuple[sa.Connection, int, list[Known]], kept: Filter, order: Order
) -> None:
    conn, tenant_id, known = made
    expected = _expected(known, kept, order)
    last = list(_forth(conn, tenant_id, kept, order))[-1].leads
    seen, place = [one.lead_id for one in last], last[0]
    while True:
        page = lead_lists.page(conn, tenant_id, kept, order, place, back=True, limit=20)
        seen = [one.lead_id for one in page.leads] + seen
        if page.onward is None:
            break
        place = page.onward
    assert seen == expected


def test_a_list_says_how_many_it_has_where_that_is_cheap(
    made: tuple[sa.Connection, int, list[Known]], monkeypatch: pytest.MonkeyPatch
) -> None:
    conn, tenant_id, known = made
    assert lead_lists.page(conn, tenant_id, Filter()).total == len(known)
    assert lead_lists.page(conn, tenant_id, Filter(held=True)).total == sum(one.held for one in known)
    monkeypatch.setattr(lead_lists, "COUNTED", 10)
    assert lead_lists.page(conn, tenant_id, Filter()).total == 11


def test_a_listed_lead_stands_there_with_its_flag_and_its_hold(
    made: tuple[sa.Connection, int, list[Known]],
) -> None:
    conn, tenant_id, known = made
    shown = listed_leads.listed_leads(conn, tenant_id, [one.id for one in known[:40]])
    assert [(one.id, one.flagged, bool(one.held_at)) for one in shown] == [
        (one.id, one.flagged, one.held) for one in known[:40]
    ]
