"""Campaign responses: who was in which campaign, and whether he answered.

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_campaignmember.htm
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from adapters.contract import ActivityRecord
from adapters.salesforce.org import Org
from adapters.salesforce.present import CONTACTS, LEADS, of_kind
from adapters.salesforce.soql import ID, STAMP, Phase, among
from adapters.salesforce.values import Column, Row, columns, json_reader, moment

MEMBER, CAMPAIGN = "CampaignMember", "Campaign"

NEEDED = (ID, "LeadId", "ContactId", "IsDeleted", STAMP)
FIELDS = ("Status", "HasResponded", "FirstRespondedDate", "CreatedDate")
OF_CAMPAIGN = ("Name", "Type")

NOON = time(12)
"""A day without an hour is taken at noon: of all hours the one that is on the same day for most people."""


def phase(org: Org) -> Phase:
    """How responses are read. Raises `Misconfigured` where our user may not."""
    return Phase(MEMBER, MEMBER, tuple(_columns(org)))


def records(org: Org, rows: Sequence[Row]) -> list[ActivityRecord]:
    """Rows as activities. Raises the error family."""
    zone = org.zone() if rows else ZoneInfo("UTC")
    return [_record(row, zone) for row in rows]


def of_people(org: Org, ids: Sequence[str]) -> Iterator[ActivityRecord]:
    """All campaign memberships of these people. Raises the error family."""
    if org.describes.get(MEMBER) is None:
        return
    selected = _columns(org)
    read = json_reader(selected)
    for field, prefix in (("LeadId", LEADS), ("ContactId", CONTACTS)):
        if found := of_kind(ids, prefix):
            names = ", ".join(one.asked for one in selected)
            soql = f"SELECT {names} FROM {MEMBER} WHERE {among(field, found)}"  # noqa: S608
            yield from records(org, [read(row) for row in org.client.all(soql, deleted=True)])


def _columns(org: Org) -> list[Column]:
    campaign = org.describes.get(CAMPAIGN)
    own = columns(org.describes.need(MEMBER), [*NEEDED, *FIELDS])
    return own + (columns(campaign, OF_CAMPAIGN, f"{CAMPAIGN}.") if campaign else [])


def _record(row: Row, zone: ZoneInfo) -> ActivityRecord:
    # After a conversion the row holds both, and belongs to the contact.
    person = row["ContactId"] or row["LeadId"]
    return ActivityRecord(
        f"{MEMBER}:{row[ID]}",
        MEMBER,
        (person,) if person else (),
        _occurred(row, zone),
        {name: value for name, value in row.items() if name not in NEEDED},
        updated_at=moment(row[STAMP]),
        archived=row["IsDeleted"] == "true",
    )


def _occurred(row: Row, zone: ZoneInfo) -> datetime | None:
    """When he answered. ``FirstRespondedDate`` is a day in the org's time zone; on the day it was made, the row is."""
    made, day = moment(row.get("CreatedDate")), row.get("FirstRespondedDate")
    if not day or (made is not None and made.astimezone(zone).date().isoformat() == day):
        return made
    try:
        return datetime.combine(date.fromisoformat(day), NOON, zone)
    except ValueError:
        return made
