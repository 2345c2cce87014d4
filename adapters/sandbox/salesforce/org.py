"""An org: its catalogue, its records in one file, who may see what, and who is told of changes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from adapters.sandbox.salesforce import custom, tables
from adapters.sandbox.salesforce.catalog import Catalog, Field
from adapters.sandbox.salesforce.changes import Change
from adapters.sandbox.salesforce.database import Database
from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.loading import Stamp, load
from adapters.sandbox.salesforce.opening import open_org
from adapters.sandbox.salesforce.serials import next_ids
from adapters.sandbox.salesforce.settings import OrgSettings
from adapters.sandbox.salesforce.view import EVERYTHING, View, build_view

Listener = Callable[[Sequence[Change]], None]


class Org:
    """One org in one SQLite file. A file that an earlier run filled is served as it is."""

    def __init__(self, path: Path, settings: OrgSettings) -> None:
        self.path = path
        self.settings = settings
        self.listeners: list[Listener] = []
        """Called with the changes after their commit, in the thread that made them."""
        self.hidden: set[tuple[str, str]] = set()
        """Objects and fields hidden from everybody, ("Lead", "HasOptedOutOfEmail"); the field "*" hides the object."""
        self.hidden_from: dict[str, set[tuple[str, str]]] = {}
        """The same for single users, by their id."""
        self.locked: set[str] = set()
        """Ids of records that somebody else holds a lock on."""
        self.rules: dict[str, Any] = {}
        """Validation rules that are switched on, by name; what they say is the writer's business."""
        self.catalog = Catalog(person_accounts=settings.person_accounts, shared_activities=settings.shared_activities)
        self._database = Database(path)
        self._views: dict[str | None, tuple[Any, View]] = {}
        self._pending = threading.local()
        self._create()
        open_org(self)

    @property
    def org_id(self) -> str:
        """The id of the organisation."""
        return make_id("00D", self.settings.org_serial)

    @property
    def user_id(self) -> str:
        """The id of the integration user."""
        return make_id("005", 1)

    def now_ms(self) -> int:
        """The present in milliseconds since 1970 UTC."""
        return self.settings.now_ms()

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """A connection that sees one moment throughout; inside `writing`, it sees what was written so far."""
        return self._database.reading()

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """The one writer's connection inside a transaction: committed at the end, rolled back on an error.

        May be nested. Changes noted with `tell` inside go to the listeners after the outermost commit.
        """
        return self._writing()

    def tell(self, changes: Iterable[Change]) -> None:
        """Notes changes for the listeners. Only inside `writing`; a rollback forgets them."""
        self._noted().extend(changes)

    def next_id(self, sobject_name: str, connection: sqlite3.Connection) -> str:
        """The id of a new record. Raises KeyError for an unknown object."""
        return self.next_ids(sobject_name, 1, connection)[0]

    def next_ids(self, sobject_name: str, count: int, connection: sqlite3.Connection) -> list[str]:
        """The ids of that many new records, rising. Raises KeyError for an unknown object."""
        return next_ids(connection, self.catalog.objects[sobject_name.lower()].prefix, count)

    def load(self, sobject_name: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Stores records as given, streaming, and says how many. Values are stored values; nothing is checked.

        What a row leaves out is filled in: Id, audit columns, defaults, and what is derived from its other values.
        """
        stamp = Stamp(self.now_ms(), self.user_id)
        return load(self._database, self.catalog.objects[sobject_name.lower()], rows, stamp)

    @contextmanager
    def seeding(self) -> Iterator[None]:
        """For filling an empty org: its indexes are built at the end."""
        with self.writing() as connection:
            for sobject in self.catalog.objects.values():
                tables.drop_indexes(connection, sobject)
        yield
        with self.writing() as connection:
            for sobject in self.catalog.objects.values():
                tables.index(connection, sobject)

    def add_custom_field(self, sobject: str, field: Field, *, visible: bool) -> None:
        """Adds a custom field, its column and its mirror on Account.

        `visible` grants it to those the agency's own permission set is assigned to; otherwise nobody sees it until a
        permission set that names it is assigned. Raises KeyError for an unknown object.
        """
        with self.writing() as connection:
            full_name = custom.add(self.catalog, connection, sobject, field)
            if visible:
                self.load("FieldPermissions", [custom.grant(connection, full_name)])

    def extend_picklist(self, sobject: str, field: str, values: Sequence[str]) -> None:
        """Adds values to a standard picklist for good. Raises KeyError for an unknown object or field."""
        with self.writing() as connection:
            custom.extend_picklist(self.catalog, connection, sobject, field, values)

    def drop_custom_field(self, sobject: str, name: str) -> None:
        """Deletes a custom field with its values and permissions. Nothing happens when it is not there."""
        with self.writing() as connection:
            custom.drop(self.catalog, connection, sobject, name)

    def hide(self, sobject: str, field: str, user_id: str | None = None) -> None:
        """Hides any field, standard ones too, from one user or from everybody."""
        self._hidden(user_id).add((sobject, field))

    def show(self, sobject: str, field: str, user_id: str | None = None) -> None:
        """Ends `hide`."""
        self._hidden(user_id).discard((sobject, field))

    def hide_object(self, sobject: str, user_id: str | None = None) -> None:
        """Takes away the right to read an object."""
        self._hidden(user_id).add((sobject, EVERYTHING))

    def show_object(self, sobject: str, user_id: str | None = None) -> None:
        """Ends `hide_object`."""
        self._hidden(user_id).discard((sobject, EVERYTHING))

    def view(self, user_id: str | None) -> View:
        """What a user may see now; None is the system, which sees everything."""
        with self.reading() as connection:
            (version,) = connection.execute("SELECT version FROM _versions WHERE what = 'permissions'").fetchone()
            hidden = frozenset(self.hidden | self.hidden_from.get(user_id or "", set())) if user_id else frozenset()
            key = (version, self.catalog.version, hidden)
            kept = self._views.get(user_id)
            if kept is None or kept[0] != key:
                kept = self._views[user_id] = (key, build_view(connection, self.catalog, user_id, hidden))
        return kept[1]

    def close(self) -> None:
        """Closes the file; nobody may use the org afterwards."""
        self._database.close()

    def _create(self) -> None:
        with self.writing() as connection:
            custom.restore(self.catalog, connection)
            for sobject in self.catalog.objects.values():
                tables.create(connection, sobject)
                tables.index(connection, sobject)
            tables.watch_permissions(connection)

    def _hidden(self, user_id: str | None) -> set[tuple[str, str]]:
        return self.hidden if user_id is None else self.hidden_from.setdefault(user_id, set())

    def _noted(self) -> list[Change]:
        noted: list[Change] | None = getattr(self._pending, "changes", None)
        if noted is None:
            noted = self._pending.changes = []
        return noted

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._database.writing(self._deliver) as connection:
                yield connection
        except BaseException:
            self._noted().clear()
            raise

    def _deliver(self) -> None:
        changes = self._noted().copy()
        self._noted().clear()
        if changes:
            for listener in list(self.listeners):
                listener(changes)
