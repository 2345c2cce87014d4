"""The queries of a pass: what a phase selects, the window of time, and the place where it goes on.

Every literal goes through `format_soql`; names come from ``describe`` or from this folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from simple_salesforce.format import format_soql

from adapters.salesforce.values import Column

STAMP = "SystemModstamp"
"""Moves with every change, the system's own included; LastModifiedDate can be set by an import and lags behind."""

ID = "Id"


@dataclass(frozen=True, slots=True)
class Phase:
    """One query of a pass."""

    name: str
    object: str
    columns: tuple[Column, ...]
    where: tuple[str, ...] = ()
    stamps: tuple[str, ...] = (STAMP,)
    """A row is in the window when any of these is."""
    key: str = ID
    """What the rows are paged by; rows that share it are handed on together."""
    bulk: bool = True
    """Whether Bulk API can do it: no sub-queries."""


def page(phase: Phase, *, since: int, until: int, after: str, limit: int = 0) -> str:
    """The rows behind the key `after`, in order. `since` 0: all of them. Times are epoch seconds."""
    order = phase.key if phase.key == ID else f"{phase.key}, {ID}"
    tail = f" LIMIT {limit}" if limit else ""
    return f"{_select(phase, since, until, after)} ORDER BY {order}{tail}"


def everything(phase: Phase, *, since: int, until: int, after: str) -> str:
    """The same for Bulk API, which cuts the work into ranges of ids by itself unless it must sort."""
    order = "" if phase.key == ID else f" ORDER BY {phase.key}, {ID}"
    return _select(phase, since, until, after) + order


def among(field: str, ids: Sequence[str]) -> str:
    """The condition that a field is one of these."""
    return format_soql("{:literal} IN {}", field, list(ids))


def _select(phase: Phase, since: int, until: int, after: str) -> str:
    conditions = list(phase.where)
    if since:
        conditions.append(_window(phase.stamps, since, until))
    if after:
        conditions.append(format_soql("{:literal} > {}", phase.key, after))
    names = ", ".join(dict.fromkeys(column.asked for column in phase.columns))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {names} FROM {phase.object}{where}"  # noqa: S608 (every literal is quoted above)


def _window(stamps: tuple[str, ...], since: int, until: int) -> str:
    low, high = (datetime.fromtimestamp(moment, UTC) for moment in (since, until))
    windows = [format_soql("{0:literal} >= {1} AND {0:literal} < {2}", stamp, low, high) for stamp in stamps]
    return windows[0] if len(windows) == 1 else "(" + " OR ".join(f"({window})" for window in windows) + ")"
