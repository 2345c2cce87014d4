"""Tasks and events: calls and to-dos, meetings and visits.

Archived ones (a year old) are read too, and deleted ones as archived records: `queryAll` gives both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from adapters.contract import ActivityRecord
from adapters.salesforce.describing import SObject
from adapters.salesforce.org import Org
from adapters.salesforce.soql import ID, STAMP, Phase, among
from adapters.salesforce.values import Column, Row, batches, columns, json_reader, moment

TASK, EVENT = "Task", "Event"

FIELDS = {
    TASK: (
        "Status",
        "IsClosed",
        "Type",
        "TaskSubtype",
        "CallType",
        "CallDisposition",
        "CallDurationInSeconds",
        "Priority",
        "CompletedDateTime",
        "ActivityDate",
        "CreatedDate",
    ),
    EVENT: ("StartDateTime", "EndDateTime", "EventSubtype", "Type", "CreatedDate"),
}
"""What is read of each, with every picklist the org has added itself: an agency keeps its call results there."""

COUNT = "WhoCount"
"""How many people a shared activity has; without shared activities the column does not exist."""

NEEDED = (ID, "WhoId", COUNT, "IsDeleted", STAMP)

RELATIONS = {TASK: ("TaskRelation", "TaskId"), EVENT: ("EventRelation", "EventId")}
"""Where the others are: the object, and its field that points to the activity."""

BATCH = 400
"""Ids in one short query; an id is 27 characters of an address."""

PEOPLE = ("00Q", "003")


def phase(org: Org, kind: str) -> Phase:
    """How tasks or events are read. Raises `Misconfigured` where our user may not."""
    return Phase(kind, kind, tuple(_columns(org.describes.need(kind))), (*_conditions(org, kind), "WhoId != null"))


def records(org: Org, kind: str, rows: Sequence[Row]) -> list[ActivityRecord]:
    """Rows as activities; one call more for every 400 that have several people. Raises the error family."""
    shared = _shared(org, kind, [row[ID] for row in rows if int(row.get(COUNT) or 0) > 1])
    now = org.client.now()
    return [_record(kind, row, shared.get(row[ID], ()), now) for row in rows]


def of_people(org: Org, kind: str, ids: Sequence[str]) -> Iterator[ActivityRecord]:
    """All tasks or events of these people, whether they come first or among others. Raises the error family."""
    if org.describes.get(kind) is None:
        return
    rows = {row[ID]: row for row in _among(org, kind, "WhoId", ids)}
    others = [one for one in _shared_with(org, kind, ids) if one not in rows]
    rows |= {row[ID]: row for batch in batches(others, BATCH // 2) for row in _among(org, kind, ID, batch)}
    yield from records(org, kind, list(rows.values()))


def _columns(seen: SObject) -> list[Column]:
    own = [field.name for field in seen.fields.values() if field.custom and field.type.endswith("picklist")]
    return columns(seen, list(dict.fromkeys([*NEEDED, *FIELDS[seen.name], *own])))


def _conditions(org: Org, kind: str) -> tuple[str, ...]:
    if kind == EVENT:
        # The invitees' own copies of one meeting.
        return ("IsChild = false",) if org.describes.has(EVENT, "IsChild") else ()
    # An e-mail is an EmailMessage and a task; it counts once, and the task does not tell which way it went.
    readable = all(org.describes.get(name) for name in ("EmailMessage", "EmailMessageRelation"))
    twice = readable and org.describes.has(TASK, "TaskSubtype")
    return ("(TaskSubtype = null OR TaskSubtype != 'Email')",) if twice else ()


def _record(kind: str, row: Row, others: Sequence[str], now: datetime) -> ActivityRecord:
    people = [one for one in dict.fromkeys([row["WhoId"], *others]) if one and one.startswith(PEOPLE)]
    return ActivityRecord(
        f"{kind}:{row[ID]}",
        kind,
        tuple(people),
        _occurred(kind, row, now),
        {name: value for name, value in row.items() if name not in NEEDED},
        updated_at=moment(row[STAMP]),
        archived=row["IsDeleted"] == "true",
    )


def _occurred(kind: str, row: Row, now: datetime) -> datetime | None:
    """When it happened. A task's date is when it is due and an event's may lie ahead: both are plans until then."""
    made = moment(row.get("CreatedDate"))
    if kind == TASK:
        return moment(row.get("CompletedDateTime")) or made
    begins = moment(row.get("StartDateTime"))
    return begins if begins is not None and begins <= now else made


def _shared(org: Org, kind: str, ids: Sequence[str]) -> dict[str, list[str]]:
    """The people of activities that have several, by activity."""
    name, field = RELATIONS[kind]
    if not ids or org.describes.get(name) is None:
        return {}
    found: dict[str, list[str]] = {}
    for batch in batches(ids, BATCH):
        soql = f"SELECT {field}, RelationId FROM {name} WHERE IsWhat = false AND {among(field, batch)}"  # noqa: S608
        for row in org.client.all(soql):
            found.setdefault(str(row[field]), []).append(str(row["RelationId"]))
    return found


def _shared_with(org: Org, kind: str, ids: Sequence[str]) -> list[str]:
    """The activities that have one of these people, first or not; none where activities are not shared."""
    name, field = RELATIONS[kind]
    if not org.describes.has(kind, COUNT) or org.describes.get(name) is None:
        return []
    soql = f"SELECT {field} FROM {name} WHERE IsWhat = false AND {among('RelationId', ids)}"  # noqa: S608
    return list(dict.fromkeys(str(row[field]) for row in org.client.all(soql)))


def _among(org: Org, kind: str, field: str, ids: Sequence[str]) -> list[Row]:
    selected = _columns(org.describes.need(kind))
    conditions = " AND ".join([among(field, ids), *_conditions(org, kind)])
    soql = f"SELECT {', '.join(one.asked for one in selected)} FROM {kind} WHERE {conditions}"  # noqa: S608
    return list(map(json_reader(selected), org.client.all(soql, deleted=True)))
