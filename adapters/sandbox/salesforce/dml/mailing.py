"""E-mail messages: each is shown on the timeline by a task of its own.

Facts: Object Reference, "EmailMessage": with Enhanced Email a message that is logged makes a task, named by ActivityId.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.sandbox.salesforce.dml.rows import Row, change, fetch
from adapters.sandbox.salesforce.dml.storing import store_new
from adapters.sandbox.salesforce.dml.work import Draft, Work
from adapters.sandbox.salesforce.ids import prefix_of
from adapters.sandbox.salesforce.zones import local_day

_NEW, _SENT = "0", "3"
_LEAD = "00Q"
_PEOPLE = ("Lead", "Contact")


def derive_messages(work: Work, drafts: Sequence[Draft]) -> None:
    """The date and status a message has when none is given."""
    for draft in drafts:
        row = draft.after
        if draft.before is None and row.get("MessageDate") is None:
            row["MessageDate"] = work.now
        if draft.before is None and draft.given.get("Status") is None:
            row["Status"] = _NEW if row.get("Incoming") else _SENT


def derive_addresses(work: Work, drafts: Sequence[Draft]) -> None:
    """What kind of record an address of a message leads to."""
    for draft in drafts:
        person = draft.after.get("RelationId")
        target = work.org.catalog.by_prefix(prefix_of(person)) if person else None
        draft.after["RelationObjectType"] = target.name if target else None


def tasks_with_people(work: Work, drafts: Sequence[Draft]) -> list[Draft]:
    """The tasks of messages as they name whom they are about, the first person related; not stored yet.

    A task that is about a record already cannot be about a lead as well.
    """
    people = {
        draft.after["EmailMessageId"]: draft.after["RelationId"]
        for draft in reversed(drafts)
        if draft.after.get("RelationObjectType") in _PEOPLE
    }
    messages = fetch(work.connection, "EmailMessage", people)
    whose = {row["ActivityId"]: people[key] for key, row in messages.items() if row.get("ActivityId")}
    return [
        Draft(row, row | {"WhoId": whose[key], "WhoCount": 1})
        for key, row in fetch(work.connection, "Task", whose).items()
        if not row.get("WhoId") and not (row.get("WhatId") and prefix_of(whose[key]) == _LEAD)
    ]


def tasks_of(work: Work, drafts: Sequence[Draft]) -> list[Draft]:
    """Makes the tasks of new messages that were given none, and ties message and task; the tasks, stored."""
    alone = [draft for draft in drafts if draft.before is None and not draft.after.get("ActivityId")]
    tasks = [Draft(after=_task(work, draft.after)) for draft in alone]
    store_new(work, "Task", tasks)
    ties: dict[str, Row] = {}
    for draft, task in zip(alone, tasks, strict=True):
        draft.after["ActivityId"] = task.id
        ties[draft.after["Id"]] = {"ActivityId": task.id}
    change(work.connection, "EmailMessage", ties)
    return tasks


def _task(work: Work, message: Row) -> Row:
    direction = "Email Received" if message.get("Incoming") else "Email"
    return {
        "Subject": f"{direction}: {message.get('Subject') or ''}"[:255],
        "TaskSubtype": "Email",
        "Type": "Email",
        "Status": "Completed",
        "IsClosed": 1,
        "Priority": "Normal",
        "OwnerId": work.user_id,
        "WhatId": message.get("RelatedToId"),
        "ActivityDate": local_day(message["MessageDate"], work.org.settings.time_zone),
        "CompletedDateTime": message["MessageDate"],
        "IsArchived": 0,
        "WhoCount": 0,
        "WhatCount": int(bool(message.get("RelatedToId"))),
    }
