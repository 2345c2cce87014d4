"""The vault of a connection's credentials: sealed in the store, renewed by one process at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from connector.store import connections as connection_rows
from connector.store.database import Scope, Store
from connector.store.exclusive import one_renewer
from connector.store.sealing import Sealer


@dataclass(frozen=True)
class ConnectionVault:
    """See `adapters.contract.Vault`."""

    store: Store
    sealer: Sealer
    scope: Scope
    kept: Callable[[int, str], None]
    """Told the connection and the new sealed text: the account that is open need not be opened anew."""

    @contextmanager
    def renewing(self) -> Iterator[Mapping[str, str]]:
        """The credentials as another process may have left them, with every other renewer kept out."""
        with one_renewer(self.store, self.scope.connection_id):
            with self.store.read() as conn:
                sealed = connection_rows.connection_by_id(conn, self.scope).sealed
            yield self.sealer.open(sealed)

    def keep(self, fresh: Mapping[str, str]) -> None:
        """Seals and commits."""
        sealed = self.sealer.seal(fresh)
        with self.store.write() as conn:
            connection_rows.set_credentials(conn, self.scope, sealed)
        self.kept(self.scope.connection_id, sealed)
