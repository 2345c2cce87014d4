"""The shapes in which a generated book is poured into the store."""

from __future__ import annotations

from typing import NamedTuple


class SeedObject(NamedTuple):
    """One record of a generated book.

    `type` is the plural name (``calls``), `id` a decimal string, times are milliseconds since 1970 UTC. `properties`
    leave out what the columns say already: ``hs_object_id`` and the created and modified dates. Values are in the
    vendor's stored form (numbers ``"12"``, booleans ``"true"``, dates ``"2026-11-20"``, times
    ``"2026-11-20T10:00:00Z"``, milliseconds only where they are not zero); they are trusted, not checked. `history`
    gives past values oldest first, as (milliseconds, value), the last one being the present value.
    """

    type: str
    id: str
    properties: dict[str, str]
    created_ms: int
    updated_ms: int
    contact_ids: tuple[str, ...] = ()
    company_ids: tuple[str, ...] = ()
    history: dict[str, list[tuple[int, str]]] | None = None


class SeedOwner(NamedTuple):
    """One user of the account who may own records. `id` is what ``hubspot_owner_id`` holds."""

    id: str
    email: str
    first_name: str
    last_name: str
    user_id: int
    archived: bool
