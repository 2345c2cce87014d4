"""The reps' records of a story as Tasks, Events and e-mail messages.

Salesforce knows no calls, texts or notes: all are closed tasks, told apart by TaskSubtype, Type and what a dialer or
texting tool writes. An e-mail is an EmailMessage with its relations and a task of its own (Enhanced Email).
"""

from __future__ import annotations

from collections.abc import Callable

from adapters.sandbox.people import Act, Person, texts
from adapters.sandbox.people.entered import saved_in_a_hurry
from adapters.sandbox.salesforce.book.emails import email_records
from adapters.sandbox.salesforce.book.leads import Made, Moment
from adapters.sandbox.salesforce.book.shapes import Row, activity_key
from adapters.sandbox.salesforce.book.story import Story, stamp, story_of
from adapters.sandbox.salesforce.zones import local_day

DISPOSITIONS = {
    "connected": "Connected",
    "busy": "Busy",
    "live_message": "Left live message",
    "voicemail": "Left voicemail",
    "no_answer": "No answer",
    "wrong_number": "Wrong number",
}
"""Call results in the words of the agency's dialer; the field is free text."""

OUTCOMES = {
    "held": "Completed",
    "no_show": "No Show",
    "canceled": "Canceled",
    "rescheduled": "Rescheduled",
    "scheduled": "Scheduled",
}
"""Meeting results in the agency's own field."""

_BY_DIALER = frozenset({"no_answer", "busy"})
"""Results a dialer fills in itself, whatever the rep forgets."""


def activities(person: Person, now: Moment, *, shared: bool) -> Made:
    """Every act a rep recorded. `shared` adds the relation rows of an org with shared activities."""
    story = story_of(person, now)
    for place, act in enumerate(person.acts):
        if act.kind in _TASKS:
            yield "Task", _task(story, act, place) | _TASKS[act.kind](story, act)
        elif act.kind == "meeting":
            yield "Event", _event(story, act, place)
        else:
            continue
        if act.kind in ("email_out", "email_in"):
            yield from email_records(story, act, place)
        if shared:
            yield _relation(story, act, place)


def _task(story: Story, act: Act, place: int) -> Row:
    """What all tasks have. Closed unless it says otherwise, on the day it happened."""
    return {
        "Id": activity_key("00T", story.person.number, place),
        "WhoId": story.who,
        "WhoCount": 1,
        "WhatCount": 0,
        "AccountId": story.account,
        "OwnerId": story.user,
        "Status": "Completed",
        "IsClosed": 1,
        "Priority": "Normal",
        "IsHighPriority": 0,
        "TaskSubtype": "Task",
        "ActivityDate": local_day(act.at, story.now.time_zone),
        "CompletedDateTime": act.at,
        "IsArchived": 0,
        **stamp(story, act),
    }


def _call(story: Story, act: Act) -> Row:
    known = act.detail in _BY_DIALER or not saved_in_a_hurry(act)
    notes = act.detail in texts.CALL_NOTES
    return {
        "TaskSubtype": "Call",
        "Type": "Call",
        "Subject": texts.CALL_TITLES[act.detail].format_map(story.words),
        "Description": texts.one_line(texts.CALL_NOTES, act, story.words) if notes else None,
        "CallType": "Inbound" if act.kind == "call_in" else "Outbound",
        "CallDisposition": DISPOSITIONS.get(act.detail) if known else None,
        "CallDurationInSeconds": act.seconds,
    }


def _text(story: Story, act: Act) -> Row:
    received = act.kind == "sms_in"
    return {
        "Type": "Text Received" if received else "Text Sent",
        "Subject": f"Text from {story.words['name']}" if received else f"Text to {story.words['name']}",
        "Description": texts.one_line(texts.MESSAGES, act, story.words),
    }


def _note(story: Story, act: Act) -> Row:
    return {"Type": "Note", "Subject": "Note", "Description": texts.one_line(texts.NOTES, act, story.words)}


def _to_do(story: Story, act: Act) -> Row:
    closed = act.detail == "done"
    priority = ("Normal", "Normal", "High")[story.person.number % 3]
    return {
        "Subject": texts.task(act, story.words),
        "Status": "Completed" if closed else "Not Started",
        "IsClosed": int(closed),
        "CompletedDateTime": act.at if closed else None,
        "Priority": priority,
        "IsHighPriority": int(priority == "High"),
    }


def _mail_task(story: Story, act: Act) -> Row:
    """The task Salesforce makes beside an e-mail, so that it stands on the timeline."""
    return {"TaskSubtype": "Email", "Type": "Email", "Subject": f"Email: {texts.email(act, story.words)[0]}"}


_TASKS: dict[str, Callable[[Story, Act], Row]] = {
    "call_out": _call,
    "call_in": _call,
    "sms_out": _text,
    "sms_in": _text,
    "note": _note,
    "task": _to_do,
    "email_out": _mail_task,
    "email_in": _mail_task,
}


def _event(story: Story, act: Act, place: int) -> Row:
    return {
        "Id": activity_key("00U", story.person.number, place),
        "WhoId": story.who,
        "WhoCount": 1,
        "WhatCount": 0,
        "AccountId": story.account,
        "OwnerId": story.user,
        "Subject": texts.MEETING_TITLE.format_map(story.words),
        "Location": "Video call" if story.person.number % 3 else "Harborlight office",
        "StartDateTime": act.at,
        "EndDateTime": act.at + act.seconds * 1000,
        "ActivityDateTime": act.at,
        "ActivityDate": local_day(act.at, story.now.time_zone),
        "DurationInMinutes": act.seconds // 60,
        "EventSubtype": "Event",
        "Meeting_Outcome__c": OUTCOMES[act.detail],
        "IsAllDayEvent": 0,
        "IsArchived": 0,
        "IsChild": 0,
        "IsGroupEvent": 0,
        "IsPrivate": 0,
        **stamp(story, act),
    }


def _relation(story: Story, act: Act, place: int) -> tuple[str, Row]:
    """With shared activities, who an activity is with stands in a table of its own as well as in WhoId."""
    number = story.person.number
    common = {"RelationId": story.who, "AccountId": story.account, "IsWhat": 0, **stamp(story, act)}
    if act.kind == "meeting":
        row = {"Id": activity_key("0RE", number, place), "EventId": activity_key("00U", number, place)}
        return "EventRelation", row | common | {"IsParent": 1, "IsInvitee": 0}
    row = {"Id": activity_key("0RT", number, place), "TaskId": activity_key("00T", number, place)}
    return "TaskRelation", row | common
