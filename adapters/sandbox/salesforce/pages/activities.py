"""What the org knows about a person's activities, each as an entry of the timeline."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from adapters.sandbox.salesforce.dml.rows import Row, fetch, fetch_by, live
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.pages.display import Display


class Item(NamedTuple):
    """One entry. `by` is ``lead``, ``rep`` or ``system``; a `dated` one has a day but no hour."""

    at: int
    icon: str
    by: str
    title: str
    detail: str = ""
    body: str = ""
    dated: bool = False
    pending: bool = False
    """Still to be done, whether due or overdue."""


def activities(org: Org, connection: sqlite3.Connection, person: str, display: Display) -> Iterator[Item]:
    """Tasks, events, e-mails and campaign responses of a lead or contact, in no order."""
    mails = _related(org, connection, person, "EmailMessage", "")
    logged = {mail["ActivityId"] for mail in mails}
    for task in _related(org, connection, person, "Task", "WhoId"):
        # An e-mail's task only puts it on the timeline; the message says more.
        if task["Id"] not in logged:
            yield _task(task, org.now_ms(), display)
    for event in _related(org, connection, person, "Event", "WhoId"):
        yield _event(event, org.now_ms(), display)
    for mail in mails:
        yield _email(mail)
    for member in _responses(connection, person):
        yield _response(member, display)


def _related(org: Org, connection: sqlite3.Connection, person: str, name: str, column: str) -> list[Row]:
    """Records tied to a person by a column of their own or by a row of the relation table."""
    rows = {row["Id"]: row for row in fetch_by(connection, name, column, [person])} if column else {}
    relation = org.catalog.object(f"{name}Relation")
    if relation is not None:
        ties = live(fetch_by(connection, relation.name, "RelationId", [person]))
        rows |= fetch(connection, name, (tie[f"{name}Id"] for tie in ties))
    return live(rows.values())


def _responses(connection: sqlite3.Connection, person: str) -> Iterable[Row]:
    """A member of a converted lead names lead and contact."""
    rows = {
        row["Id"]: row
        for column in ("LeadId", "ContactId")
        for row in fetch_by(connection, "CampaignMember", column, [person])
    }
    return live(rows.values())


def _task(task: Row, now: int, display: Display) -> Item:
    kind = str(task["Type"] or "")
    if "Call" in (task["TaskSubtype"], kind):
        return _done(task, display, "call", _call_facts(task), by_lead=task["CallType"] == "Inbound")
    if task["TaskSubtype"] == "Email" or kind == "Email":
        return _done(task, display, "email", ["E-mail"])
    if kind.startswith("Text"):
        return _done(task, display, "message", [kind], by_lead=kind.endswith("Received"))
    if kind == "Note":
        return _done(task, display, "note", [])
    return _to_do(task, now, display)


def _done(task: Row, display: Display, icon: str, facts: Iterable[str], *, by_lead: bool = False) -> Item:
    """Something that was logged when it had happened; without an hour of completion only the day is known."""
    at, dated = task["CompletedDateTime"], False
    if at is None:
        at, dated = _due(task, display)
    return Item(
        at=at,
        icon=icon,
        by="lead" if by_lead else "rep",
        title=task["Subject"] or icon.capitalize(),
        detail=_facts(*facts, display.name(task["OwnerId"])),
        body=task["Description"] or "",
        dated=dated,
    )


def _to_do(task: Row, now: int, display: Display) -> Item:
    item = _done(task, display, "task", [f"Task · {task['Status']}"])
    if task["IsClosed"]:
        return item
    at, dated = _due(task, display)
    late = display.local(at).date() < display.local(now).date()
    when = "entered without a due date" if not dated else "overdue" if late else "due"
    detail = _facts("Task", task["Status"], when, display.name(task["OwnerId"]))
    return item._replace(at=at, dated=dated, detail=detail, pending=True)


def _due(task: Row, display: Display) -> tuple[int, bool]:
    if task["ActivityDate"]:
        return display.midnight(date.fromisoformat(task["ActivityDate"])), True
    return task["CreatedDate"], False


def _call_facts(task: Row) -> list[str]:
    length = task["CallDurationInSeconds"] or 0
    lasted = f"{length // 60} min" if length >= 60 else f"{length} s" if length else ""
    return [f"{task['CallType'] or ''} call".strip().capitalize(), task["CallDisposition"] or "", lasted]


def _event(event: Row, now: int, display: Display) -> Item:
    at, dated = event["StartDateTime"] or event["ActivityDateTime"], False
    if at is None or event["IsAllDayEvent"]:
        at, dated = _due(event, display)
    minutes = event["DurationInMinutes"]
    lasts = "all day" if event["IsAllDayEvent"] else f"{minutes} min" if minutes else ""
    return Item(
        at=at,
        icon="event",
        by="rep",
        title=event["Subject"] or "Event",
        detail=_facts(event.get("Meeting_Outcome__c"), lasts, event["Location"], display.name(event["OwnerId"])),
        body=event["Description"] or "",
        dated=dated,
        pending=at > now,
    )


def _email(mail: Row) -> Item:
    incoming = bool(mail["Incoming"])
    bounced, opened = mail["IsBounced"] and "bounced", mail["IsOpened"] and "opened"
    return Item(
        at=mail["MessageDate"] or mail["CreatedDate"],
        icon="email",
        by="lead" if incoming else "rep",
        title=mail["Subject"] or "E-mail",
        detail=_facts("E-mail received" if incoming else "E-mail sent", bounced or opened, mail["FromAddress"]),
        body=mail["TextBody"] or "",
    )


def _response(member: Row, display: Display) -> Item:
    """Salesforce keeps the day of the first response, no hour."""
    campaign, day = display.name(member["CampaignId"]), member["FirstRespondedDate"]
    if not member["HasResponded"] or not day:
        return Item(member["CreatedDate"], "campaign", "system", campaign, f"Campaign · {member['Status'] or 'Added'}")
    at = display.midnight(date.fromisoformat(day))
    return Item(at, "campaign", "lead", campaign, f"Campaign response · {member['Status']}", dated=True)


def _facts(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)
