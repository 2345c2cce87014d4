"""The reps' records of a story as HubSpot's calls, e-mails, meetings, notes, tasks and communications."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from adapters.sandbox.hubspot.book.shapes import activity_id, contact_id, iso_time, owner_id
from adapters.sandbox.people import Act, Person, texts
from adapters.sandbox.people.entered import rep_email, saved_in_a_hurry
from adapters.sandbox.seed import SeedObject

DISPOSITIONS = {
    "connected": "f240bbac-87c9-4f6e-bf70-924b57d47db7",
    "busy": "9d9162e7-6cf3-4944-bf63-4dff82258764",
    "live_message": "a4c4c377-d246-4b32-a13b-75a56a4cd0ff",
    "voicemail": "b2cf5968-551e-4856-9783-52b3da59a7d0",
    "no_answer": "73a0d17f-1163-4015-bdd5-ec830791da20",
    "wrong_number": "17b47fee-58de-441e-a44c-c6300d46f273",
}
"""HubSpot's default call outcomes: developers.hubspot.com/docs, CRM, activities, calls guide."""

MEETING_OUTCOMES = {
    "held": "COMPLETED",
    "no_show": "NO_SHOW",
    "canceled": "CANCELED",
    "rescheduled": "RESCHEDULED",
    "scheduled": "SCHEDULED",
}
"""HubSpot's default meeting outcomes."""

_CALL_STATUS = {"no_answer": "NO_ANSWER", "busy": "BUSY", "missed": "MISSED"}
_AGENCY_NUMBER = "+18005550100"

Values = dict[str, str]


def activities(person: Person, horizon: int) -> Iterator[SeedObject]:
    """Every act a rep recorded, each with the contact. `horizon` is the book's present."""
    contact = (contact_id(person.number),)
    common = {"hubspot_owner_id": owner_id(person.rep)}
    words = texts.words(person)
    for place, act in enumerate(person.acts):
        build = _BUILDERS.get(act.kind)
        if build is None:
            continue
        name, properties = build(act, person, words)
        properties |= common
        properties["hs_timestamp"] = iso_time(act.at)
        recorded = act.recorded
        updated = max(recorded, min(act.at + act.seconds * 1000, horizon))
        yield SeedObject(name, activity_id(person.number, place), properties, recorded, updated, contact)


def _call(act: Act, person: Person, words: Values) -> tuple[str, Values]:
    inbound = act.kind == "call_in"
    lead, agency = person.typed.phone, _AGENCY_NUMBER
    values = {
        "hs_call_title": texts.CALL_TITLES[act.detail].format_map(words),
        "hs_call_direction": "INBOUND" if inbound else "OUTBOUND",
        "hs_call_status": _CALL_STATUS.get(act.detail, "COMPLETED"),
        "hs_call_duration": str(act.seconds * 1000),
        "hs_call_from_number": lead if inbound else agency,
        "hs_call_to_number": agency if inbound else lead,
    }
    if act.detail in texts.CALL_NOTES:
        values["hs_call_body"] = texts.one_line(texts.CALL_NOTES, act, words)
    if (outcome := DISPOSITIONS.get(act.detail)) and not saved_in_a_hurry(act):
        values["hs_call_disposition"] = outcome
    return "calls", values


def _email(act: Act, person: Person, words: Values) -> tuple[str, Values]:
    incoming = act.kind == "email_in"
    subject, text = texts.email(act, words)
    lead, rep = person.typed.email, rep_email(person.rep)
    return "emails", {
        "hs_email_direction": "INCOMING_EMAIL" if incoming else "EMAIL",
        "hs_email_status": "SENT",
        "hs_email_subject": subject,
        "hs_email_text": text,
        "hs_email_from_email": lead if incoming else rep,
        "hs_email_to_email": rep if incoming else lead,
    }


def _message(act: Act, person: Person, words: Values) -> tuple[str, Values]:
    incoming = act.kind == "sms_in"
    values = {
        "hs_communication_channel_type": "WHATS_APP" if person.number % 9 == 0 else "SMS",
        "hs_communication_logged_from": "CRM",
        "hs_communication_body": texts.one_line(texts.MESSAGES, act, words),
    }
    if incoming or not saved_in_a_hurry(act):
        values["hs_communication_direction"] = "INBOUND" if incoming else "OUTBOUND"
    return "communications", values


def _meeting(act: Act, person: Person, words: Values) -> tuple[str, Values]:
    return "meetings", {
        "hs_meeting_title": texts.MEETING_TITLE.format_map(words),
        "hs_meeting_start_time": iso_time(act.at),
        "hs_meeting_end_time": iso_time(act.at + act.seconds * 1000),
        "hs_meeting_location": "Video call" if person.number % 3 else "Harborlight office",
        "hs_meeting_outcome": MEETING_OUTCOMES[act.detail],
    }


def _note(act: Act, _: Person, words: Values) -> tuple[str, Values]:
    return "notes", {"hs_note_body": texts.one_line(texts.NOTES, act, words)}


def _task(act: Act, person: Person, words: Values) -> tuple[str, Values]:
    return "tasks", {
        "hs_task_subject": texts.task(act, words),
        "hs_task_status": "COMPLETED" if act.detail == "done" else "NOT_STARTED",
        "hs_task_priority": ("NONE", "MEDIUM", "HIGH")[person.number % 3],
        "hs_task_type": ("TODO", "CALL", "EMAIL")[act.at // 1000 % 3],
    }


_BUILDERS: dict[str, Callable[[Act, Person, Values], tuple[str, Values]]] = {
    "call_out": _call,
    "call_in": _call,
    "email_out": _email,
    "email_in": _email,
    "sms_out": _message,
    "sms_in": _message,
    "meeting": _meeting,
    "note": _note,
    "task": _task,
}
