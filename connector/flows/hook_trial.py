"""Trying webhooks by the real path: an event as the CRM would send it, over the network, to our own door.

It speaks of a lead that is here, so that all it can do is have that lead read once more.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

from adapters.contract import Example, Inbound, InboundRequest
from connector.core.mapping import from_document
from connector.flows.doctor_live import anybody_works
from connector.flows.hook_routes import FLAGGED, app_secrets
from connector.flows.hook_setup import own_secrets
from connector.flows.services import Refused, Services
from connector.store import inbox
from connector.store import leads as lead_rows
from connector.store.connections import Connection
from connector.store.database import Scope

TIMEOUT = (5, 15)
"""Seconds to connect, and for an answer."""
PATIENCE = 30
"""Seconds after which an event that nobody handled is said to wait."""


class State(StrEnum):
    """How a step went."""

    OK = "ok"
    BAD = "bad"
    WAITS = "waits"
    NOT_TRIED = "not tried"


class Step(NamedTuple):
    """One step of the way, and what is to be said about it."""

    name: str
    state: State
    text: str


class Sent(NamedTuple):
    """An event on its way: how it was received, and by which id it is followed; empty when it was not."""

    steps: tuple[Step, ...]
    event_id: str
    at: int


TAKEN = "The door took the event as the CRM's."
REACHED, PROVEN, KEPT, HANDLED = "Address reached", "Signature accepted", "Stored in the inbox", "Handled by a worker"


def send(svc: Services, scope: Scope, here: str, address: str = "") -> Sent:
    """Sends an event to the connection's door at `here`, without a slash at its end, and says how it was received.

    `address` is the connection's own where its secret part is known to the admin alone. Raises `Refused` when there is
    nothing to send, or to prove it with.
    """
    connection = svc.connection(scope)
    inbound = svc.crm(connection.kind).inbound
    if inbound is None:
        raise Refused(f"{connection.kind} sends no webhooks that Leadtier understands.")
    made = _made(svc, connection, inbound, _door(svc, connection, inbound, here, address.strip()))
    event_id = inbound.parse(made).events[0].event_id
    steps = _posted(made)
    return Sent(steps, event_id if all(step.state is State.OK for step in steps) else "", svc.now())


def follow(svc: Services, scope: Scope, event_id: str, at: int) -> tuple[Step, Step]:
    """What has become since of an event that was sent at `at` (seconds since 1970)."""
    with svc.store.read() as conn:
        found = inbox.fate(conn, scope, event_id)
    if found is None:
        text = "Something answered, but the event is not here: another program answers at this address."
        return Step(KEPT, State.BAD, text), Step(HANDLED, State.NOT_TRIED, "")
    kept = Step(KEPT, State.OK, "The event is kept; nothing can lose it now.")
    if found.done_at is not None:
        took = max(0, found.done_at - at)
        text = f"Read again and scored after {took or 'less than 1'} second{'s' if took > 1 else ''}."
        return kept, Step(HANDLED, State.OK, text)
    if not anybody_works(svc):
        text = "Nobody works. Start `leadtier run`, or `leadtier work` beside `leadtier serve`."
        return kept, Step(HANDLED, State.BAD, text)
    late = svc.now() - at > PATIENCE
    text = "It waits longer than usual: the page Sync and health says what the worker does." if late else "It waits …"
    return kept, Step(HANDLED, State.WAITS, text)


def received() -> tuple[Step, Step]:
    """The first steps of an event that is followed: it is followed only when they went well."""
    return Step(REACHED, State.OK, "Our own door answered."), Step(PROVEN, State.OK, TAKEN)


class _Door(NamedTuple):
    """Where an event is posted to, and what proves it."""

    address: str
    secret: str


def _door(svc: Services, connection: Connection, inbound: Inbound, here: str, address: str) -> _Door:
    with svc.store.read() as conn:
        own = own_secrets(svc, conn, connection.scope)
    if address:
        if not address.startswith(f"{here}/hooks/{connection.kind}/"):
            raise Refused(f"That is no address of this connection: it begins with {here}/hooks/{connection.kind}/.")
        secret = address.rpartition("/")[2] if inbound.own_address else own[0].secret if own else ""
        return _Door(address, _some(secret))
    for held in own:
        if held.key:
            return _Door(f"{here}/hooks/{connection.kind}/{held.key}", held.secret)
    if own:
        raise Refused("The address was made before Leadtier kept its secret part. Paste it below, or add another.")
    apps = () if inbound.own_address else app_secrets(svc, connection.kind)
    return _Door(f"{here}/hooks/{connection.kind}", _some(apps[-1] if apps else ""))


def _some(secret: str) -> str:
    if not secret:
        raise Refused("No secret is known to prove a webhook with. Add one above, then try again.")
    return secret


def _made(svc: Services, connection: Connection, inbound: Inbound, door: _Door) -> InboundRequest:
    with svc.store.read() as conn:
        leads = lead_rows.leads_after(conn, connection.scope, 0, 1)
    if not leads:
        raise Refused("There is no lead here yet that the event could be about. Do the first sync, then try again.")
    bound = from_document(connection.mapping)
    told = [field.property for field in bound.fields if field.name not in FLAGGED]
    example = Example(door.address, connection.account_id, leads[0].crm_id, told[0] if told else "")
    return inbound.sample(example, door.secret, svc.clock())


def _posted(made: InboundRequest) -> tuple[Step, ...]:
    host = urlsplit(made.url).netloc
    try:
        with requests.Session() as session:
            # As the CRM would: by no proxy of ours, and led nowhere else.
            session.trust_env = False
            answer = session.post(
                made.url, data=made.body, headers=dict(made.headers), timeout=TIMEOUT, allow_redirects=False
            )
    except requests.RequestException as error:
        return Step(REACHED, State.BAD, _unreached(host, error)), *_not_tried(PROVEN, KEPT, HANDLED)
    if problem := _elsewhere(answer.status_code):
        return Step(REACHED, State.BAD, problem), *_not_tried(PROVEN, KEPT, HANDLED)
    reached = Step(REACHED, State.OK, f"{host} answered.")
    if not answer.ok:
        return reached, Step(PROVEN, State.BAD, _refused(answer)), *_not_tried(KEPT, HANDLED)
    return reached, Step(PROVEN, State.OK, TAKEN)


def _not_tried(*names: str) -> tuple[Step, ...]:
    return tuple(Step(name, State.NOT_TRIED, "") for name in names)


def _unreached(host: str, error: requests.RequestException) -> str:
    said = str(error)
    if isinstance(error, requests.exceptions.SSLError):
        return f"{host} has no certificate that is believed. Renew it, or check that it is for this name."
    if isinstance(error, requests.Timeout):
        return f"{host} did not answer in time. Check the firewall and what forwards to this machine."
    if "NameResolution" in said or "Name or service" in said or "getaddrinfo" in said:
        return f"Nobody knows the name {host}. Check the DNS entry and LEADTIER_PUBLIC_URL."
    return f"{host} takes no connection. Check that the proxy in front runs and that LEADTIER_PUBLIC_URL names it."


def _elsewhere(status: int) -> str:
    """What is wrong with the address, or with what stands in front of us."""
    if 300 <= status < 400:
        return "The address leads somewhere else, and CRMs do not follow. Set LEADTIER_PUBLIC_URL to where it leads."
    if status in (404, 405):
        return "Something answered, but there is no door at this address. Check what the proxy forwards, and its path."
    if status in (502, 503, 504):
        return "The proxy answered for us: behind it nobody did. Check that `leadtier serve` runs and is reachable."
    return ""


def _refused(answer: requests.Response) -> str:
    said = answer.text.strip()[:300] if answer.headers.get("Content-Type", "").startswith("text/plain") else ""
    if answer.status_code == 401:
        mend = "The address that we post to and the one the door sees must be the same, to the letter."
        return f"{said or 'The signature was refused.'} {mend}"
    return f"The door answered {answer.status_code}. {said}".strip()
