"""The book: a tenant's open leads of all connections in columns, in memory, for trying a model on all of them.

It holds ids, the fields a model may read, activities and decided sales; no names. It is read beside the requests, in
chunks. Where something changed since (`connector.store.book.state_of`), the whole of it is read again beside the
requests: rows do not say when they changed, and reading all is simpler than following each. While somebody edits, a
large book is read again once in `REST` seconds at most and the old one serves meanwhile; before publishing only the
newest will do. What is shown says as of when it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np

from connector.core.batch import Batch
from connector.core.book import Book, Chunk, Closings
from connector.core.criteria.leads import BIRTH
from connector.core.types import Lead, Stage
from connector.core.vocabulary import Vocabulary
from connector.flows.bookcase import BookLoading, Told
from connector.flows.services import Services
from connector.store import book as book_rows
from connector.store.book import BookLead, Decided

FRESH = 2
"""Seconds for which nobody asks whether a book has changed."""
REST = 60
"""Seconds for which a book of more than one chunk serves although something changed."""
CHUNK = 20_000
"""Leads a chunk: few enough for the processor's cache when they are scored, and for memory while they are read."""
PATIENCE = 0.3
"""Seconds a request waits for a book that is being read: small ones are there by then."""


def book(svc: Services, patience: float = PATIENCE, *, newest: bool = False) -> Book | BookLoading:
    """The tenant's book, or how far its reading is after waiting for it at most `patience` seconds.

    With `newest` one that something changed since does not do.
    """
    now, needed = svc.clock(), readable(svc.vocabulary)
    verified = not newest

    def read(before: Book | None, told: Told) -> Book:
        return read_again(svc, before, told)

    def current(kept: Book) -> bool:
        nonlocal verified
        if not needed <= kept.fields:
            return False
        if not newest and (now - kept.checked_at).total_seconds() < FRESH:
            return True
        if _state(svc) == kept.state:
            kept.checked_at, verified = now, True
            return True
        return not newest and len(kept) > CHUNK and (now - kept.read_at).total_seconds() < REST

    return svc.books.look(
        svc.tenant.id,
        read,
        lambda kept: needed <= kept.fields and verified,
        current,
        patience,
    )


def readable(vocabulary: Vocabulary) -> frozenset[str]:
    """The fields that any model of this tenant may read."""
    offered = {spec.name for spec in vocabulary.fields.values() if spec.input and not spec.outcome}
    return frozenset(offered | {BIRTH} & vocabulary.fields.keys())


def read_again(svc: Services, before: Book | None, told: Told) -> Book:
    """The book as it is now: the one from before where nothing changed."""
    now, state, fields = svc.clock(), _state(svc), readable(svc.vocabulary)
    if before is not None and before.state == state and fields <= before.fields:
        before.checked_at = now
        return before
    chunks = list(_chunks(svc, fields, told))
    return Book(chunks, fields, now, state)


def _state(svc: Services) -> str:
    with svc.store.read() as conn:
        return book_rows.state_of(conn, svc.tenant.id)


def _chunks(svc: Services, fields: frozenset[str], told: Told) -> Iterator[Chunk]:
    """Each chunk is read by itself, so that no transaction stays open for long."""
    with svc.store.read() as conn:
        of = book_rows.count_open(conn, svc.tenant.id)
    done = after = 0
    while True:
        told(done, max(of, done))
        with svc.store.read() as conn:
            leads = book_rows.open_leads(conn, svc.tenant.id, after, CHUNK)
            if not leads:
                return
            first, last = leads[0].id, leads[-1].id
            acts = book_rows.acts_between(conn, svc.tenant.id, first, last)
            decided = book_rows.decided_between(conn, svc.tenant.id, first, last)
        batch = _without_empty(Batch.of([_lead(row) for row in leads], acts, svc.vocabulary, fields))
        yield Chunk(batch, np.array([row.connection_id for row in leads], dtype=np.int32), _closings(batch, decided))
        done, after = done + len(leads), last


def _lead(row: BookLead) -> Lead:
    stage = None if row.stage is None else Stage(row.stage)
    return Lead(row.id, row.created_at, json.loads(row.fields), stage, row.held_at)


def _without_empty(batch: Batch) -> Batch:
    """A field without a column is not known for anybody, which costs nothing."""
    filled = {name: column for name, column in batch.fields.items() if column.known().any()}
    return Batch(batch.lead_ids, batch.created, batch.previous, filled, batch.activities, batch.held)


def _closings(batch: Batch, decided: Sequence[Decided]) -> Closings:
    first: dict[int, Decided] = {}
    for each in decided:
        first.setdefault(each.lead_id, each)
    ids = np.array(list(first), dtype=np.int64)
    there = np.isin(ids, batch.lead_ids)
    kept = [each for each, is_there in zip(first.values(), there.tolist(), strict=True) if is_there]
    return Closings(
        rows=np.searchsorted(batch.lead_ids, ids[there]),
        won=np.array([each.won for each in kept], dtype=bool),
        at=np.array([each.closed_at for each in kept], dtype=np.int64),
    )
