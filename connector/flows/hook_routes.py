"""What the doors must know of each request, remembered for a few seconds: secrets, and where events go."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from connector.core.mapping import BoundMapping, from_document
from connector.flows.services import Services
from connector.store import hook_secrets
from connector.store.database import Scope
from connector.store.hook_secrets import Route
from connector.store.sealing import SealBroken

SECRET = "secret"  # noqa: S105 - the name under which it is sealed
REMEMBERED = 5
"""Seconds. A connection made or a secret removed in another process is known after that."""
NOTHING_REMEMBERED = 1
"""Seconds, where nothing was found: a new connection's first events must not be lost."""
MOST = 10_000
"""Answers held in memory."""
FLAGGED = frozenset({"flag", "flag_note"})

_log = logging.getLogger(__name__)
K = TypeVar("K")
V = TypeVar("V")


class Proof(NamedTuple):
    """What proves a request at an address, and of whose events it may then speak; `scope` None: of any account."""

    secrets: Sequence[str]
    scope: Scope | None = None
    account_id: str = ""


class Way(NamedTuple):
    """A connection that hears of an account, and which fields matter to it."""

    tenant_id: int
    connection_id: int
    fields: frozenset[str] | None
    """Read or written by us; a change of any other is of no use. None: nobody can tell, so that every change may be."""
    kept: frozenset[str]
    """Ours: their values are no people's data, and are kept."""
    flags: frozenset[str]
    """By which reps flag a lead."""


class Remembered(Generic[K, V]):
    """A look-up whose answers hold for some seconds."""

    def __init__(self, find: Callable[[K], V], now: Callable[[], int]) -> None:
        self._find, self._now = find, now
        self._answers: dict[K, tuple[int, V]] = {}

    def __call__(self, key: K) -> V:
        """The answer, at most some seconds old."""
        held = self._answers.get(key)
        if held is not None and self._now() < held[0]:
            return held[1]
        found = self._find(key)
        if len(self._answers) >= MOST:
            self._answers.clear()
        self._answers[key] = (self._now() + (REMEMBERED if found else NOTHING_REMEMBERED), found)
        return found

    def forget(self) -> None:
        """The next answers are fresh."""
        self._answers.clear()


def app_secrets(svc: Services, kind: str) -> Sequence[str]:
    """The secrets that prove every account of this kind."""
    with svc.store.read() as conn:
        sealed = hook_secrets.app_secrets(conn, kind)
    return _opened(svc, sealed)


def own_proof(svc: Services, kind: str, key: str) -> Proof | None:
    """What proves a request at a connection's own address; None when there is no such address."""
    with svc.store.read() as conn:
        found = hook_secrets.behind(conn, kind, digest(key))
    return Proof(_opened(svc, found.sealed), found.scope, found.account_id) if found else None


def digest(key: str) -> str:
    """By which the secret part of an address is known."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def ways(svc: Services, kind: str, account_id: str) -> Sequence[Way]:
    """The connections, whoever's, that hear of this account."""
    with svc.store.read() as conn:
        found = hook_secrets.routes(conn, kind, account_id)
    inbound = svc.crm(kind).inbound
    signs = frozenset(inbound.signs if inbound is not None else ())
    return [_way(route, signs) for route in found]


def told_fields(bound: BoundMapping) -> Sequence[str]:
    """The properties whose changes a CRM should tell: those we read. Who changed a record last is none of them."""
    return [name for name in bound.properties if name != bound.changed_by]


def _way(route: Route, signs: frozenset[str]) -> Way:
    """A mapping that cannot be read must cost nobody else in the same request an event; its own wait in the inbox."""
    try:
        bound = from_document(json.loads(route.mapping))
    except ValueError:
        _log.warning("the field mapping of connection %s cannot be read; connect it again", route.connection_id)
        return Way(route.tenant_id, route.connection_id, None, frozenset(), frozenset())
    flags = frozenset(field.property for field in bound.fields if field.name in FLAGGED)
    kept = flags | frozenset(bound.writes.values())
    return Way(route.tenant_id, route.connection_id, kept | signs | frozenset(told_fields(bound)), kept, flags)


def _opened(svc: Services, sealed: Sequence[str]) -> Sequence[str]:
    found = []
    for text in sealed:
        try:
            found.append(svc.sealer.open(text)[SECRET])
        except SealBroken:
            _log.warning("a webhook secret was sealed with another LEADTIER_SECRET_KEY; add it again")
    return found
