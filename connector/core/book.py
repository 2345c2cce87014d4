"""A book: the open leads of one agency in columns, chunk by chunk, as models are tried on them. It holds no names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from connector.core.batch import Activities, Batch
from connector.core.calendar import LocalCalendar
from connector.core.columns import Bools, Column, Ints, Numbers, places

_DAY = 86_400
_WORD = 60
"""Bytes that a distinct word takes, about."""


@dataclass(frozen=True, slots=True)
class Closings:
    """The leads of a chunk whose sale was decided: their rows, how, and when (the first decision of each)."""

    rows: Ints
    won: Bools
    at: Ints


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some leads of a book, by id. `connections` are the ids of their connections."""

    batch: Batch
    connections: npt.NDArray[np.int32]
    closings: Closings

    @property
    def size(self) -> int:
        """Bytes."""
        batch, acts, closings = self.batch, self.batch.activities, self.closings
        arrays = (batch.lead_ids, batch.created, batch.previous, batch.held, self.connections, closings.rows)
        return sum(map(_size, batch.fields.values())) + sum(
            array.nbytes for array in (*arrays, acts.lead, acts.kind, acts.at, acts.campaign)
        )


@dataclass
class Book:
    """A book as it was read at `read_at`; nothing had changed until `checked_at`."""

    chunks: Sequence[Chunk]
    fields: frozenset[str]
    """The fields that were read; those without a column are empty for every lead."""
    read_at: datetime
    state: str
    """What tells it from a later one, see `connector.store.book.state_of`."""
    checked_at: datetime = field(init=False)
    tries: Mapping[Any, Any] = field(default_factory=dict)
    """What models gave on it, remembered by `connector.flows.trying`; replaced, never changed."""
    closed: tuple[int, Sequence[Batch]] | None = None
    """What `before_closing` gave on a day, likewise."""

    def __post_init__(self) -> None:
        self.checked_at = self.read_at

    def __len__(self) -> int:
        return sum(len(chunk.batch) for chunk in self.chunks)

    @cached_property
    def size(self) -> int:
        """Bytes it takes in memory."""
        return sum(chunk.size for chunk in self.chunks)

    @cached_property
    def connections(self) -> npt.NDArray[np.int32]:
        """The connection of each lead."""
        return np.concatenate([np.zeros(0, dtype=np.int32), *(chunk.connections for chunk in self.chunks)])

    @cached_property
    def won(self) -> Bools:
        """How the decided sales ended, chunk by chunk."""
        return np.concatenate([np.zeros(0, dtype=bool), *(chunk.closings.won for chunk in self.chunks)])

    def lead(self, row: int) -> Batch:
        """The lead in this row, as a batch of its own. Raises `IndexError` where there is no such row."""
        return next(iter(self.leads([row])))[1]

    def leads(self, rows: Collection[int]) -> Sequence[tuple[Sequence[int], Batch]]:
        """The leads in these rows: each chunk's rows with their batch. Raises `IndexError` for one beyond the last."""
        if rows and not 0 <= min(rows) <= max(rows) < len(self):
            raise IndexError("there is no such row")
        found, start = [], 0
        for chunk in self.chunks:
            own = sorted(row for row in rows if start <= row < start + len(chunk.batch))
            if own:
                found.append((own, chunk.batch.take(np.array(own) - start)))
            start += len(chunk.batch)
        return found

    def row_of(self, lead_id: int) -> int | None:
        """The row of a lead; None where it is not in the book."""
        start = 0
        for chunk in self.chunks:
            ids = chunk.batch.lead_ids
            place = int(np.searchsorted(ids, lead_id))
            if place < len(ids) and ids[place] == lead_id:
                return start + place
            start += len(ids)
        return None


def before_closing(chunk: Chunk, dates: Collection[str], calendar: LocalCalendar, today: int) -> Batch:
    """The leads whose sale was decided, as they stood when the day of the decision began, moved so that it is `today`.

    What they did from that day on is left out, and so are holds and stages. Times and `dates` (fields that are days)
    move by whole days, so that ages, windows and silences are those of then; other fields are as they are now.
    """
    closings = chunk.closings
    part = chunk.batch.take(closings.rows)
    days, place = np.unique(calendar.days_of(closings.at), return_inverse=True)
    starts = np.array([calendar.start_of(day) for day in days.tolist()], dtype=np.int64)[place]
    later = today - days[place]
    acts = part.activities
    acts = acts.take(places(acts.at < starts[acts.lead]))
    return Batch(
        lead_ids=part.lead_ids,
        created=np.minimum(part.created, starts - 1) + later * _DAY,
        previous=np.zeros_like(part.previous),
        fields={name: _moved(column, later) if name in dates else column for name, column in part.fields.items()},
        activities=Activities(acts.lead, acts.kind, np.maximum(acts.at + later[acts.lead] * _DAY, 0), acts.campaign),
        held=np.zeros_like(part.held),
    )


def _moved(column: Column, days: Ints) -> Column:
    return Numbers(column.values + days) if isinstance(column, Numbers) else column


def _size(column: Column) -> int:
    if isinstance(column, Numbers):
        return column.values.nbytes
    return column.codes.nbytes + _WORD * len(column.values)
