"""Pages of the lead list: what somebody asked for, who is meant by it, and what to choose from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.core.cards import TIERS
from connector.core.types import Stage
from connector.flows.explain import spellings
from connector.flows.scoring import evaluator
from connector.flows.services import Refused, Services
from connector.store import connections as connection_rows
from connector.store import lead_lists, owners
from connector.store import leads as lead_rows
from connector.store.lead_filters import Filter
from connector.store.lead_lists import Order, Place
from connector.store.listed_leads import ListedLead, listed_leads
from connector.store.words import words_typed

PAGE = 50
AT_ONCE = 1000
"""Leads read together when a whole list is wanted."""


class Asked(NamedTuple):
    """A list as somebody asked for it; what is empty or None keeps nobody out."""

    text: str = ""
    """A CRM id, the address of a record, or beginnings of words."""
    as_words: bool = False
    """The text is words, even if a record has it for its id."""
    tier: str = ""
    stage: str = ""
    line: str | None = None
    owner: str | None = None
    """The CRM's id; empty: nobody's leads."""
    connection: int | None = None
    flagged: bool = False
    held: bool = False
    order: Order = Order.SCORE

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order was asked."""
        return self != Asked(order=self.order)


class LeadPage(NamedTuple):
    """A page of a list. `before` and `after` are where its neighbours end and begin; None: there is none."""

    leads: Sequence[ListedLead]
    before: Place | None = None
    after: Place | None = None
    full: bool = True
    """False where the search ended before the page was full; it goes on at `after`, or `before` when read backwards."""
    total: int | None = None
    """How many leads the list has, `COUNTED` + 1 for more; None: nobody counted."""
    exact: int | None = None
    """The lead whose id or address the text is, scored or not."""


class Choices(NamedTuple):
    """What a list can be kept to: product lines and connections by what they are called, owners by their CRM id."""

    lines: Mapping[str, str]
    owners: Mapping[str, str]
    connections: Mapping[int, str]


def lead_page(
    svc: Services, asked: Asked, place: Place | None = None, *, back: bool = False, limit: int | None = None
) -> LeadPage:
    """The page after a place in the list, or the one before it when `back`; `PAGE` leads, or at most `limit`."""
    limit = limit or PAGE
    with svc.store.read() as conn:
        kept, exact = _kept(conn, svc, asked)
        if kept is None:
            return LeadPage([])
        found = lead_lists.page(conn, svc.tenant.id, kept, asked.order, place, back=back, limit=limit)
        if back and found.full and found.onward is None:
            back, place = False, None
            found = lead_lists.page(conn, svc.tenant.id, kept, asked.order, limit=limit)
        leads = listed_leads(conn, svc.tenant.id, [one.lead_id for one in found.leads])
    first = found.leads[0] if found.leads else place
    last = found.leads[-1] if found.leads else place
    before, after = (found.onward, last) if back else (first if place else None, found.onward)
    return LeadPage(leads, before, after, found.full, found.total, exact)


def all_leads(svc: Services, asked: Asked) -> Iterator[ListedLead]:
    """Every lead of a list, the newest first: an order in which nobody moves while it is read."""
    place: Place | None = None
    while True:
        found = lead_page(svc, asked._replace(order=Order.NEWEST), place, limit=AT_ONCE)
        yield from found.leads
        if (place := found.after) is None:
            return


def choices(svc: Services) -> Choices:
    """What lists can be kept to now."""
    with svc.store.read() as conn:
        connections = connection_rows.connections_of(conn, svc.tenant.id)
        named = owners.names_of_all(conn, svc.tenant.id)
    return Choices(lines_of(svc), named, {one.id: one.name for one in connections})


def lines_of(svc: Services) -> Mapping[str, str]:
    """The product lines of the model that scores, by id; none where no model does."""
    try:
        return {line.id: line.name for line in evaluator(svc).model.product_lines}
    except Refused:
        return {}


def _kept(conn: sa.Connection, svc: Services, asked: Asked) -> tuple[Filter | None, int | None]:
    """The list in the store's words, None where nobody can be meant; and the lead whose id or address the text is."""
    tiers = {tier for tier in (asked.tier, TIERS[Stage(asked.stage)].value if asked.stage else "") if tier}
    if len(tiers) > 1:
        return None, None
    kept = Filter(
        tier="".join(tiers), product_line=asked.line, owner=asked.owner, connection_id=asked.connection,
        flagged=asked.flagged, held=asked.held,
    )  # fmt: skip
    if not asked.text:
        return kept, None
    meant = None if asked.as_words else lead_rows.find_lead(conn, svc.tenant.id, *spellings(svc, asked.text))
    if meant is not None:
        return kept._replace(lead_id=meant[1].id), meant[1].id
    words = words_typed(asked.text)
    return (kept._replace(words=tuple(words)) if words else None), None
