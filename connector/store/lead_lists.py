"""Which leads stand on a page of a list, whatever the filter and the order, in bounded work.

Where few leads can be meant (a rare word, an owner's leads, those with a flag), they are gathered and put in order.
Else the index of the order is walked from where the page begins, and what else is asked is looked up lead by lead. A
walk ends after so many leads even when the page is not full: then the page says so, and where to go on. Places are kept
by key (keyset), so that a page deep in a long list costs what the first one does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.lead_filters import FEW, Filter, Meant, meant, one_of, rare_value, reaches, with_values
from connector.store.prefixes import looked_at

OWNED = 30_000
"""So many of one owner are looked at, along an index that holds every order."""
OWNER = "owner_id"
ALONG, ASKED = 60_000, 8_000
"""A walk ends after so many leads: where the index answers every question, and where other tables are asked."""
COUNTED = 10_000
"""Leads are counted up to here."""


class Order(StrEnum):
    """How a list stands; of equal leads the newest first, in `LOWEST` the oldest."""

    SCORE = "score"
    LOWEST = "lowest"
    MOVED = "moved"
    NEWEST = "newest"


class Place(NamedTuple):
    """A lead's place in an order: what it is ordered by, and the lead."""

    key: int
    lead_id: int


class Page(NamedTuple):
    """Leads of a page, in the order of the list."""

    leads: Sequence[Place]
    onward: Place | None
    """Where the direction it was read in goes on; None: nowhere."""
    full: bool = True
    """False where the search ended before the page was full."""
    total: int | None = None
    """How many leads the list has, `COUNTED` + 1 for more; None: counting them would take too long."""


def page(
    conn: sa.Connection,
    tenant_id: int,
    kept: Filter,
    order: Order = Order.SCORE,
    place: Place | None = None,
    *,
    back: bool = False,
    limit: int = 50,
) -> Page:
    """The leads after a place in the order, or those before it when `back`, at most `limit`."""
    found = meant(conn, tenant_id, kept)
    listing = _Listing(tenant_id, kept.of_card(), order, found, back=back)
    if found.ids is not None and len(found.ids) <= FEW:
        return listing.these(conn, found.ids, place, limit)
    if not listing.plain and not found.asked and (gathered := listing.rare(conn, place, limit)):
        return gathered
    return listing.along(conn, place, limit)


class _Listing:
    """One list, and the direction in which it is read."""

    def __init__(self, tenant_id: int, equal: dict[str, str], order: Order, found: Meant, *, back: bool) -> None:
        self._tenant_id = tenant_id
        self._equal = equal
        self._ids, self._asked = found
        self._back = back
        self._key = {Order.MOVED: "moved_at", Order.NEWEST: "created_at"}.get(order, "score")
        self._down = (order is not Order.LOWEST) is not back
        self._led = next(iter(equal), None) if self._key == "score" else None
        """The column that leads the index which is walked, before the key."""

    @property
    def plain(self) -> bool:
        """Whether an index gives the leads in order with nothing to be asked of them."""
        return self._ids is None and not self._asked and self._equal.keys() <= {self._led}

    def these(self, conn: sa.Connection, ids: Collection[int], place: Place | None, limit: int) -> Page:
        """A page of these few leads."""
        cards = self._cards(looked_at(t.card.c.tenant_id)).where(one_of(conn, t.card.c.lead_id, ids))
        return self._in_order(conn, cards, place, limit)

    def rare(self, conn: sa.Connection, place: Place | None, limit: int) -> Page | None:
        """A page of the leads with a rare value on their card; None where none is rare."""
        owner = {name: value for name, value in self._equal.items() if name == OWNER}
        if rare_value(conn, self._tenant_id, owner, OWNED):
            cards = self._cards().where(t.card.c[OWNER] == owner[OWNER]).limit(OWNED)
            return self._in_order(conn, cards, place, limit)
        if led := rare_value(conn, self._tenant_id, self._equal, FEW):
            found = conn.execute(with_values(self._tenant_id, self._equal, led).query).scalars().all()
            return self.these(conn, found, place, limit)
        return None

    def along(self, conn: sa.Connection, place: Place | None, limit: int) -> Page:
        """A page found along the index of the order, everything else asked of each lead."""
        most = limit + 1 if self.plain else ASKED if self._asked and self._ids is None else ALONG
        walk = self._walk(place, most)
        found = walk.subquery("found").c
        query = sa.select(found.key, found.lead_id).where(*self._true(conn, found))
        rows = [Place(*row) for row in conn.execute(query.limit(limit + 1))]
        if self.plain:
            return self._page(rows, limit)._replace(total=reaches(conn, self._led_by(), COUNTED))
        if len(rows) <= limit and (last := conn.execute(walk.limit(1).offset(most - 1)).first()) is not None:
            return Page(self._turned(rows), Place(last.key, last.lead_id), full=False)
        return self._page(rows, limit)

    def _in_order(self, conn: sa.Connection, cards: sa.Select[Any], place: Place | None, limit: int) -> Page:
        """A page of these cards, all looked at and put in order."""
        found = cards.subquery("found").c
        query = sa.select(found.key, found.lead_id).where(*self._true(conn, found))
        total = reaches(conn, query, COUNTED)
        if place is not None:
            query = query.where(self._beyond(found.key, found.lead_id, place))
        ordered = query.order_by(*self._ordered(looked_at(found.key), looked_at(found.lead_id)))
        rows = [Place(*row) for row in conn.execute(ordered.limit(limit + 1))]
        return self._page(rows, limit)._replace(total=total)

    def _page(self, rows: Sequence[Place], limit: int) -> Page:
        shown = rows[:limit]
        return Page(self._turned(shown), shown[-1] if len(rows) > limit else None)

    def _turned(self, rows: Sequence[Place]) -> Sequence[Place]:
        return rows[::-1] if self._back else rows

    def _cards(self, whose: sa.ColumnElement[Any] = t.card.c.tenant_id) -> sa.Select[Any]:
        c = t.card.c
        columns = (c[self._key].label("key"), c.lead_id, c.tier, c.product_line, c.owner_id)
        return sa.select(*columns).where(whose == self._tenant_id)

    def _led_by(self) -> sa.Select[Any]:
        """The cards that the index which is walked has under the value it is led by."""
        cards = self._cards()
        return cards if self._led is None else cards.where(t.card.c[self._led] == self._equal[self._led])

    def _walk(self, place: Place | None, most: int) -> sa.Select[Any]:
        """At most so many cards along the index of the order, from a place on."""
        key, lead_id = t.card.c[self._key], t.card.c.lead_id
        ordered = self._led_by().order_by(*self._ordered(key, lead_id))
        if place is None:
            return ordered.limit(most)
        # Asked in two, because SQLite does not seek a pair of which one is the table's own key in an index.
        alike = ordered.where(key == place.key, lead_id < place.lead_id if self._down else lead_id > place.lead_id)
        beyond = ordered.where(key < place.key if self._down else key > place.key)
        both = sa.union_all(*(sa.select(part.limit(most).subquery()) for part in (alike, beyond))).subquery()
        return sa.select(both).limit(most)

    def _ordered(self, key: sa.ColumnElement[Any], lead_id: sa.ColumnElement[Any]) -> list[sa.ColumnElement[Any]]:
        return [key.desc(), lead_id.desc()] if self._down else [key, lead_id]

    def _beyond(self, key: sa.ColumnElement[Any], lead_id: sa.ColumnElement[Any], at: Place) -> sa.ColumnElement[bool]:
        here, there = sa.tuple_(key, lead_id), sa.tuple_(sa.literal(at.key), sa.literal(at.lead_id))
        return here < there if self._down else here > there

    def _true(
        self, conn: sa.Connection, found: sa.sql.base.ReadOnlyColumnCollection[str, Any]
    ) -> Iterator[sa.ColumnElement[bool]]:
        """What must be true of each of these cards; last what other tables know, which takes longest to tell."""
        yield from (found[name] == value for name, value in self._equal.items())
        if self._ids is not None and len(self._ids) > FEW:
            yield one_of(conn, found.lead_id, self._ids)
        yield from (source.means(found.lead_id) for source in self._asked)
