"""Quotas: how many calls a day a CRM allows, and who used them. The CRM is asked only when a person says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.contract import AdapterError, Quota
from connector.flows.heard_hooks import midnight
from connector.flows.opened import SeenQuota
from connector.flows.services import Refused, Services
from connector.store import connections as connection_rows
from connector.store import run_lists
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.store.run_lists import Used
from connector.store.sealing import SealBroken


@dataclass(frozen=True, slots=True)
class Calls:
    """A connection's calls since the agency's midnight; `seen` is what the CRM said last, None where nobody asked."""

    connection: Connection
    today: Used
    seen: SeenQuota | None

    @property
    def quota(self) -> Quota | None:
        """The day's calls, where they are limited and known."""
        return self.seen.quota if self.seen else None

    @property
    def percent(self) -> float | None:
        """How much of the day's calls is used, by everybody who calls the account; None where nobody knows."""
        return 100 * self.quota.used / self.quota.limit if self.quota and self.quota.limit else None

    @property
    def ours(self) -> float | None:
        """How much of the day's calls our runs used; by our day, which may begin at another hour than the CRM's."""
        return 100 * self.today.calls / self.quota.limit if self.quota and self.quota.limit else None


def calls_today(svc: Services) -> Sequence[Calls]:
    """The calls of each of the agency's connections, without asking any CRM."""
    with svc.store.read() as conn:
        connections = connection_rows.connections_of(conn, svc.tenant.id)
        used = run_lists.calls_since(conn, svc.tenant.id, midnight(svc))
    seen = svc.accounts.quotas
    return [Calls(one, used.get(one.id, Used(0, 0)), seen.get(one.id)) for one in connections]


def ask(svc: Services, scope: Scope) -> SeenQuota:
    """Asks the CRM how many calls are left; costs a call or none. Raises `Refused` with its sentence when it fails."""
    try:
        quota = svc.account(scope).quota()
    except AdapterError as error:
        raise Refused(error.admin) from error
    except SealBroken as error:
        raise Refused(str(error)) from error
    seen = svc.accounts.quotas[scope.connection_id] = SeenQuota(quota, svc.now())
    return seen
