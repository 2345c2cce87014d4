"""What the sandbox remembers.

`Store` keeps facts; the vendor's rules (what is valid, what a write sets off) live in ``adapters.sandbox.hubspot``.
Times are milliseconds since 1970 UTC, and property values are strings, as HubSpot keeps them; a property without a
value is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from adapters.sandbox.database import Database
from adapters.sandbox.hubspot.events import Event
from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.seed import SeedObject, SeedOwner
from adapters.sandbox.settings import Settings
from adapters.sandbox.tables.associations import Associations
from adapters.sandbox.tables.definitions import Definitions
from adapters.sandbox.tables.history import History
from adapters.sandbox.tables.loading import load
from adapters.sandbox.tables.objects import Objects, StoredObject
from adapters.sandbox.tables.owners import Owner, Owners
from adapters.sandbox.tables.stale import Stale
from adapters.sandbox.tables.subscriptions import Subscriptions

__all__ = ["SeedObject", "SeedOwner", "Store", "StoredObject"]

OWNERS_SINCE = 1_704_186_000_000
"""When every generated user joined, in milliseconds since 1970: 2 January 2024, 9:00 UTC."""


def _nobody(_: Iterable[Event]) -> None:
    """The listener while nobody listens."""


class Store:
    """The CRM's data in one SQLite file."""

    def __init__(self, path: Path, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.listener: Callable[[Iterable[Event]], None] = _nobody
        """Called after every change has been committed; webhooks hang here."""
        self.database = Database(path, tuple(KINDS))
        self.objects = Objects(self.database)
        self.associations = Associations(self.database)
        self.definitions = Definitions(self.database)
        self.history = History(self.database)
        self.owners = Owners(self.database)
        self.stale = Stale(self.database)
        self.subscriptions = Subscriptions(self.database)

    def load(self, objects: Iterable[SeedObject], owners: Iterable[SeedOwner] = ()) -> int:
        """Pours a book into an empty store, streaming, and returns how many records it held."""
        self.owners.add(Owner(int(item.id), *item[1:], created_ms=OWNERS_SINCE) for item in owners)
        with self.database.loading() as connection:
            return load(connection, objects)

    def find(self, type: str, id: str | int) -> StoredObject | None:
        """The live record with this id, or the one it was merged into; None when there is none."""
        kind, number = KINDS[type], int(id)
        number = self.objects.resolve(kind, [number]).get(number, number)
        found = self.objects.get(kind, number)
        return None if found is None or found.archived_ms is not None else found

    def tied(self, type: str, id: str | int, to_type: str) -> list[StoredObject]:
        """The live records of `to_type` tied to this one, ascending by id."""
        ids = self.associations.ids(KINDS[type], int(id), KINDS[to_type])
        found = self.objects.get_many(KINDS[to_type], ids)
        return [found[other] for other in ids if other in found and found[other].archived_ms is None]

    def close(self) -> None:
        """Lets go of the file."""
        self.database.close()
