"""What the platform looks at before it saves a row, once values are known to be of their fields' types.

Facts: "Triggers and Order of Execution" (Apex Developer Guide); validation rules look at the whole record, so an old
record that breaks one is refused whatever is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from adapters.sandbox.salesforce.catalog import Field, SObject
from adapters.sandbox.salesforce.dml.results import missing
from adapters.sandbox.salesforce.dml.rows import Row, fetch_by, live
from adapters.sandbox.salesforce.dml.work import Draft, Work, good
from adapters.sandbox.salesforce.values import RowError


@dataclass(frozen=True, slots=True)
class Rule:
    """A validation rule of the org; `Org.rules` holds those that are switched on."""

    sobject: str
    test: Callable[[Row], bool]
    """Whether a record, by its stored values as they would be, is refused: a rule's formula is true for an error."""
    message: str
    field: str | None = None
    """Where the page shows the message; None: above the record."""


def check_required(sobject: SObject, drafts: Iterable[Draft]) -> None:
    """Refuses new records without a required value, and changes that would empty one."""
    required = [each.name for each in sobject.fields.values() if _must_be_given(each)]
    for draft in good(drafts):
        row = draft.after if draft.before is None else draft.given
        empty = [name for name in required if row.get(name, "" if draft.before else None) is None]
        empty = [name for name in empty if not _excused(sobject, draft, name)] + _nameless(sobject, draft)
        if empty:
            draft.error = missing(*empty)


def check_unique(work: Work, sobject: SObject, drafts: Iterable[Draft]) -> None:
    """Refuses a value of a unique field that another record, or an earlier row of the call, has."""
    drafts = good(drafts)
    for field in sobject.fields.values():
        if field.unique and field.stored:
            _check_unique(work, sobject, field, [draft for draft in drafts if draft.given.get(field.name) is not None])


def check_rules(work: Work, sobject: SObject, drafts: Iterable[Draft]) -> None:
    """Refuses records that break a validation rule, whatever was written to them."""
    rules = [rule for rule in work.org.rules.values() if rule.sobject == sobject.name]
    for draft in good(drafts) if rules else ():
        broken = next((rule for rule in rules if rule.test(draft.after)), None)
        if broken:
            fields = (broken.field,) if broken.field else ()
            draft.error = RowError("FIELD_CUSTOM_VALIDATION_EXCEPTION", broken.message, fields)


def _must_be_given(field: Field) -> bool:
    return not field.nillable and field.createable and field.stored and field.type != "boolean"


def _excused(sobject: SObject, draft: Draft, name: str) -> bool:
    """A person's account is named after the person."""
    return (sobject.name, name) == ("Account", "Name") and bool(draft.after.get("IsPersonAccount"))


def _nameless(sobject: SObject, draft: Draft) -> list[str]:
    person = sobject.name == "Account" and draft.after.get("IsPersonAccount")
    return ["LastName"] if person and not draft.after.get("LastName") else []


def _check_unique(work: Work, sobject: SObject, field: Field, drafts: Sequence[Draft]) -> None:
    values = [draft.given[field.name] for draft in drafts]
    rows = live(fetch_by(work.connection, sobject.name, field.name, values, nocase=True))
    holders = {str(row[field.name]).lower(): str(row["Id"]) for row in rows}
    for draft in drafts:
        value = str(draft.given[field.name]).lower()
        if value in holders and holders[value] != draft.id:
            text = f"duplicate value found: {field.name} duplicates value on record with id: {holders[value]}"
            draft.error = draft.error or RowError("DUPLICATE_VALUE", text, (field.name,))
        holders.setdefault(value, draft.id or "<unknown>")
