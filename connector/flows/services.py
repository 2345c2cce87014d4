"""What a story may use: the store, the seal, the clock, the CRM adapters. Assembled in `connector.services`."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from adapters.contract import Adapter, Crm, Ledger, Vault
from connector.core.mapping import BoundMapping, from_document
from connector.core.scoring import Evaluator
from connector.core.vocabulary import Vocabulary
from connector.flows.bookcase import ENOUGH_BYTES, Bookcase
from connector.flows.call_ledger import ledger_for
from connector.flows.identity import Provider
from connector.flows.looks import Looks
from connector.flows.opened import OpenAccounts
from connector.flows.pull import Pull
from connector.flows.vault import ConnectionVault
from connector.store import connections as connection_rows
from connector.store import tenants
from connector.store.connections import Connection
from connector.store.database import Scope, Store
from connector.store.sealing import Sealer
from connector.store.tenants import Tenant


class Refused(Exception):
    """The story cannot be told; the text is for a person and says what to do next."""


@dataclass
class Services:
    """Everything a story needs from the world."""

    store: Store
    sealer: Sealer
    vocabulary: Vocabulary
    """The words that ship and the tenant's own."""
    crms: Mapping[str, Crm]
    """The CRMs we know, by kind, from the entry-point group ``leadtier.adapters``."""
    tenant: Tenant
    """Whose day it is and whose model scores. Commands and pages know one tenant; workers take `for_tenant`."""
    clock: Callable[[], datetime]
    """The aware time now."""
    sleep: Callable[[float], None]
    public_url: str = ""
    """Where CRMs and reps reach us from outside, without a slash at its end; empty: nowhere."""
    apps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The operator's own app by kind of CRM: settings that no agency needs to give."""
    provider: Provider | None = None
    """By whom people may sign in instead of with a password; None: nobody."""
    pulls: dict[int, Pull] = field(default_factory=dict)
    """Streams being read, by run; lost with the process and begun again from the run's place."""
    evaluators: dict[tuple[Tenant, int], Evaluator] = field(default_factory=dict)
    """Evaluators by tenant, as it is now, and model version: making one costs more than using it."""
    preview_bytes: int = ENOUGH_BYTES
    """Memory for `books`."""
    books: Bookcase = field(init=False)
    """The books of leads that models are tried on; see `connector.flows.book`."""
    accounts: OpenAccounts = field(init=False)
    looks: Looks = field(init=False, default_factory=Looks)
    """What the CRMs' contacts look like just now: people's data, kept in memory for minutes only."""
    _shipped: Vocabulary = field(init=False)
    _views: dict[int, Services] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.accounts = OpenAccounts(self._open)
        self.books = Bookcase(self.preview_bytes)
        self._shipped = self.vocabulary
        self._become(self.tenant)

    def _become(self, tenant: Tenant) -> None:
        """The tenant comes last: who sees it in another thread has its words too."""
        self.vocabulary = self._shipped.with_custom(json.loads(tenant.custom_fields))
        self.tenant = tenant

    def for_tenant(self, tenant_id: int) -> Services:
        """The same services for one tenant: its zone and its own fields as they are now, everything else shared.

        Raises `LookupError` when there is no such tenant.
        """
        with self.store.read() as conn:
            tenant = tenants.tenant_by_id(conn, tenant_id)
        if tenant.id == self.tenant.id:
            if tenant != self.tenant:
                self._become(tenant)
            return self
        view = self._views.get(tenant_id)
        if view is None or view.tenant != tenant:
            view = copy.copy(self)
            view._become(tenant)
            self._views[tenant_id] = view  # when it is whole: other threads take it from here
        return view

    def now(self) -> int:
        """Whole seconds since 1970 UTC."""
        return int(self.clock().timestamp())

    @property
    def zone(self) -> ZoneInfo:
        """The tenant's zone: its midnight is when days begin."""
        try:
            return ZoneInfo(self.tenant.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    def today(self) -> str:
        """The tenant's date, ISO."""
        return self.clock().astimezone(self.zone).date().isoformat()

    def connection(self, scope: Scope) -> Connection:
        """The connection behind a scope. Raises `LookupError` when the tenant has none such."""
        with self.store.read() as conn:
            return connection_rows.connection_by_id(conn, scope)

    def mapping(self, scope: Scope) -> BoundMapping:
        """The connection's published field mapping."""
        return from_document(self.connection(scope).mapping)

    def account(self, scope: Scope) -> Adapter:
        """The connection's CRM account, open. Raises `SealBroken` when its credentials cannot be opened."""
        return self.accounts.get(self.connection(scope))

    def _open(self, connection: Connection) -> Adapter:
        vault = ConnectionVault(self.store, self.sealer, connection.scope, self.accounts.keeps)
        credentials = self.sealer.open(connection.sealed)
        ledger = ledger_for(self.store, connection.scope)
        return self.open_adapter(connection.kind, credentials, connection.base_url, vault, ledger)

    def open_adapter(
        self,
        kind: str,
        credentials: Mapping[str, str],
        base_url: str | None,
        vault: Vault | None = None,
        ledger: Ledger | None = None,
    ) -> Adapter:
        """An adapter of that kind. Raises `Refused` when none is installed."""
        return self.crm(kind).open(
            credentials, base_url=base_url, clock=self.clock, sleep=self.sleep, vault=vault, ledger=ledger
        )

    def crm(self, kind: str) -> Crm:
        """The kind of CRM. Raises `Refused` when there is no adapter for it."""
        return crm_of(self.crms, kind)

    def close(self) -> None:
        """Stops reading and lets go of everything."""
        for pull in self.pulls.values():
            pull.close()
        self.looks.close()
        self.accounts.close()
        self.store.close()


def crm_of(crms: Mapping[str, Crm], kind: str) -> Crm:
    """One of these kinds of CRM. Raises `Refused` when it is not among them."""
    if (found := crms.get(kind)) is None:
        raise Refused(f"There is no adapter for {kind!r}. Installed: {', '.join(sorted(crms)) or 'none'}.")
    return found


def utc_now() -> datetime:
    """The clock of a running process."""
    return datetime.now(UTC)
