"""The object types of the HubSpot side: names, numbers, and which properties are the record's own columns.

Type numbers and names: developers.hubspot.com/docs, "Understanding the CRM".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One object type as the API names it."""

    name: str
    """Plural, as in the path: ``contacts``."""
    number: int
    singular: str
    default_properties: tuple[str, ...]
    """What an answer holds when the caller names no property."""
    created_property: str = "hs_createdate"
    modified_property: str = "hs_lastmodifieddate"
    """Only contacts have ``lastmodifieddate`` (docs, "Search the CRM")."""

    @property
    def type_id(self) -> str:
        """The object type id: ``0-1``."""
        return f"0-{self.number}"

    @property
    def is_activity(self) -> bool:
        """Whether a record of this kind is something that happened, rather than somebody or something."""
        return self.name in ACTIVITY_NAMES


ACTIVITY_NAMES = ("calls", "emails", "meetings", "notes", "tasks", "communications")
_ACTIVITY_DEFAULTS = ("hs_createdate", "hs_lastmodifieddate", "hs_object_id")

_ALL = (
    Kind(
        "contacts",
        1,
        "contact",
        ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
        created_property="createdate",
        modified_property="lastmodifieddate",
    ),
    Kind(
        "companies",
        2,
        "company",
        ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
        created_property="createdate",
    ),
    Kind(
        "deals",
        3,
        "deal",
        (
            "amount",
            "closedate",
            "createdate",
            "dealname",
            "dealstage",
            "hs_lastmodifieddate",
            "hs_object_id",
            "pipeline",
        ),
        created_property="createdate",
    ),
    Kind("communications", 18, "communication", _ACTIVITY_DEFAULTS),
    Kind("tasks", 27, "task", _ACTIVITY_DEFAULTS),
    Kind("notes", 46, "note", _ACTIVITY_DEFAULTS),
    Kind("meetings", 47, "meeting", _ACTIVITY_DEFAULTS),
    Kind("calls", 48, "call", _ACTIVITY_DEFAULTS),
    Kind("emails", 49, "email", _ACTIVITY_DEFAULTS),
)

KINDS = {kind.name: kind for kind in _ALL}
_BY_ANY_NAME = {key: kind for kind in _ALL for key in (kind.name, kind.singular, kind.type_id)}


def kind_named(name: str) -> Kind | None:
    """The kind behind a path segment: ``contacts``, ``contact`` or ``0-1``, in any case. None when there is none."""
    return _BY_ANY_NAME.get(name.lower())
