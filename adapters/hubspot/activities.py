"""Reading activities: calls, e-mails, meetings, notes, tasks and messages, with the contacts they belong to.

Titles, subjects and bodies are never asked for: they hold personal and health data, and scoring needs only that
something happened, when, which way and with what result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from adapters.contract import ActivityRecord, Misconfigured, Page
from adapters.hubspot.client import Client
from adapters.hubspot.contacts import CONTACTS, READ_BATCH
from adapters.hubspot.links import BATCH, linked
from adapters.hubspot.passes import Source, read_by_id, walk
from adapters.hubspot.rows import Row, batches, moment, translate

PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "calls": (
        "hs_timestamp",
        "hs_call_direction",
        "hs_call_status",
        "hs_call_disposition",
        "hs_call_duration",
    ),
    "emails": ("hs_timestamp", "hs_email_direction", "hs_email_status"),
    "meetings": (
        "hs_timestamp",
        "hs_createdate",
        "hs_meeting_outcome",
        "hs_meeting_start_time",
        "hs_meeting_end_time",
    ),
    "notes": ("hs_timestamp",),
    "tasks": ("hs_timestamp", "hs_task_status", "hs_task_type", "hs_task_completion_date"),
    "communications": ("hs_timestamp", "hs_communication_channel_type", "hs_communication_direction"),
}
"""What is read of each type. https://developers.hubspot.com/docs/api-reference/latest/crm/activities"""

OTHER = ("hs_timestamp",)
"""What is read of a type this table does not know."""

BOOKED = frozenset({"", "SCHEDULED", "RESCHEDULED"})
"""Meeting outcomes that say only that a date was made."""


def activities(client: Client, type: str, cursor: str | None) -> Iterator[Page[ActivityRecord]]:
    """A pass over one type; see `Reader.activities`. A page holds up to a thousand: as many as one association read."""
    source = Source(type, PROPERTIES.get(type, OTHER), chunk=BATCH)
    for chunk in walk(client, source, cursor):
        page = _page(client, type, chunk.rows)
        yield Page(page.items, chunk.cursor, chunk.complete, page.problems, chunk.total)


def activities_of(client: Client, contact_ids: Sequence[str]) -> Iterator[Page[ActivityRecord]]:
    """Everything that was done by or with these contacts, one page per thousand of a type.

    The types are read side by side: somebody waits, and one after another they take some twenty round trips. An error
    is raised when all that could be read was delivered, one that a person must mend only when there is no other.
    """
    with ThreadPoolExecutor(len(PROPERTIES)) as pool:
        reads = [pool.submit(_of_kind, client, kind, contact_ids) for kind in PROPERTIES]
    failed = [error for read in reads if (error := read.exception()) is not None]
    for read in reads:
        if read.exception() is None:
            yield from read.result()
    if failed:
        raise min(failed, key=lambda error: isinstance(error, Misconfigured))
    yield Page((), "", complete=True)


def _of_kind(client: Client, kind: str, contact_ids: Sequence[str]) -> list[Page[ActivityRecord]]:
    owned = linked(client, CONTACTS, kind, contact_ids)
    ids = list(dict.fromkeys(one for group in owned.values() for one in group))
    # Asked back, because a call may belong to contacts nobody asked for.
    return [_page(client, kind, _read(client, kind, thousand)) for thousand in batches(ids, BATCH)]


def _read(client: Client, type: str, ids: Sequence[str]) -> list[Row]:
    reads = (read_by_id(client, type, batch, PROPERTIES[type]) for batch in batches(ids, READ_BATCH))
    return [row for rows in reads for row in rows]


def _page(client: Client, type: str, rows: list[Row]) -> Page[ActivityRecord]:
    ids = [str(row["id"]) for row in rows if isinstance(row, dict) and "id" in row]
    contacts = linked(client, type, CONTACTS, ids)
    items, problems = translate(rows, lambda row: _activity(type, row, contacts.get(str(row["id"]), ())))
    return Page(items, "", complete=False, problems=problems)


def _activity(type: str, row: Row, contact_ids: tuple[str, ...]) -> ActivityRecord:
    properties = row["properties"]
    return ActivityRecord(
        f"{type}:{row['id']}",
        type,
        contact_ids,
        _occurred(type, row, properties),
        properties,
        updated_at=moment(row.get("updatedAt")),
        archived=row.get("archived") is True,
    )


def _occurred(type: str, row: Row, properties: Mapping[str, str | None]) -> datetime | None:
    """When it happened. HubSpot's ``hs_timestamp`` is a task's due date and a meeting's appointed hour: both are plans.

    A task happened when it was completed, else when it was made; a meeting that is only booked, when it was booked.
    """
    made = row.get("createdAt")
    if type == "tasks":
        return moment(properties.get("hs_task_completion_date") or made)
    if type == "meetings" and (properties.get("hs_meeting_outcome") or "").upper() in BOOKED:
        return moment(made)
    return moment(properties.get("hs_timestamp") or made)
