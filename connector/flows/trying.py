"""Trying a model on a book: every lead scored by the evaluator that scores for the CRM, nothing kept or written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import NamedTuple

import numpy as np

from connector.core.batch import Batch
from connector.core.book import Book, before_closing
from connector.core.calendar import LocalCalendar
from connector.core.comparing import Standing
from connector.core.model import Model
from connector.core.scoring import Evaluator
from connector.core.summing import Stages
from connector.core.vocabulary import FieldKind
from connector.flows.scoring import model_from
from connector.flows.services import Services

MOST_KEPT = 4
"""Tries of a book that are remembered: that of the live model, and the last drafts."""


class Tried(NamedTuple):
    """How a book stands by a model, and the stages of leads whose sale was decided, just before the decision."""

    evaluator: Evaluator
    now: Standing
    before: Stages


def as_of(svc: Services, book: Book) -> datetime:
    """The moment for which models are tried: when the book was read, or else the beginning of today.

    So it stays the same for a whole day, and so does what the live model gives.
    """
    today = datetime.combine(svc.clock().astimezone(svc.zone).date(), time(), svc.zone)
    return max(book.read_at, today)


def try_model(svc: Services, book: Book, text: str, model: Model | None = None) -> Tried:
    """Scores the whole book; the last tries are remembered. `model` is what the text says, where that is known.

    Raises `ModelRefused` or `DocumentError` for a text that is no model.
    """
    at = as_of(svc, book)
    key = text, int(at.timestamp()), svc.tenant
    found = book.tries.get(key)
    if found is None:
        read = model_from(text, svc.vocabulary) if model is None else model
        found = _try(svc, book, Evaluator(read, svc.vocabulary, svc.zone, "draft"), at)
    others = [(each, tried) for each, tried in book.tries.items() if each != key]
    book.tries = dict([*others, (key, found)][-MOST_KEPT:])
    return found


def _try(svc: Services, book: Book, evaluator: Evaluator, at: datetime) -> Tried:
    now = [Standing.of(evaluator.evaluate(chunk.batch, at)) for chunk in book.chunks]
    before = [evaluator.evaluate(batch, at).stage_codes for batch in _closed(svc, book, at)]
    return Tried(evaluator, Standing.joined(now), np.concatenate([np.zeros(0, dtype=np.int8), *before]))


def _closed(svc: Services, book: Book, at: datetime) -> Sequence[Batch]:
    """The leads whose sale was decided as they stood before, moved to today: made once a day."""
    calendar = LocalCalendar(svc.zone)
    today = calendar.day_of(int(at.timestamp()))
    if book.closed is None or book.closed[0] != today:
        dates = frozenset(name for name, spec in svc.vocabulary.fields.items() if spec.type is FieldKind.DATE)
        book.closed = today, [before_closing(chunk, dates, calendar, today) for chunk in book.chunks]
    return book.closed[1]
