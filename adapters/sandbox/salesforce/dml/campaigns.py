"""Campaign members: one person a row, once a campaign, and whether they responded.

Facts: Object Reference, "CampaignMember": HasResponded follows Status, FirstRespondedDate is a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapters.sandbox.salesforce.dml.references import records
from adapters.sandbox.salesforce.dml.results import broken_integrity
from adapters.sandbox.salesforce.dml.rows import Row, fetch_by, live
from adapters.sandbox.salesforce.dml.work import Draft, Work, good
from adapters.sandbox.salesforce.values import RowError
from adapters.sandbox.salesforce.zones import local_day

RESPONSES = frozenset({"Responded", "Registered", "Attended"})
"""The statuses that count as a response in a campaign without statuses of its own."""


def derive_members(work: Work, drafts: Sequence[Draft]) -> None:
    """HasResponded from Status, the day of the first response, and the person under one name."""
    today = local_day(work.now, work.org.settings.time_zone)
    own = _own_statuses(work, drafts)
    people = records(work, (draft.after.get(column) for draft in drafts for column in ("LeadId", "ContactId")))
    for draft in drafts:
        row = draft.after
        _show_person(row, people.get(row.get("ContactId") or row.get("LeadId") or "", {}))
        status = row.get("Status")
        row["HasResponded"] = int(own.get((row.get("CampaignId"), status), status in RESPONSES))
        if row["HasResponded"] and not row.get("FirstRespondedDate"):
            row["FirstRespondedDate"] = today


def check_members(work: Work, drafts: Iterable[Draft]) -> None:
    """A new member is one lead or one contact, and not in the campaign yet."""
    new = [draft for draft in good(drafts) if draft.before is None]
    for draft in new:
        if bool(draft.after.get("LeadId")) == bool(draft.after.get("ContactId")):
            text = "A campaign member is either a lead or a contact: give LeadId or ContactId"
            draft.error = broken_integrity(text, "LeadId", "ContactId")
    _check_unique(work, good(new))


def _own_statuses(work: Work, drafts: Sequence[Draft]) -> dict[tuple[str | None, str | None], bool]:
    """What the campaigns themselves count as a response, by campaign and status."""
    campaigns = {draft.after["CampaignId"] for draft in drafts if draft.after.get("CampaignId")}
    rows = live(fetch_by(work.connection, "CampaignMemberStatus", "CampaignId", campaigns))
    return {(row["CampaignId"], row["Label"]): bool(row["HasResponded"]) for row in rows}


def _show_person(row: Row, person: Row) -> None:
    row["LeadOrContactId"] = row.get("ContactId") or row.get("LeadId")
    row["Type"] = "Contact" if row.get("ContactId") else "Lead"
    row["LeadOrContactOwnerId"] = person.get("OwnerId")
    row["LeadSource"] = person.get("LeadSource")


def _check_unique(work: Work, drafts: Sequence[Draft]) -> None:
    seen: set[tuple[str, str]] = set()
    for column in ("LeadId", "ContactId"):
        people = {draft.after[column] for draft in drafts if draft.after.get(column)}
        seen |= {_key(row, column) for row in live(fetch_by(work.connection, "CampaignMember", column, people))}
    for draft in drafts:
        key = _key(draft.after, "ContactId" if draft.after.get("ContactId") else "LeadId")
        if key in seen:
            draft.error = RowError("DUPLICATE_VALUE", "Already a campaign member.", ())
        seen.add(key)


def _key(row: Row, column: str) -> tuple[str, str]:
    return str(row.get("CampaignId")), str(row.get(column))
