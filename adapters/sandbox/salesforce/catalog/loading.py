"""The standard objects from their data files, one per object.

A file's field line says only what differs from the usual: `system` is a field nobody sets, `required` one that must
have a value (neither can be hidden by permissions), `open` one permissions cannot hide, `to` are the objects a
reference may name, `list` is a picklist several fields share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from adapters.sandbox.salesforce.catalog.model import Child, Field, SObject, make_field

_OBJECT_FACTS = ("undeletable", "mergeable", "replicateable", "layoutable", "searchable")
_READ_ONLY = {"createable": False, "updateable": False, "permissionable": False}
_FLAGS: Mapping[str, Mapping[str, Any]] = {
    "system": _READ_ONLY,
    "required": {"nillable": False, "permissionable": False},
    "open": {"permissionable": False},
    "create_only": {"updateable": False},
    "update_only": {"createable": False, "permissionable": False},
    "name_field": {"name_field": True},
    "restricted": {"restricted": True},
    "lookup": {"id_lookup": True},
    "indexed": {"indexed": True},
    "unqueryable": {"filterable": False, "sortable": False, "groupable": False},
    "ungroupable": {"groupable": False},
    "unsortable": {"sortable": False},
    "unfilterable": {"filterable": False},
}
_PLAIN = ("label", "length", "precision", "scale", "default", "compound", "nillable")

_AUDIT: Mapping[str, tuple[str, ...]] = {
    "full": ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"),
    "history": ("CreatedDate", "CreatedById"),
    "stamped_history": ("CreatedDate", "CreatedById", "SystemModstamp"),
    "stamp": ("SystemModstamp",),
    "none": (),
}


@cache
def standard_objects() -> Mapping[str, SObject]:
    """Every standard object by its lower-case name, without what Person Accounts add."""
    folder = resources.files(__package__) / "objects"
    lists = yaml.safe_load((resources.files(__package__) / "picklists.yaml").read_text(encoding="utf-8"))
    found = (
        _object(yaml.safe_load(each.read_text(encoding="utf-8")), lists)
        for each in sorted(folder.iterdir(), key=lambda file: file.name)
        if each.name.endswith(".yaml")
    )
    return {each.name.lower(): each for each in found}


def _object(document: Mapping[str, Any], lists: Mapping[str, list[str]]) -> SObject:
    traits = set(document.get("traits", ()))
    fields = {each.name.lower(): each for each in _fields(document, lists)}
    return SObject(
        name=document["name"],
        label=document.get("label", spaced(document["name"])),
        label_plural=document.get("plural", f"{spaced(document['name'])}s"),
        prefix=document.get("prefix", ""),
        fields=fields,
        children=tuple(_child(line) for line in document.get("children", ())),
        createable="not_createable" not in traits,
        updateable="not_updateable" not in traits,
        deletable="not_deletable" not in traits,
        history=document.get("history"),
        tracked=frozenset(document.get("tracked", ())),
        **{fact: fact in traits for fact in _OBJECT_FACTS},
    )


def _child(line: str) -> Child:
    """A child relationship from its line, like "Tasks: Task.WhoId, cascade"."""
    relationship, _, rest = line.partition(": ")
    path, _, cascade = rest.partition(", ")
    sobject, _, field = path.partition(".")
    return Child(relationship, sobject, field, cascade == "cascade")


def _fields(document: Mapping[str, Any], lists: Mapping[str, list[str]]) -> Iterator[Field]:
    yield make_field(
        "Id",
        "id",
        label=f"{document.get('label', spaced(document['name']))} ID",
        nillable=False,
        id_lookup=True,
        **_READ_ONLY,
    )
    if document.get("deletes", True):
        yield make_field("IsDeleted", "boolean", label="Deleted", **_READ_ONLY)
    for name, line in document["fields"].items():
        yield field_of(name, line, lists)
    for name in _AUDIT[document.get("audit", "full")]:
        yield _audit(name)


def field_of(name: str, line: Mapping[str, Any], lists: Mapping[str, list[str]]) -> Field:
    """A field from its line in a data file."""
    facts: dict[str, Any] = {"label": spaced(name)}
    for flag in line.get("is", ()):
        facts |= _FLAGS[flag]
    facts |= {key: line[key] for key in _PLAIN if key in line}
    if "values" in line or "list" in line:
        facts["picklist"] = tuple(line.get("values") or lists[line["list"]])
    if "to" in line:
        facts["reference_to"] = tuple(line["to"])
        facts["relationship"] = line.get("as", name.removesuffix("Id"))
    return make_field(name, line["type"], **facts)


def _audit(name: str) -> Field:
    if name.endswith("ById"):
        return make_field(
            name,
            "reference",
            label=spaced(name),
            nillable=False,
            reference_to=("User",),
            relationship=name.removesuffix("Id"),
            **_READ_ONLY,
        )
    return make_field(
        name, "datetime", label=spaced(name), nillable=False, indexed=name == "SystemModstamp", **_READ_ONLY
    )


def spaced(name: str) -> str:
    """A name as people read it: "LastModifiedById" is "Last Modified By ID"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.sub(r"\bId\b", "ID", words)
