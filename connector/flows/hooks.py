"""Webhooks: proven, read, kept in one insert, then answered. What is not kept is counted by its reason.

The answer decides whether the vendor sends again: only where sending again may help does it say no.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from adapters.contract import EventKind, HookRejected, Inbound, InboundEvent, InboundRequest, Parsed
from connector.flows import hook_routes, meters
from connector.flows.hook_routes import Proof, Remembered, Way
from connector.flows.hook_tally import Tally
from connector.flows.services import Services
from connector.store.database import StoreUnusable
from connector.store.gathering import Gathering
from connector.store.hook_counts import NOBODY, Count
from connector.store.inbox import InboxEvent

PLAIN = "text/plain; charset=utf-8"
AGAIN_AFTER = 30
"""Seconds after which a vendor may try again while the database is away."""
LONGEST_VALUE = 2_000
"""Letters of a value of one of our own fields; they hold at most a thousand."""
LONGEST_KEY = 100
"""Letters of an address's secret part; ours have 43."""
NOWHERE = "addresses"
"""The source of what came to an address that does not exist."""

TEXTS = {
    "unknown address": "Something came to an address that does not exist here. Compare the address in the CRM with "
    "`leadtier hooks`.",
    "no secret": "A webhook came and no secret is known to prove it. Add one: `leadtier hooks add`.",
    "too large": "A body was larger than this CRM sends, and was not read.",
    "unknown account": "Events of an account that no connection is to. Connect it, or take the app out of it.",
    "another account": "Events of another account came to a connection's own address. Use the address of that account.",
    "property not mapped": "Changes of properties that the field mapping does not read. Take them out of the app's "
    "subscriptions to save calls.",
    "unknown type": "Events of a kind or an object that Leadtier does not use. Take them out of the app's "
    "subscriptions.",
}

NAMED = ("unknown account", "unknown type")
"""Reasons that go on to name which; for machines these words are enough."""

_log = logging.getLogger(__name__)
Pair = tuple[str, str]
Missed = Counter[tuple[int, str, str]]
"""How many by connection, reason and sentence."""


class Answer(NamedTuple):
    """What the sender is told. `retry_after` is in seconds; 0: none."""

    status: int
    content_type: str = PLAIN
    body: bytes = b""
    retry_after: int = 0


AWAY = Answer(503, PLAIN, b"The database cannot be written at the moment. Send it again.\n", AGAIN_AFTER)
NOT_HERE = Answer(404, PLAIN, b"There is nothing at this address.\n")
TOO_LARGE = Answer(413, PLAIN, b"The body is too large.\n")


class Door:
    """Takes webhooks for every agency. Made once for a process: it remembers secrets and routes for some seconds."""

    def __init__(self, svc: Services) -> None:
        self._svc = svc
        self._tally = Tally(svc)
        self._inbox = Gathering(svc.store)
        self._secrets: Remembered[str, Sequence[str]] = Remembered(partial(hook_routes.app_secrets, svc), svc.now)
        self._ways: Remembered[Pair, Sequence[Way]] = Remembered(lambda of: hook_routes.ways(svc, *of), svc.now)
        self._proofs: Remembered[Pair, Proof | None] = Remembered(lambda at: hook_routes.own_proof(svc, *at), svc.now)

    def largest(self, kind: str) -> int:
        """Bytes of the largest body this kind of CRM may send; 0 for a kind we do not know."""
        inbound = self._inbound(kind)
        return inbound.largest if inbound else 0

    def receive(self, kind: str, key: str | None, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Keeps the hints in a webhook and says what to answer. Never raises for anything a sender or a disk does.

        `key` is the secret part of a connection's own address, None at the address of the app. `url` is the public
        address that was posted to; names of `headers` are in lower case.
        """
        request = InboundRequest("POST", url, headers, body, self._svc.clock())
        try:
            inbound, proof = self._inbound(kind), self._proof(kind, key)
            if inbound is None or proof is None:
                self._refused(NOWHERE, NOBODY, "unknown address", TEXTS["unknown address"])
                return NOT_HERE
            return self._taken(kind, inbound, proof, request)
        except (StoreUnusable, SQLAlchemyError) as error:
            _log.error("a webhook could not be kept: %s", error)
            meters.hook(kind if kind in self._svc.crms else NOWHERE, "database away")
            return AWAY

    def too_large(self, kind: str) -> Answer:
        """The answer to a body that was not read because of its size."""
        self._refused(kind, NOBODY, "too large", TEXTS["too large"])
        return TOO_LARGE

    def flush(self) -> None:
        """Writes down what was counted; for who is about to look at it."""
        self._tally.flush()

    def forget(self) -> None:
        """Secrets and connections have changed: asks anew."""
        for memory in (self._secrets, self._ways, self._proofs):
            memory.forget()

    def _inbound(self, kind: str) -> Inbound | None:
        crm = self._svc.crms.get(kind)
        return crm.inbound if crm else None

    def _proof(self, kind: str, key: str | None) -> Proof | None:
        """None: there is no such address."""
        inbound = self._inbound(kind)
        if inbound is None or (key is None and inbound.own_address) or len(key or "") > LONGEST_KEY:
            return None
        return Proof(self._secrets(kind)) if key is None else self._proofs((kind, key))

    def _taken(self, kind: str, inbound: Inbound, proof: Proof, request: InboundRequest) -> Answer:
        whose = proof.scope.connection_id if proof.scope else NOBODY
        if not proof.secrets:
            self._refused(kind, whose, "no secret", TEXTS["no secret"])
            return Answer(401, PLAIN, b"The sender cannot be proven.\n")
        try:
            inbound.verify(request, proof.secrets)
        except HookRejected as problem:
            self._refused(kind, whose, problem.reason, problem.admin)
            return _said(413 if problem.reason == "too large" else 401, problem)
        try:
            parsed = inbound.parse(request)
        except HookRejected as problem:
            self._refused(kind, whose, problem.reason, problem.admin)
            return _said(400, problem)
        self._keep(kind, proof, parsed, int(request.received_at.timestamp() * 1000))
        content_type, body = inbound.ack()
        return Answer(200 if body else 202, content_type, body)

    def _keep(self, kind: str, proof: Proof, parsed: Parsed, received_ms: int) -> None:
        missed: Missed = Counter()
        whose = proof.scope.connection_id if proof.scope else NOBODY
        ways = {account: self._ways((kind, account)) for account in {event.account_id for event in parsed.events}}
        rows = [row for event in parsed.events for row in _rows(proof, event, ways[event.account_id], missed)]
        for reason, text in parsed.rejected:
            missed[whose, reason, text] += 1
        if rows:
            self._inbox.add(rows, received_ms)
        meters.hook(kind, "kept" if rows else "of no use", len(rows))
        for (connection_id, reason, text), number in missed.items():
            meters.hook_events(kind, next((name for name in NAMED if reason.startswith(name)), reason), number)
            self._tally.add(Count(kind, connection_id, reason, text, number))

    def _refused(self, source: str, connection_id: int, reason: str, text: str) -> None:
        meters.hook(source, reason)
        self._tally.add(Count(source, connection_id, reason, text, 1))


def _rows(proof: Proof, event: InboundEvent, ways: Sequence[Way], missed: Missed) -> Sequence[InboxEvent]:
    """A row for each connection that hears of the event's account and can use it; else it is counted."""
    if proof.scope is not None:
        if event.account_id != proof.account_id:
            missed[proof.scope.connection_id, "another account", TEXTS["another account"]] += 1
            return ()
        ways = [way for way in ways if way.connection_id == proof.scope.connection_id]
    if not ways:
        missed[NOBODY, f"unknown account {event.account_id}", TEXTS["unknown account"]] += 1
        return ()
    if event.kind is EventKind.UNKNOWN:
        for way in ways:
            missed[way.connection_id, f"unknown type {event.what}", TEXTS["unknown type"]] += 1
        return ()
    return [row for way in ways if (row := _row(way, event, missed)) is not None]


def _row(way: Way, event: InboundEvent, missed: Missed) -> InboxEvent | None:
    """What is kept of an event: of values only those of our own fields, because the others are people's data."""
    field = event.field or ""
    if field and way.fields is not None and field not in way.fields:
        missed[way.connection_id, "property not mapped", TEXTS["property not mapped"]] += 1
        return None
    value = (event.value or "")[:LONGEST_VALUE] if field in way.kept else ""
    who = event.who if not field or field in way.flags else ""
    return InboxEvent(
        way.tenant_id,
        way.connection_id,
        event.event_id,
        event.kind,
        event.record_id,
        field,
        value,
        ",".join(event.merged_ids),
        event.bulk,
        int(event.occurred_at.timestamp()),
        who,
    )


def _said(status: int, problem: HookRejected) -> Answer:
    return Answer(status, PLAIN, f"{problem.admin}\n".encode())
