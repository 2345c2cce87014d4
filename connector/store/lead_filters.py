"""Who can be meant by a filter of the lead list: the numbers of few, or a question to ask of each lead."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from connector.store import tables as t
from connector.store.prefixes import begins

FEW = 4_000
"""So many leads are looked at one by one."""
NAMED = 40_000
"""So many leads are known by their numbers."""
MOST_WORDS = 6
"""Words of a search that are looked for; more make nobody easier to find."""


class Filter(NamedTuple):
    """What a list is kept to; what is empty or None keeps nobody out."""

    tier: str = ""
    product_line: str | None = None
    owner: str | None = None
    """The CRM's id of the owner; empty: leads that nobody owns."""
    connection_id: int | None = None
    flagged: bool = False
    """Only leads with a flag that waits for an answer."""
    held: bool = False
    """Only leads that nobody may contact."""
    words: tuple[str, ...] = ()
    """Each begins a word of the lead's, see `words_typed`."""
    lead_id: int | None = None

    def of_card(self) -> dict[str, str]:
        """What is asked of the card itself; first what an index for the order by score begins with best."""
        asked = {"owner_id": self.owner, "tier": self.tier or None, "product_line": self.product_line}
        return {name: value for name, value in asked.items() if value is not None}


class Source(NamedTuple):
    """Leads that a filter means: a query for their numbers, and its column with them."""

    query: sa.Select[Any]
    lead_id: sa.ColumnElement[Any]

    def means(self, lead_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Whether it means this lead. As a value: a join would be read the other way round, all of it first."""
        one = self.query.with_only_columns(sa.literal(1)).where(self.lead_id == lead_id).limit(1)
        return one.scalar_subquery() == 1


class Meant(NamedTuple):
    """Who can be meant: those of `ids`, where they are known, of whom all of `asked` is true; of many nothing is."""

    ids: frozenset[int] | None
    asked: Sequence[Source]


def meant(conn: sa.Connection, tenant_id: int, kept: Filter) -> Meant:
    """Who can be meant by what the filter asks outside the cards, and by what is rare on them."""
    ids = None if kept.lead_id is None else frozenset({kept.lead_id})
    outside = list(_outside(conn, tenant_id, kept))
    sizes = [reaches(conn, source.query, NAMED) for source in outside]
    common = [source for source, size in zip(outside, sizes, strict=True) if size > NAMED]
    for source, size in zip(outside, sizes, strict=True):
        if size <= NAMED:
            ids = _ids(conn, source, ids)
    equal = kept.of_card()
    if outside and (led := rare_value(conn, tenant_id, equal, NAMED)):
        ids = _ids(conn, with_values(tenant_id, equal, led), ids)
    return Meant(ids, tuple(common))


def _ids(conn: sa.Connection, source: Source, among: frozenset[int] | None) -> frozenset[int]:
    """The numbers of a source, or those of them that are among others. As one text: row by row takes thrice as long."""
    column = source.query.subquery().c[0]
    text = conn.execute(sa.select(sa.func.aggregate_strings(sa.cast(column, sa.Text), ","))).scalar_one()
    found = frozenset(map(int, text.split(","))) if text else frozenset()
    return found if among is None else found & among


def one_of(conn: sa.Connection, column: sa.ColumnElement[Any], ids: Collection[int]) -> sa.ColumnElement[bool]:
    """That the column holds one of these numbers, sent as one value however many they are."""
    if conn.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(list(ids), postgresql.ARRAY(sa.Integer)))
    value = sa.func.json_each(json.dumps(list(ids))).table_valued("value").c.value
    return column.in_(sa.select(value))


def reaches(conn: sa.Connection, query: sa.Select[Any], most: int) -> int:
    """How many rows there are, or `most` + 1: it stops counting there."""
    some = query.limit(most + 1).subquery()
    found: int = conn.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    return found


def rare_value(conn: sa.Connection, tenant_id: int, equal: Mapping[str, str], most: int) -> str | None:
    """The first of these columns of the card whose value at most so many leads have."""
    for name, value in equal.items():
        if reaches(conn, with_values(tenant_id, {name: value}, name).query, most) <= most:
            return name
    return None


def with_values(tenant_id: int, equal: Mapping[str, str], led: str) -> Source:
    """Leads whose card has these values, found by the index of one of the columns."""
    c = t.card.c
    asked = (c[name] == value if name == led else c[name].concat("") == value for name, value in equal.items())
    return Source(sa.select(c.lead_id).where(c.tenant_id == tenant_id, *asked), c.lead_id)


def _outside(conn: sa.Connection, tenant_id: int, kept: Filter) -> Iterator[Source]:
    w, f, lead = t.lead_word.c, t.flag.c, t.lead.c
    for word in kept.words[:MOST_WORDS]:
        yield Source(sa.select(w.lead_id).where(w.tenant_id == tenant_id, begins(conn, w.word, word)), w.lead_id)
    if kept.flagged:
        yield Source(sa.select(f.lead_id).where(f.tenant_id == tenant_id, f.answered_at.is_(None)), f.lead_id)
    if kept.held:
        yield Source(sa.select(lead.id).where(lead.tenant_id == tenant_id, lead.held_at.is_not(None)), lead.id)
    if kept.connection_id is not None:
        mine = sa.and_(lead.tenant_id == tenant_id, lead.connection_id == kept.connection_id)
        yield Source(sa.select(lead.id).where(mine), lead.id)
