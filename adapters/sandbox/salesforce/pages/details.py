"""The head of a record page, and all its fields that have a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from adapters.sandbox.salesforce.catalog import Field
from adapters.sandbox.salesforce.pages.display import Display, Shown
from adapters.sandbox.salesforce.pages.scorecard import STEM
from adapters.sandbox.salesforce.pages.subject import Subject

_HIGHLIGHTS = {
    "Lead": ("Company", "Phone", "Email", "OwnerId", "Status"),
    "Contact": ("AccountId", "Phone", "Email", "OwnerId", "LeadSource"),
    "Person": ("Phone", "PersonEmail", "OwnerId", "PersonLeadSource"),
    "Account": ("Phone", "Website", "Industry", "NumberOfEmployees", "OwnerId"),
}
_SYSTEM = ("CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate")
_UNTOLD = frozenset(
    {
        *("Id", "Name", "IsDeleted", "SystemModstamp", "LastViewedDate", "LastReferencedDate", "PhotoUrl"),
        *("MasterRecordId", "PersonContactId", "IsPersonAccount", "IsUnreadByOwner", "RecordTypeId"),
        *("Jigsaw", "JigsawContactId", "JigsawCompanyId", "CleanStatus", "IsConverted"),
    }
)


class Section(NamedTuple):
    """A titled list of (label, value)."""

    title: str
    rows: list[tuple[str, Shown]]


class Head(NamedTuple):
    """The top of the page."""

    kind: str
    name: str
    title: str
    highlights: list[tuple[str, Shown]]


def head(subject: Subject, display: Display) -> Head:
    """What the record is, its name, what the person does, and what a rep looks for first."""
    row, person = subject.row, bool(subject.person and subject.sobject.name == "Account")
    names = _HIGHLIGHTS["Person" if person else subject.sobject.name]
    fields = [field for name in names if (field := subject.sobject.field(name))]
    return Head(
        kind="Person Account" if person else subject.sobject.label,
        name=str(row.get("Name") or row.get("Email") or "No name"),
        title=str(row.get("PersonTitle" if person else "Title") or ""),
        highlights=[(_label(field), display.value(field, row.get(field.name))) for field in fields],
    )


def sections(subject: Subject, display: Display) -> list[Section]:
    """Standard fields, addresses, the agency's own fields and who wrote last; empty ones are left out."""
    fields = [field for field in subject.sobject.fields.values() if not _untold(field)]
    standard = [field for field in fields if not field.custom and not field.compound and field.name not in _SYSTEM]
    own = [field for field in fields if field.custom]
    system = [field for field in fields if field.name in _SYSTEM]
    found = (
        Section(f"{subject.sobject.label} information", _rows(subject, display, standard)),
        Section("Address", [*_addresses(subject)]),
        Section("Insurance and marketing", _rows(subject, display, own)),
        Section("System information", [*_rows(subject, display, system), ("Record ID", Shown(subject.id))]),
    )
    return [section for section in found if section.rows]


def _untold(field: Field) -> bool:
    """What says nothing to a rep, and the score, which has a card to itself."""
    return field.name in _UNTOLD or field.compound == "Name" or field.name.startswith(STEM)


def _rows(subject: Subject, display: Display, fields: Iterable[Field]) -> list[tuple[str, Shown]]:
    """A box that is not ticked says as little as an empty field."""
    found = ((field, subject.row.get(field.name)) for field in fields if field.type != "address")
    return [
        (_label(field), display.value(field, raw))
        for field, raw in found
        if raw not in (None, "") and not (field.type == "boolean" and not raw)
    ]


def _addresses(subject: Subject) -> Iterator[tuple[str, Shown]]:
    for whole in subject.sobject.fields.values():
        if whole.type == "address":
            parts = [
                str(subject.row[part.name])
                for part in subject.sobject.fields.values()
                if part.compound == whole.name and part.type in {"string", "textarea"} and subject.row.get(part.name)
            ]
            if parts:
                yield whole.label, Shown(", ".join(parts))


def _label(field: Field) -> str:
    return field.label.removesuffix(" ID")
