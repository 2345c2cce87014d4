"""What is written: values by record, one answer per row, and the fields we need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Update:
    """New values for one record. An absent key leaves the field alone, ``None`` clears it."""

    contact_id: str
    values: Mapping[str, str | None]


class WriteStatus(StrEnum):
    """What became of one row."""

    OK = "ok"
    GONE = "gone"
    REJECTED = "rejected"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The vendor's answer for one row, same position as its `Update`."""

    contact_id: str
    status: WriteStatus
    message: str = ""
    """The vendor's own sentence, for the admin; empty when all went well."""


class FieldType(StrEnum):
    """The types the contract knows; an adapter translates them to its vendor's."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a choice field: what is stored and what people see."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class CrmField:
    """A live property of the CRM's contact object."""

    name: str
    label: str
    type: FieldType
    read_only: bool = False
    choices: tuple[Choice, ...] = ()
    group: str = ""
    missing_on: tuple[str, ...] = ()
    """The kinds of record ("Lead", "Contact") on which the CRM has no such field, or does not show it to us, though
    another kind has it. Empty where the CRM has one kind only."""
    read_only_on: tuple[str, ...] = ()
    """The kinds on which we see it but may not write it, though we may on another."""


@dataclass(frozen=True, slots=True)
class WantedField:
    """A property we need in the CRM, as described in the mapping file."""

    name: str
    label: str
    type: FieldType
    description: str
    choices: tuple[Choice, ...] = ()
    for_people: bool = False
    """Filled in by people and read by us; all others are written by us alone."""


class FieldState(StrEnum):
    """What `judge_fields` found, or `ensure_fields` found or did."""

    EXISTS = "exists"
    MISSING = "missing"
    """Said by `judge_fields` alone: `ensure_fields` would create it."""
    CREATED = "created"
    DIFFERS = "differs"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FieldOutcome:
    """One line of `ensure_fields`; `message` says what to do when the state is `DIFFERS` or `FAILED`."""

    name: str
    state: FieldState
    message: str = ""


@dataclass(frozen=True, slots=True)
class FieldPackage:
    """The fields we need as a file for the CRM's own tools."""

    filename: str
    content: bytes
    how_to: str
    """What an admin does with it, in a sentence or two."""
