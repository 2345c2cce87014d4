"""A connection's webhooks for its page: where they come, what proves them, what was heard and what was refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from connector.flows import hook_setup
from connector.flows.actors import Actor
from connector.flows.heard_hooks import heard_today
from connector.flows.hook_setup import Added, Listed
from connector.flows.services import Refused, Services
from connector.store import hook_counts
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.store.hook_counts import Refusals
from connector.store.inbox import Heard

LONG = 4
"""From so many lines on something to be copied is folded away and offered as a file."""
FILE = "leadtier-webhooks.json"


class Step(NamedTuple):
    """One step of setting webhooks up; `copied` is what is to be copied there, empty where nothing is."""

    text: str
    copied: str = ""

    @property
    def is_long(self) -> bool:
        """Whether it is offered as a file."""
        return self.copied.count("\n") >= LONG


@dataclass(frozen=True, slots=True)
class Hooks:
    """Webhooks of one connection."""

    connection: Connection
    crm: str
    unreachable: str
    """Why no CRM can reach us; empty when one can."""
    takes: bool
    """Whether this kind of CRM sends webhooks that we understand."""
    signs: bool
    """Whether its app signs, so that the secret is given, not made."""
    own: Listed | None
    app: Listed | None
    heard: Heard | None
    refused: Sequence[Refusals]

    @property
    def proven(self) -> bool:
        """Whether any secret is known."""
        return bool((self.own and self.own.secrets) or self.app)

    @property
    def steps(self) -> Sequence[Step]:
        """What to set up in the CRM."""
        listed = self.app if self.app and not (self.own and self.own.secrets) else self.own
        return steps(listed.steps) if listed else ()

    @property
    def copied(self) -> str:
        """The long part of the steps; empty where there is none."""
        return next((step.copied for step in self.steps if step.is_long), "")


def hooks(svc: Services, scope: Scope) -> Hooks:
    """How the connection's webhooks stand. Raises `LookupError` when the agency has no such connection."""
    connection = svc.connection(scope)
    crm = svc.crms.get(connection.kind)
    inbound = crm.inbound if crm else None
    try:
        found, unreachable = hook_setup.of_connection(svc, svc.public_url, connection), ""
    except Refused as problem:
        found, unreachable = (), str(problem)
    with svc.store.read() as conn:
        refused = hook_counts.counts_for(conn, svc.tenant.id)
    return Hooks(
        connection=connection,
        crm=crm.capabilities.name if crm else connection.kind,
        unreachable=unreachable,
        takes=inbound is not None,
        signs=inbound is not None and not inbound.own_address,
        own=next((each for each in found if each.connection), None),
        app=next((each for each in found if not each.connection), None),
        heard=heard_today(svc).get(connection.name),
        refused=[each for each in refused if each.connection == connection.name or _may_be_its(each, connection)],
    )


def _may_be_its(refusal: Refusals, connection: Connection) -> bool:
    """Nobody can tell whose these were; they came to an address of its kind, or to none that there is."""
    return not refusal.connection and refusal.source in (connection.kind, "addresses")


def steps(lines: Sequence[str]) -> Sequence[Step]:
    """Lines of `Inbound.setup`: what is to be copied goes with the line before it."""
    return list(_steps(lines))


def _steps(lines: Sequence[str]) -> Iterator[Step]:
    text, copied = "", []
    for line in lines:
        if line.startswith("    "):
            copied.append(line[4:])
            continue
        if text:
            yield Step(text, "\n".join(copied))
        text, copied = line, []
    if text:
        yield Step(text, "\n".join(copied))


def add(svc: Services, connection: Connection, secret: str, actor: Actor) -> Added:
    """Makes an address of the connection's own, or adds a secret to it. Raises `Refused`."""
    return hook_setup.add_own(svc, svc.public_url, connection.name, secret, actor.email)


def remove(svc: Services, of: Hooks, secret_id: int, actor: Actor) -> None:
    """Removes one of the connection's own secrets; an app's is the operator's. Raises `Refused`."""
    if of.own is None or secret_id not in {one.id for one in of.own.secrets}:
        raise Refused("There is no such secret here any more.")
    hook_setup.remove(svc, secret_id, actor.email)


__all__ = ["FILE", "Added", "Hooks", "Step", "add", "hooks", "remove", "steps"]
