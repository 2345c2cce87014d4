"""What an org consists of: objects and their fields, as describe tells them.

Source of the names: the describe calls of the REST API (Object Reference, "DescribeSObjectResult" and "Field").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

SHORT_TEXT = 255
"""Characters up to which a text area is an ordinary column; longer ones cannot be filtered or sorted."""

NUMBERS = frozenset({"int", "double", "currency", "percent"})
_UNGROUPABLE = frozenset({"double", "currency", "percent", "datetime", "address", "multipicklist", "anyType"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `type` is describe's word; names are the vendor's."""

    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    filterable: bool = True
    sortable: bool = True
    groupable: bool = True
    custom: bool = False
    calculated: bool = False
    restricted: bool = False
    """A picklist that takes no other values."""
    picklist: tuple[str, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    """The name by which a query follows the reference: Owner for OwnerId."""
    permissionable: bool = True
    """Whether permissions can hide it; required and system fields cannot be hidden that way."""
    default: Any = None
    """The stored value a new record has when none is given."""
    stored: bool = True
    """Whether the object's table has a column of this name."""
    unique: bool = False
    external_id: bool = False
    name_field: bool = False
    compound: str | None = None
    """The compound field this one is a part of: MailingAddress, Name."""
    through: tuple[str, str] | None = None
    """Where a field that is not stored is read: the reference field here and the field there,
    ("PersonContactId", "Email") for Account.PersonEmail."""
    id_lookup: bool = False
    """A standard field that names a record, as an external id does."""
    help: str | None = None
    indexed: bool = False

    @property
    def polymorphic(self) -> bool:
        """Whether the reference may point at several objects."""
        return len(self.reference_to) > 1

    @property
    def names_records(self) -> bool:
        """Whether a record may be named by a value of this field (describe: `idLookup`)."""
        return self.id_lookup or self.external_id

    @property
    def numeric(self) -> bool:
        """Whether values are numbers."""
        return self.type in NUMBERS


@dataclass(frozen=True, slots=True)
class Child:
    """Records elsewhere that point here: Lead has Tasks, which are Task rows whose WhoId is the lead."""

    relationship: str | None
    sobject: str
    field: str
    cascade: bool = False
    """Whether they go when this record goes."""


@dataclass(frozen=True, slots=True)
class SObject:
    """One object. `fields` has the lower-case names as keys and keeps the vendor's order."""

    name: str
    label: str
    label_plural: str
    prefix: str
    fields: Mapping[str, Field]
    children: tuple[Child, ...] = ()
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    queryable: bool = True
    undeletable: bool = False
    mergeable: bool = False
    replicateable: bool = False
    layoutable: bool = False
    searchable: bool = False
    history: str | None = None
    """The object that keeps this one's field history."""
    tracked: frozenset[str] = frozenset()
    """Fields whose changes the history keeps."""

    def field(self, name: str) -> Field | None:
        """A field by name, whatever its case."""
        return self.fields.get(name.lower())

    def following(self, relationship: str) -> Field | None:
        """The reference field behind a relationship name, whatever its case."""
        wanted = relationship.lower()
        return next((each for each in self.fields.values() if (each.relationship or "").lower() == wanted), None)

    def child(self, relationship: str) -> Child | None:
        """The child relationship of this name, whatever its case."""
        wanted = relationship.lower()
        return next((each for each in self.children if (each.relationship or "").lower() == wanted), None)

    @property
    def stored(self) -> list[Field]:
        """The fields that have a column, in order."""
        return [each for each in self.fields.values() if each.stored]

    @property
    def name_field(self) -> Field | None:
        """The field that names a record to people."""
        return next((each for each in self.fields.values() if each.name_field), None)

    def with_fields(self, fields: Iterable[Field]) -> SObject:
        """The same object with exactly these fields."""
        return replace(self, fields={each.name.lower(): each for each in fields})


def make_field(name: str, type: str, **facts: Any) -> Field:
    """A field with what follows from its type filled in: what cannot be grouped, filtered or sorted, lengths, defaults.

    `facts` are the other attributes of `Field` and win over what follows from the type.
    """
    return Field(name=name, type=type, **{**_by_type(type, facts.get("length", 0)), **facts})


def _by_type(type: str, length: int) -> dict[str, Any]:
    if type == "textarea" and length > SHORT_TEXT:
        return {"filterable": False, "sortable": False, "groupable": False}
    if type == "boolean":
        return {"nillable": False, "default": 0}
    if type in {"id", "reference"}:
        return {"length": 18}
    sortable = type not in {"address", "multipicklist"}
    return {"groupable": type not in _UNGROUPABLE, "sortable": sortable, **_USUAL.get(type, {})}


_USUAL: Mapping[str, Mapping[str, Any]] = {
    "address": {"stored": False, "createable": False, "updateable": False},
    "currency": {"precision": 18, "scale": 2},
    "double": {"precision": 18},
    "email": {"length": 80},
    "percent": {"precision": 3},
    "phone": {"length": 40},
    "picklist": {"length": 255},
    "combobox": {"length": 255, "groupable": False},
    "multipicklist": {"length": 4099},
    "string": {"length": 255},
    "textarea": {"length": 255},
    "url": {"length": 255},
    "anyType": {"filterable": False},
}
