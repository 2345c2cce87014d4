"""Everything that happened with a contact, newest first: the reps' records, the sale, and what the CRM noticed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import NamedTuple

from adapters.sandbox.hubspot.kinds import ACTIVITY_NAMES
from adapters.sandbox.hubspot.times import iso
from adapters.sandbox.pages.display import Display, milliseconds
from adapters.sandbox.store import Store, StoredObject

_TAG = re.compile(r"<[^>]*>")
_DISPOSITIONS = {
    "f240bbac-87c9-4f6e-bf70-924b57d47db7": "Connected",
    "9d9162e7-6cf3-4944-bf63-4dff82258764": "Busy",
    "a4c4c377-d246-4b32-a13b-75a56a4cd0ff": "Left live message",
    "b2cf5968-551e-4856-9783-52b3da59a7d0": "Left voicemail",
    "73a0d17f-1163-4015-bdd5-ec830791da20": "No answer",
    "17b47fee-58de-441e-a44c-c6300d46f273": "Wrong number",
}
_CHANNELS = {"SMS": "Text message", "WHATS_APP": "WhatsApp message", "LINKEDIN_MESSAGE": "LinkedIn message"}
_SIGNALS = (
    ("first_conversion_date", "first_conversion_event_name", "form", "First form"),
    ("recent_conversion_date", "recent_conversion_event_name", "form", "Latest form"),
    ("hs_analytics_first_visit_timestamp", "hs_analytics_first_url", "page", "First visit to the website"),
    ("hs_analytics_last_visit_timestamp", "hs_analytics_last_url", "page", "Latest visit to the website"),
    ("hs_email_last_open_date", "hs_email_last_email_name", "open", "Latest mailing opened"),
    ("hs_email_last_click_date", "hs_email_last_email_name", "open", "Latest click in a mailing"),
)


class Item(NamedTuple):
    """One entry. `by` is ``lead``, ``rep`` or ``system``."""

    at: int
    icon: str
    by: str
    title: str
    detail: str = ""
    body: str = ""


class Chapter(NamedTuple):
    """The entries of a month, or those still to come."""

    heading: str
    items: list[tuple[Item, str, str]]
    """Each with its time in words and for machines."""


class Timeline(NamedTuple):
    """The chapters, and how many entries there are in all."""

    chapters: list[Chapter]
    total: int
    shown: int


def timeline(store: Store, contact: StoredObject, display: Display, limit: int) -> Timeline:
    """At most `limit` entries, those still to come first."""
    items = sorted(_items(store, contact), key=lambda item: item.at, reverse=True)
    now = store.settings.now_ms()
    shown = items[:limit]
    grouped = groupby(shown, key=lambda item: "Coming up" if item.at > now else display.month(item.at))
    chapters = [
        Chapter(name, [(item, display.moment(item.at), iso(item.at)) for item in group]) for name, group in grouped
    ]
    return Timeline(chapters, len(items), len(shown))


def _items(store: Store, contact: StoredObject) -> Iterator[Item]:
    yield Item(contact.created_ms, "created", "system", "Contact created")
    yield from _signals(contact)
    for name in ACTIVITY_NAMES:
        for record in store.tied("contacts", contact.id, name):
            yield _BUILDERS[name](record, _when(record))
    for deal in store.tied("contacts", contact.id, "deals"):
        yield from _deal(deal)


def _signals(contact: StoredObject) -> Iterator[Item]:
    seen = set()
    for when, what, icon, title in _SIGNALS:
        at, text = contact.properties.get(when), contact.properties.get(what, "")
        if at and (icon, at, text) not in seen:
            seen.add((icon, at, text))
            yield Item(milliseconds(at), icon, "lead", title, text.removeprefix("https://"))


def _when(record: StoredObject) -> int:
    stamp = record.properties.get("hs_timestamp")
    return milliseconds(stamp) if stamp else record.created_ms


def _call(record: StoredObject, at: int) -> Item:
    values = record.properties
    inbound = values.get("hs_call_direction") == "INBOUND"
    outcome = _DISPOSITIONS.get(values.get("hs_call_disposition", ""), _words(values.get("hs_call_status", "")))
    detail = " · ".join(part for part in (outcome, _length(values.get("hs_call_duration", ""))) if part)
    title = values.get("hs_call_title") or ("Incoming call" if inbound else "Call")
    return Item(at, "call", "lead" if inbound else "rep", title, detail, _plain(values.get("hs_call_body", "")))


def _email(record: StoredObject, at: int) -> Item:
    values = record.properties
    incoming = values.get("hs_email_direction") == "INCOMING_EMAIL"
    body = _plain(values.get("hs_email_text") or values.get("hs_email_html", ""))
    by, detail = ("lead", "E-mail received") if incoming else ("rep", "E-mail sent")
    return Item(at, "email", by, values.get("hs_email_subject", "E-mail"), detail, body)


def _meeting(record: StoredObject, at: int) -> Item:
    values = record.properties
    detail = " · ".join(
        part for part in (_words(values.get("hs_meeting_outcome", "")), values.get("hs_meeting_location", "")) if part
    )
    title = values.get("hs_meeting_title", "Meeting")
    return Item(at, "meeting", "rep", title, detail, _plain(values.get("hs_meeting_body", "")))


def _note(record: StoredObject, at: int) -> Item:
    return Item(at, "note", "rep", "Note", "", _plain(record.properties.get("hs_note_body", "")))


def _task(record: StoredObject, at: int) -> Item:
    values = record.properties
    status = _words(values.get("hs_task_status", ""))
    return Item(at, "task", "rep", values.get("hs_task_subject", "Task"), f"Task · {status}" if status else "Task")


def _message(record: StoredObject, at: int) -> Item:
    values = record.properties
    incoming = values.get("hs_communication_direction") == "INBOUND"
    channel = _CHANNELS.get(values.get("hs_communication_channel_type", ""), "Message")
    by, way = ("lead", "received") if incoming else ("rep", "sent")
    return Item(at, "message", by, f"{channel} {way}", "", _plain(values.get("hs_communication_body", "")))


_BUILDERS: dict[str, Callable[[StoredObject, int], Item]] = {
    "calls": _call,
    "emails": _email,
    "meetings": _meeting,
    "notes": _note,
    "tasks": _task,
    "communications": _message,
}


def _deal(deal: StoredObject) -> Iterator[Item]:
    name = deal.properties.get("dealname", "Deal")
    yield Item(deal.created_ms, "deal", "system", "Deal opened", name)
    closed, stage = deal.properties.get("closedate"), deal.properties.get("dealstage")
    if closed and stage in {"closedwon", "closedlost"}:
        yield Item(milliseconds(closed), "deal", "system", "Deal won" if stage == "closedwon" else "Deal lost", name)


def _words(constant: str) -> str:
    return constant.replace("_", " ").capitalize()


def _length(duration: str) -> str:
    seconds = int(duration) // 1000 if duration.isdigit() else 0
    if seconds < 60:
        return f"{seconds} s" if seconds else ""
    return f"{seconds // 60} min"


def _plain(html: str) -> str:
    return _TAG.sub(" ", html).strip()
