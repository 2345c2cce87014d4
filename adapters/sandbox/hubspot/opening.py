"""Opening an account: HubSpot's own properties, then a generated book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Protocol

import yaml

from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.hubspot.shape import complete, complete_group
from adapters.sandbox.seed import SeedObject, SeedOwner
from adapters.sandbox.store import Store
from adapters.sandbox.tables.definitions import Definition

_USUAL_FIELD = {
    "string": "text",
    "number": "number",
    "bool": "booleancheckbox",
    "enumeration": "select",
    "datetime": "date",
    "date": "date",
    "phone_number": "phonenumber",
}
"""The field type a property has when its line names only the type."""


class Book(Protocol):
    """What a generator hands over."""

    @property
    def owners(self) -> Sequence[SeedOwner]:
        """Users who may own records."""

    @property
    def groups(self) -> Sequence[Mapping[str, Any]]:
        """Property groups of the account's own, on contacts: name and label."""

    @property
    def properties(self) -> Mapping[str, Iterable[Mapping[str, Any]]]:
        """Property definitions of the account's own, by kind."""

    @property
    def archived_ids(self) -> Sequence[str]:
        """Contacts of the book that lie in the bin."""

    def objects(self) -> Iterator[SeedObject]:
        """Every record, streaming."""


def open_account(store: Store) -> None:
    """Gives an empty store the properties every HubSpot account has."""
    now = store.settings.now_ms()
    for name, kind in KINDS.items():
        groups = _standard()[name]
        store.definitions.put_groups(kind, [complete_group({"name": each, **groups[each]}) for each in groups])
        store.definitions.put(kind, list(_definitions(groups, now)))


def fill(store: Store, book: Book) -> int:
    """Pours a book into a store and opens the account; returns how many records the book held.

    Definitions come last: a store that has them was filled to the end, see `is_open`. What an interrupted filling left
    behind is thrown away first.
    """
    store.database.clear()
    total = store.load(book.objects(), book.owners)
    contacts = KINDS["contacts"]
    with store.database.writing() as connection:
        binned = store.objects.get_many(contacts, map(int, book.archived_ids)).values()
        store.objects.update(connection, contacts, [each._replace(archived_ms=each.updated_ms) for each in binned])
    store.definitions.put_groups(contacts, [complete_group(each) for each in book.groups])
    for name, own in book.properties.items():
        store.definitions.put(KINDS[name], [complete(each, store.settings.now_ms()) for each in own])
    open_account(store)
    return total


def is_open(store: Store) -> bool:
    """Whether the store holds an account already, from an earlier run over the same file."""
    return all(store.definitions.of(kind) for kind in KINDS.values())


def _definitions(groups: Mapping[str, Any], now: int) -> Iterator[Definition]:
    for group, content in groups.items():
        for name, given in content["properties"].items():
            yield complete(_spelled_out(name, group, given), now, vendor_defined=True)


def _spelled_out(name: str, group: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the data file as a definition: ``type`` may be short, options a mapping of value to label."""
    kept_as, _, field_type = str(given["type"]).partition("/")
    options = [{"value": value, "label": label} for value, label in (given.get("options") or {}).items()]
    own = {"name": name, "groupName": group, "type": kept_as, "fieldType": field_type or _USUAL_FIELD[kept_as]}
    return {**given, **own, "options": options, "readOnlyValue": given.get("ro", False)}


@cache
def _standard() -> dict[str, Any]:
    text = resources.files("adapters.sandbox.hubspot").joinpath("standard_properties.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found
