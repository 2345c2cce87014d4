"""What becomes of a row Salesforce refused: one table from its status code, one test per line of it.

Collections answer with ``statusCode`` per row, Bulk API 2.0 with ``CODE:message:fields--`` in ``sf__Error``; both are
read here. https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from adapters.contract import Misconfigured, WriteResult, WriteStatus

PERMISSION_SET = "Leadtier"
REPS = "Leadtier_Reps"
"""For everybody who shall see the score and may flag it, but not change it."""
"""The permission set that makes our fields visible and editable."""


VIEW_ALL = (
    "Give the integration user's permission set View All on Lead and on Contact (Setup > Permission Sets > Object "
    "Settings), then sync again. The scores wait and are written then."
)
SEEN = ("View All on Lead", "View All on Contact")


class Act(StrEnum):
    """What to do about a refused row."""

    RETRY = "retry"
    """It may pass in a moment."""
    HALVE = "halve"
    """The chunk was too much for the account's own code; the same rows may pass in smaller ones."""
    GONE = "gone"
    """The record is no longer there to be written."""
    SCHEMA = "schema"
    """A field is missing or closed to us. Where every row says so it is one problem of the account."""
    ACCOUNT = "account"
    """Of the account where every one of several rows says so, of the record where only some do."""
    RECORD = "record"
    """Somebody must look at this record."""


ACTS: Mapping[str, Act] = {
    "UNABLE_TO_LOCK_ROW": Act.RETRY,
    "SERVER_UNAVAILABLE": Act.RETRY,
    "REQUEST_LIMIT_EXCEEDED": Act.RETRY,
    "ENTITY_IS_DELETED": Act.GONE,
    "INVALID_CROSS_REFERENCE_KEY": Act.GONE,
    "NOT_FOUND": Act.GONE,
    "MALFORMED_ID": Act.GONE,
    # The lead has become a contact, which the next pass reads and the next write finds.
    "CANNOT_UPDATE_CONVERTED_LEAD": Act.GONE,
    "INVALID_FIELD": Act.SCHEMA,
    "INVALID_FIELD_FOR_INSERT_UPDATE": Act.SCHEMA,
    "INSUFFICIENT_ACCESS_OR_READONLY": Act.ACCOUNT,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Act.ACCOUNT,
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Act.ACCOUNT,
    "STRING_TOO_LONG": Act.ACCOUNT,
    "NUMBER_OUTSIDE_VALID_RANGE": Act.ACCOUNT,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Act.RECORD,
    "REQUIRED_FIELD_MISSING": Act.RECORD,
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Act.RECORD,
    "DUPLICATES_DETECTED": Act.RECORD,
    "APEX_DATA_ACCESS_RESTRICTION": Act.RECORD,
}
"""Any other code is a matter of the record, with Salesforce's own sentence."""

UNPROVEN = frozenset({"INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"})
"""Said of a record that is gone, and of every record alike when we may no longer see them."""

TOO_MANY_RETRIES = "too many batch retries in the presence of apex triggers"
"""Comes under several codes; only the sentence tells. The rows of the chunk are all unwritten."""

STATUSES: Mapping[Act, WriteStatus] = {
    Act.RETRY: WriteStatus.RETRY,
    Act.HALVE: WriteStatus.RETRY,
    Act.GONE: WriteStatus.GONE,
    Act.SCHEMA: WriteStatus.REJECTED,
    Act.ACCOUNT: WriteStatus.REJECTED,
    Act.RECORD: WriteStatus.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why Salesforce refused a row."""

    code: str
    message: str
    fields: tuple[str, ...] = ()
    decided: Act | None = None
    """Set where the refusal is not Salesforce's, and its code says nothing."""

    @property
    def act(self) -> Act:
        """What to do about it."""
        if TOO_MANY_RETRIES in self.message.lower():
            return Act.HALVE
        return self.decided or ACTS.get(self.code, Act.RECORD)

    def result(self, contact_id: str) -> WriteResult:
        """The row's result."""
        return WriteResult(contact_id, STATUSES[self.act], _sentence(self.message or self.code))


def of_row(row: Mapping[str, Any]) -> Refusal:
    """The first error of a failed element of a collection; such an element carries no id."""
    errors = [error for error in row.get("errors") or () if isinstance(error, dict)]
    error = errors[0] if errors else {}
    # A row's error says statusCode, an error of the whole call errorCode.
    code = str(error.get("statusCode") or error.get("errorCode") or "UNKNOWN")
    named = tuple(str(name) for name in error.get("fields") or ())
    return Refusal(code, str(error.get("message") or "Salesforce gave no reason."), named)


def of_text(text: str) -> Refusal:
    """``sf__Error`` of a bulk job: ``CODE:message:Field1 Field2 --``, where the message may hold colons itself."""
    code, _, rest = text.partition(":")
    message, _, named = rest.rpartition(":")
    if not message or not named.endswith("--"):
        return Refusal(code.strip(), rest)
    return Refusal(code.strip(), message, tuple(named.removesuffix("--").replace(",", " ").split()))


def closed(name: str, fields: Sequence[str]) -> Refusal:
    """A row cannot be written because its object lacks fields, or we may not edit them."""
    text = (
        f"{name} has no field {', '.join(fields)} that Leadtier may edit. Assign the permission set {PERMISSION_SET} "
        "to the integration user in Setup > Permission Sets; if that does not help, connect again."
    )
    return Refusal("INVALID_FIELD", text, tuple(f"{name}.{one}" for one in fields))


def unproven(refusals: Sequence[Refusal | None]) -> bool:
    """Whether these rows, all that were sent of an object, say too much alike to be believed gone."""
    return len(refusals) > 1 and all(refusal is not None and refusal.code in UNPROVEN for refusal in refusals)


def unseen(name: str, refusal: Refusal) -> Refusal:
    """What is said instead of rows of which `unproven` is true, while rows of the other object were written."""
    return Refusal(refusal.code, f"Leadtier does not see any {name} it is to write. {VIEW_ALL}", (), Act.ACCOUNT)


def trouble_of_account(refusals: Sequence[Refusal]) -> Misconfigured | None:
    """The one problem behind these refusals when they are all that is known of a call; None when they are rows'.

    One row with a text too long says nothing about the account; one row with a closed field does.
    """
    considered = [refusal for refusal in refusals if refusal.act is not Act.GONE or refusal.code in UNPROVEN]
    if unproven(considered):
        return Misconfigured(
            f"Leadtier no longer sees the records it is to write. {VIEW_ALL}", considered[0].code, SEEN
        )
    considered = [refusal for refusal in considered if refusal.act is not Act.GONE]
    acts = {refusal.act for refusal in considered}
    if acts == {Act.SCHEMA}:
        return fields_closed(_names(considered), considered[0].code)
    if acts and acts <= {Act.SCHEMA, Act.ACCOUNT} and len(considered) > 1:
        return _account(considered)
    return None


def fields_closed(names: Sequence[str], log: str = "") -> Misconfigured:
    """The fields are missing or we may not edit them."""
    listed = ", ".join(names) or "a score field"
    text = (
        f"Salesforce does not let Leadtier write {listed}. Deploy and assign the permission set {PERMISSION_SET}: "
        "connect again as someone who may change fields, or export the package with "
        "`leadtier fields salesforce --export` and have an admin deploy it. The scores wait and are written then."
    )
    return Misconfigured(text, log, names)


def _sentence(text: str) -> str:
    """With an end: what follows is a sentence of its own."""
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _account(refusals: Sequence[Refusal]) -> Misconfigured:
    names, codes = _names(refusals), ", ".join(sorted({refusal.code for refusal in refusals}))
    # Not the message: it may quote the values of a record.
    text = (
        f"Salesforce refuses every score ({codes}{''.join(f'; {name}' for name in names)}). Check in Setup the fields "
        f"and what Leadtier's user may do (permission set {PERMISSION_SET}); the scores wait and are written then."
    )
    return Misconfigured(text, codes, names)


def _names(refusals: Sequence[Refusal]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for refusal in refusals for name in refusal.fields))
