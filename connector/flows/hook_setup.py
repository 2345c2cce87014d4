"""Setting webhooks up: addresses and secrets, and what to tell the admin of the CRM."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import sqlalchemy as sa

from adapters.contract import Inbound
from connector.core.mapping import from_document
from connector.flows.hook_routes import SECRET, digest, told_fields
from connector.flows.services import Refused, Services
from connector.store import audit, hook_secrets
from connector.store import connections as connection_rows
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.store.hook_secrets import HookSecret
from connector.store.sealing import SealBroken

KEY = "key"
"""The name under which an address's secret part is sealed beside the secret, so that we can try our own door."""
CLI = "cli"
"""Who acts where nobody is signed in."""
SHOWN_ONCE = "…"
"""In the place of an address's secret part, which is shown when it is made and never again."""
LONGEST = 500
"""Letters of a secret."""


class Listed(NamedTuple):
    """An address, the secrets that prove what comes there, and what to set up in the CRM."""

    about: str
    kind: str
    connection: str
    """The connection whose own address it is; empty for that of an app."""
    address: str
    secrets: Sequence[HookSecret]
    steps: Sequence[str]


class Proven(NamedTuple):
    """A secret, and the secret part of the address it belongs to; empty where that is not known any more."""

    secret: str
    key: str


class Added(NamedTuple):
    """A new secret. `address` is empty where a secret was added to an address that is there already."""

    id: int
    address: str
    steps: Sequence[str]


def listed(svc: Services, public_url: str) -> Sequence[Listed]:
    """Every address of the tenant's connections. Raises `Refused` when nobody said how CRMs reach us."""
    _reachable(public_url)
    with svc.store.read() as conn:
        found = connection_rows.connections_of(conn, svc.tenant.id)
        known = hook_secrets.secrets_for(conn, svc.tenant.id)
    apps = dict.fromkeys(each.kind for each in found if (one := _of(svc, each.kind)) and not one.own_address)
    shared = [_app(svc, public_url, kind, found, known) for kind in apps]
    own = [_own(svc, public_url, each, known) for each in found if (one := _of(svc, each.kind))]
    return [*shared, *(each for each in own if each.secrets or each.kind not in apps)]


def add_app_secret(svc: Services, kind: str, secret: str, actor: str = CLI) -> int:
    """Adds a secret by which an app proves every account of its kind; its id. Raises `Refused`."""
    if _inbound(svc, kind).own_address:
        raise Refused(
            f"{kind} signs nothing, so each connection has an address of its own. Make one: "
            "`leadtier hooks add --connection NAME`."
        )
    sealed = svc.sealer.seal({SECRET: _sane(secret)})
    with svc.store.write() as conn:
        audit.record(conn, svc.tenant.id, actor, "add webhook secret", kind, svc.now())
        return hook_secrets.add_app_secret(conn, kind, sealed, svc.now())


def _key_of(svc: Services, conn: sa.Connection, scope: Scope) -> str:
    """The secret part of the connection's address; empty where it was made before that was kept."""
    return next((held.key for held in own_secrets(svc, conn, scope) if held.key), "")


def own_secrets(svc: Services, conn: sa.Connection, scope: Scope) -> Sequence[Proven]:
    """The connection's own secrets, opened, the newest first; those of another LEADTIER_SECRET_KEY are left out."""
    found = []
    for sealed in hook_secrets.own_secrets(conn, scope):
        with suppress(SealBroken):
            held = svc.sealer.open(sealed)
            found.append(Proven(held[SECRET], held.get(KEY, "")))
    return found


def needs_secret(svc: Services, name: str) -> bool:
    """Whether the CRM behind this connection signs, so that its secret must be given. Raises `Refused`."""
    return not _inbound(svc, _named(svc, name).kind).own_address


def add_own(svc: Services, public_url: str, name: str, secret: str = "", actor: str = CLI) -> Added:
    """Makes an address of the connection's own, or adds a secret to the one it has.

    Where the CRM signs nothing the address itself is the secret, and every call makes another. Raises `Refused`.
    """
    _reachable(public_url)
    connection = _named(svc, name)
    inbound = _inbound(svc, connection.kind)
    fresh = secrets.token_urlsafe(32)
    given = "" if inbound.own_address else _sane(secret)
    with svc.store.write() as conn:
        before = "" if inbound.own_address else hook_secrets.address_of(conn, connection.scope)
        key = _key_of(svc, conn, connection.scope) if before else fresh
        sealed = svc.sealer.seal({SECRET: given or key, KEY: key})
        added = hook_secrets.add_own_secret(conn, connection.scope, before or digest(key), sealed, svc.now())
        audit.record(conn, svc.tenant.id, actor, "add webhook secret", connection.name, svc.now())
    if before:
        return Added(added, "", ())
    address = _address(public_url, connection.kind, key)
    return Added(added, address, inbound.setup(address, _fields([connection])))


def remove(svc: Services, secret_id: int, actor: str = CLI) -> None:
    """Removes a secret, and with the last one its address. Raises `Refused` when there is none such."""
    with svc.store.write() as conn:
        if not hook_secrets.remove_secret(conn, svc.tenant.id, secret_id):
            raise Refused(f"There is no webhook secret {secret_id}. `leadtier hooks` lists them.")
        audit.record(conn, svc.tenant.id, actor, "remove webhook secret", str(secret_id), svc.now())


def of_connection(svc: Services, public_url: str, connection: Connection) -> Sequence[Listed]:
    """Where this connection's webhooks may come: its own address, and that of the operator's app where it has secrets.

    Empty where its CRM sends none that we understand. Raises `Refused` when nobody said how CRMs reach us.
    """
    if (inbound := _of(svc, connection.kind)) is None:
        return ()
    _reachable(public_url)
    with svc.store.read() as conn:
        known = hook_secrets.secrets_for(conn, svc.tenant.id)
    shared = [] if inbound.own_address else [_app(svc, public_url, connection.kind, [connection], known)]
    return [_own(svc, public_url, connection, known), *(each for each in shared if each.secrets)]


def _app(svc: Services, public_url: str, kind: str, found: Sequence[Connection], known: Sequence[HookSecret]) -> Listed:
    name, address = svc.crm(kind).capabilities.name, _address(public_url, kind)
    steps = _inbound(svc, kind).setup(address, _fields([each for each in found if each.kind == kind]))
    mine = [each for each in known if each.kind == kind and not each.connection]
    return Listed(f"Every account of one {name} app", kind, "", address, mine, steps)


def _own(svc: Services, public_url: str, connection: Connection, known: Sequence[HookSecret]) -> Listed:
    address = _address(public_url, connection.kind, SHOWN_ONCE)
    steps = _inbound(svc, connection.kind).setup(address, _fields([connection]))
    mine = [each for each in known if each.connection == connection.name]
    return Listed(f"The connection {connection.name} alone", connection.kind, connection.name, address, mine, steps)


def _address(public_url: str, *parts: str) -> str:
    return "/".join((public_url, "hooks", *parts))


def _fields(found: Sequence[Connection]) -> Sequence[str]:
    return list(dict.fromkeys(name for each in found for name in told_fields(from_document(each.mapping))))


def _named(svc: Services, name: str) -> Connection:
    with svc.store.read() as conn:
        found = {each.name: each for each in connection_rows.connections_of(conn, svc.tenant.id)}
    if name not in found:
        raise Refused(f"There is no connection {name!r}. There are: {', '.join(found) or 'none'}.")
    return found[name]


def _of(svc: Services, kind: str) -> Inbound | None:
    crm = svc.crms.get(kind)
    return crm.inbound if crm else None


def _inbound(svc: Services, kind: str) -> Inbound:
    if (found := svc.crm(kind).inbound) is None:
        raise Refused(f"{kind} sends no webhooks that Leadtier understands; its changes are found by each sync.")
    return found


def _sane(secret: str) -> str:
    if not secret or len(secret) > LONGEST or len(secret.split()) != 1:
        raise Refused(f"That is no secret: it takes one word of at most {LONGEST} letters, as the CRM shows it.")
    return secret


def _reachable(public_url: str) -> None:
    if not public_url:
        raise Refused(
            "Nobody said how a CRM reaches this machine. Set LEADTIER_PUBLIC_URL to the address under which it is "
            "known outside, for example https://leads.example.com, for this command and for `leadtier serve`."
        )
