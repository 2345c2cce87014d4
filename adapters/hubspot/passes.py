"""Reading passes over one object type: a full one by listing, later ones by searching for what has changed.

A pass is a small state machine, and the state is the cursor: ``live`` lists what is there, ``archived`` lists what was
deleted, ``changed`` searches a window of time, ``next`` waits for the following pass. Searching pages by id inside the
window, because a bulk edit gives thousands of records one timestamp and a search never goes past its 10,000th hit.
https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from adapters.contract import AdapterError
from adapters.hubspot.client import Client
from adapters.hubspot.errors import Refused

log = logging.getLogger(__name__)

Row = dict[str, Any]

OVERLAP_MS = 10 * 60 * 1000
"""Every pass looks ten minutes behind the start of the one before: HubSpot's search index lags behind its records."""

LIST_LIMIT = 100
SEARCH_LIMIT = 200
SEARCH_BODY_LIMIT = 2900
"""Characters; HubSpot answers 400 above 3,000."""

URL_LIMIT = 6000
"""Characters of property names in a query; HubSpot answers 414 somewhere above 8,000."""

LIVE, ARCHIVED, CHANGED, NEXT = "live", "archived", "changed", "next"


@dataclass(frozen=True, slots=True)
class Source:
    """One object type, as a pass reads it."""

    type: str
    properties: tuple[str, ...]
    modified: str = "hs_lastmodifieddate"
    """The property that holds when it was last changed; contacts have their own."""
    archived: bool = False
    """Whether a full pass also lists what was deleted."""
    chunk: int = 1
    """Rows to gather before they are handed on, rounded up to whole pages."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a pass stands. Times are epoch milliseconds."""

    phase: str
    started: int
    """Start of the first attempt at this pass."""
    since: int = 0
    """Lower end of the window, for ``changed`` and ``next``."""
    after: str = ""
    """The list's paging token, or the last id seen by a search."""

    @classmethod
    def begin(cls, cursor: str | None, now: datetime) -> State:
        """A new full pass, the next pass, or the rest of an interrupted one."""
        moment = int(now.timestamp() * 1000)
        state = _decode(cursor) if cursor else None
        if state is None:
            return cls(LIVE, moment)
        if state.phase == NEXT:
            return cls(CHANGED, moment, since=state.since, after="0")
        return state

    def finished(self) -> State:
        """What the next pass starts from: before this one started, so that nothing falls between."""
        return State(NEXT, self.started, since=self.started - OVERLAP_MS)

    def encode(self) -> str:
        """As a cursor."""
        return json.dumps(asdict(self), separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one pass with the cursor behind them."""

    rows: list[Row]
    archived: bool
    cursor: str
    complete: bool
    total: int | None


def walk(client: Client, source: Source, cursor: str | None) -> Iterator[Chunk]:
    """Every chunk of a pass. Raises the error family between chunks."""
    state: State | None = State.begin(cursor, client.clock())
    total: int | None = None
    first = True
    while state is not None:
        here = state
        rows, state, found = _gather(client, source, here)
        if first:
            total, first = found if cursor else _total(client, source, rows, state), False
        after = state or here.finished()
        yield Chunk(rows, here.phase == ARCHIVED, after.encode(), state is None, total)


def read_by_id(
    client: Client, type: str, ids: Sequence[str], properties: Sequence[str], history: Sequence[str] = ()
) -> list[Row]:
    """Up to 100 objects as they are now; those that are gone are absent."""
    body = {
        "inputs": [{"id": one} for one in ids],
        "properties": list(properties),
        "propertiesWithHistory": list(history),
    }
    try:
        return _results(client.post(client.paths.batch(type, "read"), body)) if ids else []
    except Refused as refusal:
        # All of them gone; some of them is a 207.
        if refusal.status == 404:
            return []
        raise


def _decode(cursor: str) -> State | None:
    try:
        state = State(**json.loads(cursor))
    except (ValueError, TypeError):
        log.warning("a reading position could not be understood; starting a full pass")
        return None
    return state if state.phase in {LIVE, ARCHIVED, CHANGED, NEXT} else None


def _total(client: Client, source: Source, rows: list[Row], state: State | None) -> int | None:
    """How many objects there are, for the progress display: nice to have, so one try and no complaint."""
    if state is None or state.phase != LIVE:
        return len(rows)
    body = {"limit": 1, "properties": ["hs_object_id"], "filterGroups": [], "sorts": [], "after": "0"}
    try:
        total = client.search(source.type, body, tries=1).get("total")
    except AdapterError:
        return None
    return total if isinstance(total, int) else None


def _gather(client: Client, source: Source, state: State) -> tuple[list[Row], State | None, int | None]:
    """Pages until the chunk is full or the phase ends; a chunk never mixes phases."""
    rows: list[Row] = []
    phase, total = state.phase, None
    page = _changed_page if phase == CHANGED else _list_page
    current: State | None = state
    while current is not None and current.phase == phase and len(rows) < source.chunk:
        found, current, count = page(client, source, current)
        rows += found
        total = count if total is None else total
    return rows, current, total


def _list_page(client: Client, source: Source, state: State) -> tuple[list[Row], State | None, int | None]:
    names = ",".join(source.properties)
    short = len(names) <= URL_LIMIT
    query = {"limit": str(LIST_LIMIT), "archived": str(state.phase == ARCHIVED).lower()}
    query["properties"] = names if short else "hs_object_id"
    if state.after:
        query["after"] = state.after
    answer = client.get(client.paths.objects(source.type), query)
    rows = _results(answer)
    # A deleted record has nothing worth a second call.
    if not short and state.phase == LIVE:
        rows = read_by_id(client, source.type, _ids(rows), source.properties)
    after = _next(answer)
    if after is not None:
        return rows, replace(state, after=after), None
    if state.phase == LIVE and source.archived:
        return rows, replace(state, phase=ARCHIVED, after=""), None
    return rows, None, None


def _changed_page(client: Client, source: Source, state: State) -> tuple[list[Row], State | None, int | None]:
    body = _window(source, state)
    full = len(json.dumps(body)) <= SEARCH_BODY_LIMIT
    answer = client.search(source.type, body if full else body | {"properties": ["hs_object_id"]})
    found = _results(answer)
    ids = _ids(found)
    rows = found if full else _read_all(client, source, ids)
    more = _next(answer) is not None and ids
    return rows, replace(state, after=ids[-1]) if more else None, answer.get("total")


def _window(source: Source, state: State) -> Row:
    def condition(name: str, operator: str, value: object) -> dict[str, str]:
        return {"propertyName": name, "operator": operator, "value": str(value)}

    conditions = [
        condition(source.modified, "GTE", state.since),
        condition(source.modified, "LT", state.started),
        condition("hs_object_id", "GT", state.after),
    ]
    return {
        "filterGroups": [{"filters": conditions}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": list(source.properties),
        "limit": SEARCH_LIMIT,
        # No offset, ever: each page is the first page of what lies beyond the last id.
        "after": "0",
    }


def _read_all(client: Client, source: Source, ids: list[str]) -> list[Row]:
    starts = range(0, len(ids), LIST_LIMIT)
    return [
        row for start in starts for row in read_by_id(client, source.type, ids[start : start + 100], source.properties)
    ]


def _results(answer: Row) -> list[Row]:
    results = answer.get("results")
    return results if isinstance(results, list) else []


def _ids(rows: list[Row]) -> list[str]:
    return [str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id") is not None]


def _next(answer: Row) -> str | None:
    paging = answer.get("paging") or {}
    after = (paging.get("next") or {}).get("after")
    return None if after is None else str(after)
