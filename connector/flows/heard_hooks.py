"""Webhooks heard, and those refused lately: who knocks and is not let in mostly has a secret that does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import NamedTuple

from connector.flows.services import Services
from connector.store import connections as connection_rows
from connector.store import hook_counts, inbox
from connector.store.hook_counts import Refusals
from connector.store.inbox import Heard

UNPROVEN = frozenset({"wrong signature", "wrong address", "not signed", "no secret", "too old", "from the future"})
"""Reasons for which a webhook that may be genuine is turned away at the door."""
LATELY = 86_400
"""Seconds."""
SOME = 3
"""Fewer than so many may be anybody on the internet who tries a door."""


class Unheard(NamedTuple):
    """A connection whose webhooks are refused, by its id and name, and what was counted."""

    connection_id: int
    connection: str
    refusals: Refusals


def midnight(svc: Services) -> int:
    """When the agency's day began, in seconds since 1970."""
    return int(datetime.combine(svc.clock().astimezone(svc.zone).date(), time(), svc.zone).timestamp())


def heard_today(svc: Services) -> dict[str, Heard]:
    """What each connection's webhooks told since the agency's midnight, by the connection's name."""
    with svc.store.read() as conn:
        return {one.connection: one for one in inbox.heard(conn, svc.tenant.id, midnight(svc) * 1000)}


def refused_lately(svc: Services) -> Sequence[Unheard]:
    """The agency's connections whose webhooks were turned away in the last day, and none was taken since.

    Those at an app's own address are nobody's in particular: they concern every connection of that kind.
    """
    since = svc.now() - LATELY
    with svc.store.read() as conn:
        counted = hook_counts.counts_for(conn, svc.tenant.id)
        lately = [one for one in counted if one.reason in UNPROVEN and one.last_at >= since and one.number >= SOME]
        connections = connection_rows.connections_of(conn, svc.tenant.id) if lately else []
    heard = heard_today(svc) if lately else {}
    found = []
    for connection in connections:
        mine = [
            one
            for one in lately
            if connection.name == one.connection or (not one.connection and one.source == connection.kind)
        ]
        if mine and mine[0].last_at > _heard(heard, connection.name):
            found.append(Unheard(connection.id, connection.name, mine[0]))
    return found


def _heard(heard: Mapping[str, Heard], name: str) -> int:
    """When the connection's last event came that was taken; 0: never."""
    return (heard[name].last_ms or 0) // 1000 if name in heard else 0
