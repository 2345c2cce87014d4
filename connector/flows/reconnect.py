"""Connecting again: other credentials for the very account, or another look at it with those that are there.

Mapping, leads and cursors stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.contract import Account
from connector.core.mapping import CrmMapping, to_document
from connector.flows.account_look import Purse, Seen, look_at, set_up, set_up_at
from connector.flows.actors import Actor
from connector.flows.connect import Connected, New, fill_new_fields, finish, keep_problems, save
from connector.flows.mapping_source import CONNECTING, Source
from connector.flows.services import Refused, Services
from connector.store import audit, mapping_versions
from connector.store.connections import Connection
from connector.store.database import Scope


def connect_again(
    svc: Services, scope: Scope, credentials: Mapping[str, str], base_url: str | None, author: str
) -> Connected:
    """Gives a connection new credentials to the very account it has; otherwise as `connect`.

    Raises `Refused` also when they are of another account: its leads would be mixed up with those that are here.
    """
    before = svc.connection(scope)
    source = SameAccount(Source(svc, before.kind, ""), before)
    purse = Purse(dict(credentials))
    seen = set_up(svc, before.kind, purse, base_url, source.mapping_for)
    new = New(before.kind, before.name, base_url, source.source.text, author, "reconnect")
    return finish(svc, save(svc, new, purse, seen), before, purse, seen)


def look_again(svc: Services, scope: Scope) -> Seen:
    """Asks the connected account everything and changes nothing. Raises the error family."""
    before = svc.connection(scope)
    return look_at(svc, svc.account(scope), SameAccount(Source(svc, before.kind, ""), before).mapping_for)


def create_missing(svc: Services, scope: Scope, actor: Actor) -> Seen:
    """Creates the score fields that are missing, and writes to them from the next run on.

    Raises `Refused` when a permission is missing, and the error family.
    """
    before = svc.connection(scope)
    source = SameAccount(Source(svc, before.kind, ""), before)
    seen = set_up_at(svc, svc.account(scope), source.mapping_for)
    with svc.store.write() as conn:
        document, author = to_document(seen.bound), actor.email + CONNECTING
        mapping_versions.publish_mapping(conn, scope, source.source.text, document, author, svc.now())
        audit.record(conn, scope.tenant_id, actor.email, "create score fields", before.name, svc.now())
    keep_problems(svc, scope, seen)
    fill_new_fields(
        svc, scope, seen.fields, opened=set(seen.bound.writes.values()) - set(before.mapping["writes"].values())
    )
    return seen


@dataclass
class SameAccount:
    """The mapping of the account that is connected; of any other none."""

    source: Source
    before: Connection

    def mapping_for(self, account: Account) -> CrmMapping:
        """The mapping. Raises `Refused` for another account."""
        if account.id != self.before.account_id:
            raise Refused(
                f"This is account {account.id}; {self.before.name} is connected to account {self.before.account_id}. "
                "Sign in to that one, or connect the other as a connection of its own."
            )
        return self.source.mapping_for(account)
