"""The catalogue of one org: the standard objects, and what was added to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from adapters.sandbox.salesforce.catalog.loading import standard_objects
from adapters.sandbox.salesforce.catalog.model import Field, SObject
from adapters.sandbox.salesforce.catalog.person import ACCOUNT, CONTACT, mirror_of, with_person_fields

_SHARED = {"TaskRelation", "EventRelation"}
"""Objects that exist only where activities may be related to several people."""


class Catalog:
    """Every object by its lower-case name."""

    def __init__(self, *, person_accounts: bool = True, shared_activities: bool = True) -> None:
        self.person_accounts = person_accounts
        objects = dict(standard_objects())
        if not shared_activities:
            objects = {key: each for key, each in objects.items() if each.name not in _SHARED}
        if person_accounts:
            objects = with_person_fields(objects)
        self.objects: dict[str, SObject] = _with_children(objects)
        self.version = 0
        """Rises with every change."""

    def object(self, name: str) -> SObject | None:
        """An object by name, whatever its case."""
        return self.objects.get(name.lower())

    def by_prefix(self, prefix: str) -> SObject | None:
        """The object whose ids begin with these three characters."""
        return next((each for each in self.objects.values() if each.prefix == prefix), None)

    def add_field(self, sobject: str, field: Field) -> list[tuple[str, Field]]:
        """Adds a field or replaces one of its name; says what was added where.

        A field of Contact appears on Account as well (X__c as X__pc) where Person Accounts are on. Raises KeyError for
        an unknown object.
        """
        added = [(self.objects[sobject.lower()].name, field)]
        if self.person_accounts and sobject.lower() == CONTACT.lower():
            added.append((ACCOUNT, mirror_of(field)))
        self._put(added)
        return added

    def extend_picklist(self, sobject: str, field: str, values: Iterable[str]) -> None:
        """Adds values to a picklist, behind those it has.

        A list of Contact serves Account as well where Person Accounts are on. Raises KeyError for an unknown object
        or field.
        """
        home = self.objects[sobject.lower()]
        own = home.fields[field.lower()]
        longer = tuple(dict.fromkeys((*own.picklist, *values)))
        mirrors = [
            (ACCOUNT, each)
            for each in self.objects[ACCOUNT.lower()].fields.values()
            if home.name == CONTACT and each.through and each.through[1] == own.name
        ]
        self._put([(name, replace(each, picklist=longer)) for name, each in [(home.name, own), *mirrors]])

    def _put(self, fields: Iterable[tuple[str, Field]]) -> None:
        for name, field in fields:
            found = self.objects[name.lower()]
            self.objects[name.lower()] = replace(found, fields={**found.fields, field.name.lower(): field})
        self.version += 1

    def drop_field(self, sobject: str, name: str) -> None:
        """Takes a field, and its mirror on Account, out again. Nothing happens when it is not there."""
        taken = {sobject.lower(): name.lower()}
        if sobject.lower() == CONTACT.lower():
            taken[ACCOUNT.lower()] = name.lower().removesuffix("__c") + "__pc"
        for key, gone in taken.items():
            found = self.objects[key]
            self.objects[key] = replace(found, fields={k: each for k, each in found.fields.items() if k != gone})
        self.version += 1


def _with_children(objects: dict[str, SObject]) -> dict[str, SObject]:
    """Every object with the child relationships that lead to objects of this org."""
    names = {each.name for each in objects.values()}
    return {
        key: replace(each, children=tuple(child for child in each.children if child.sobject in names))
        for key, each in objects.items()
    }
