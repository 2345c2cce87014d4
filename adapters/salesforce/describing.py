"""What our user may see: the objects and fields of the org, as ``describe`` tells them.

A field without field-level security is absent here, and naming it in a query fails the whole query: every SELECT is
built from what is described. All objects come in one call, and are asked for again after an hour.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.contract import Choice, Misconfigured
from adapters.salesforce import paths
from adapters.salesforce.client import Client

OBJECTS = (
    "Lead",
    "Contact",
    "Account",
    "Task",
    "Event",
    "TaskRelation",
    "EventRelation",
    "EmailMessage",
    "EmailMessageRelation",
    "Campaign",
    "CampaignMember",
    "Opportunity",
    "OpportunityContactRole",
    "OpportunityHistory",
    "OpportunityStage",
    "LeadHistory",
    "ContactHistory",
    "User",
    "Group",
)
"""Everything we ever look at; ``composite`` takes 25."""

LIFETIME = timedelta(hours=1)

COMPOUND = frozenset({"address", "location", "complexvalue"})
"""Types that only repeat other fields; Bulk API refuses them."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object, visible to our user."""

    name: str
    label: str
    type: str
    """Salesforce's describe type: ``string``, ``picklist``, ``double``, ``datetime`` …"""
    length: int
    custom: bool
    createable: bool
    updateable: bool
    filterable: bool
    calculated: bool
    choices: tuple[Choice, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SObject:
    """One object as our user sees it; `fields` by name, without compound ones."""

    name: str
    fields: Mapping[str, Field]
    updateable: bool

    def __contains__(self, name: object) -> bool:
        return name in self.fields


class Describes:
    """The descriptions of one org, kept for an hour. Safe to share between threads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._known: dict[str, SObject] = {}
        self._asked: datetime | None = None

    def all(self) -> Mapping[str, SObject]:
        """The objects of `OBJECTS` that our user may read, by name; one call. Raises the error family."""
        with self._lock:
            if self._asked is None or self._client.clock() - self._asked >= LIFETIME:
                self._ask()
            return self._known

    def anew_with(self, path: str) -> Any:
        """Another resource, read in the same call as all descriptions. Raises the error family."""
        with self._lock:
            return self._ask(path)[0]

    def _ask(self, *more: str) -> list[Any]:
        answers = self._client.together([*map(paths.describe, OBJECTS), *more], missing={})
        self._known = {name: sobject(one) for name, one in zip(OBJECTS, answers, strict=False) if one}
        self._asked = self._client.clock()
        return answers[len(OBJECTS) :]

    def get(self, name: str) -> SObject | None:
        """One object, None where our user may not read it."""
        return self.all().get(name)

    def need(self, name: str) -> SObject:
        """One object. Raises `Misconfigured` naming it where our user may not read it."""
        found = self.get(name)
        if found is None:
            text = (
                f"The integration user may not read {name}. Give its permission set Read and View All on {name} "
                "(Setup > Permission Sets > Object Settings), then sync again."
            )
            raise Misconfigured(text, f"describe: no {name}", (name,))
        return found

    def has(self, name: str, *fields: str) -> bool:
        """Whether our user sees all of these fields of an object."""
        found = self.get(name)
        return found is not None and all(field in found for field in fields)

    def forget(self) -> None:
        """Something was not as described: ask again before the next use."""
        with self._lock:
            self._asked = None


def sobject(answer: Mapping[str, Any]) -> SObject:
    """An answer of ``describe``."""
    fields = _fields(answer.get("fields") or ())
    return SObject(str(answer["name"]), {field.name: field for field in fields}, answer.get("updateable") is True)


def _fields(rows: Iterable[Mapping[str, Any]]) -> list[Field]:
    return [_field(row) for row in rows if str(row.get("type")) not in COMPOUND]


def _field(row: Mapping[str, Any]) -> Field:
    offered = [one for one in row.get("picklistValues") or () if one.get("active") is not False]
    return Field(
        name=str(row["name"]),
        label=str(row.get("label") or row["name"]),
        type=str(row.get("type") or "string"),
        length=int(row.get("length") or 0),
        custom=row.get("custom") is True,
        createable=row.get("createable") is True,
        updateable=row.get("updateable") is True,
        filterable=row.get("filterable") is not False,
        calculated=row.get("calculated") is True,
        choices=tuple(Choice(str(one["value"]), str(one.get("label") or one["value"])) for one in offered),
        references=tuple(map(str, row.get("referenceTo") or ())),
    )
