"""Reading deals as outcomes: did the lead buy, when, for how much."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial

from adapters.contract import OutcomeRecord, OutcomeState, Page
from adapters.hubspot.client import Client
from adapters.hubspot.contacts import CONTACTS
from adapters.hubspot.links import BATCH, linked
from adapters.hubspot.passes import Source, walk
from adapters.hubspot.rows import Row, moment, translate

DEALS = "deals"

PROPERTIES = (
    "hs_is_closed_won",
    "hs_is_closed",
    "closedate",
    "createdate",
    "amount",
    "amount_in_home_currency",
)
"""The two flags follow the pipeline's own stages, which every account names differently."""


def outcomes(client: Client, cursor: str | None) -> Iterator[Page[OutcomeRecord]]:
    """A pass over deals; see `Reader.outcomes`."""
    for chunk in walk(client, Source(DEALS, PROPERTIES, chunk=BATCH), cursor):
        ids = [str(row["id"]) for row in chunk.rows if isinstance(row, dict) and "id" in row]
        contacts = linked(client, DEALS, CONTACTS, ids)
        items, problems = translate(chunk.rows, partial(_outcome, contacts))
        yield Page(items, chunk.cursor, chunk.complete, problems, chunk.total)


def _outcome(contacts: Mapping[str, tuple[str, ...]], row: Row) -> OutcomeRecord:
    properties = row["properties"]
    state = _state(properties)
    # An open deal has a close date too: the day the rep hopes for.
    closed = moment(properties.get("closedate")) if state is not OutcomeState.OPEN else None
    return OutcomeRecord(
        str(row["id"]),
        contacts.get(str(row["id"]), ()),
        state,
        created_at=moment(properties.get("createdate")) or moment(row.get("createdAt")),
        closed_at=closed,
        amount=_number(properties.get("amount_in_home_currency") or properties.get("amount")),
        archived=row.get("archived") is True,
    )


def _state(properties: Mapping[str, str | None]) -> OutcomeState:
    if properties.get("hs_is_closed_won") == "true":
        return OutcomeState.WON
    return OutcomeState.LOST if properties.get("hs_is_closed") == "true" else OutcomeState.OPEN


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
