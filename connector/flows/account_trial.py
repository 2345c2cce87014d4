"""The trial before an account is connected: a look by what is held, then, with one click, the connection."""

from __future__ import annotations

from dataclasses import dataclass, replace

from adapters.contract import AdapterError
from connector.core.mapping import MappingRefused
from connector.flows import grants, ways
from connector.flows.account_look import Purse, Seen, lacking
from connector.flows.account_look import look as look_at_account
from connector.flows.actors import Actor
from connector.flows.connect import Connected
from connector.flows.connect import connect as connect_account
from connector.flows.grants import Held
from connector.flows.mapping_source import Source
from connector.flows.reconnect import SameAccount, connect_again, look_again
from connector.flows.reconnect import create_missing as create_fields
from connector.flows.services import Refused, Services
from connector.store import connections as connection_rows
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.store.sealing import SealBroken


class NotLetIn(Refused):
    """The CRM does not let us in with what was given; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a look found. `before` is what the account is called here already; empty: it is new."""

    seen: Seen
    before: str

    @property
    def refusal(self) -> str:
        """Why it cannot be connected; empty when it can."""
        return lacking(self.seen.missing) if self.seen.missing else ""


def look(svc: Services, actor: Actor, word: str, wish: Held) -> Tried:
    """Asks the account everything and changes nothing. Raises `NotLetIn` when the CRM does not answer or refuses."""
    purse = Purse(dict(wish.settings))
    try:
        source = Source(svc, wish.kind, "")
        mapping_for = source.mapping_for
        if wish.again:
            mapping_for = SameAccount(source, svc.connection(Scope(svc.tenant.id, wish.again))).mapping_for
        seen = look_at_account(svc, wish.kind, purse, wish.base_url, mapping_for)
    except AdapterError as error:
        raise NotLetIn(error.admin) from error
    except (MappingRefused, Refused, LookupError) as error:
        raise NotLetIn(str(error)) from error
    finally:
        if purse.credentials != wish.settings:
            grants.renewed(svc, actor, word, replace(wish, settings=purse.credentials))
    with svc.store.read() as conn:
        before = connection_rows.connection_to(conn, svc.tenant.id, wish.kind, seen.account.id)
    return Tried(seen, before.name if before else "")


def connect(svc: Services, actor: Actor, word: str) -> Connected:
    """Connects what is held. Raises `Refused` with what keeps it; nothing is saved then."""
    wish = grants.held(svc, actor, word)
    try:
        if wish.again:
            scope = Scope(svc.tenant.id, wish.again)
            done = connect_again(svc, scope, wish.settings, wish.base_url, actor.email)
        else:
            done = connect_account(
                svc, wish.kind, wish.settings, wish.base_url, wish.name.strip() or None, author=actor.email
            )
    except (AdapterError, MappingRefused, LookupError) as error:
        raise Refused(str(error)) from error
    grants.drop(svc, actor, word)
    return done


def name_of(svc: Services, wish: Held) -> str:
    """What the connection is called that gets new credentials; empty where a new one is made."""
    if not wish.again:
        return ""
    try:
        return svc.connection(Scope(svc.tenant.id, wish.again)).name
    except LookupError:
        return ""


def again(svc: Services, connection: Connection) -> Held:
    """What a connection was connected with, to be given anew."""
    try:
        stored = svc.sealer.open(connection.sealed)
    except SealBroken:
        stored = {}
    way = ways.way_of(svc, connection.kind, stored)
    return Held(connection.kind, way, stored, connection.base_url, again=connection.id)


def look_now(svc: Services, scope: Scope) -> Seen:
    """Another look at a connected account. Raises `NotLetIn` when the CRM does not answer or refuses."""
    try:
        return look_again(svc, scope)
    except AdapterError as error:
        raise NotLetIn(error.admin) from error
    except (MappingRefused, Refused, SealBroken) as error:
        raise NotLetIn(str(error)) from error


def create_missing(svc: Services, scope: Scope, actor: Actor) -> Seen:
    """Creates the score fields that are missing. Raises `Refused` with what keeps it."""
    try:
        return create_fields(svc, scope, actor)
    except AdapterError as error:
        raise Refused(error.admin) from error
    except (MappingRefused, SealBroken) as error:
        raise Refused(str(error)) from error
