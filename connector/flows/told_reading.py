"""Judging what was sent: the valid events, and for each of the others what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from connector.flows.telling import CONTROLS, LONGEST, LONGEST_ADDRESS, ByRecord, Event
from connector.flows.told import Rejected, Told

_WHO_MEND = 'Use {"email": "..."} or {"crm_id": "..."}, each with "connection" if need be.'


def read_events(
    sent: Iterable[tuple[int, object]], kinds: Collection[str], now: int
) -> tuple[list[Told], list[Rejected]]:
    """The valid ones of these events (place, document) and what is wrong with the others.

    A document that is `Rejected` already, because it could not even be read, stays so.
    """
    context = {"kinds": kinds, "now": now}
    good: list[Told] = []
    rejected: list[Rejected] = []
    for place, document in sent:
        if isinstance(document, Rejected):
            rejected.append(document)
            continue
        try:
            good.append(_told(place, Event.model_validate(document, context=context)))
        except ValidationError as error:
            rejected.append(_rejected(place, document, error))
    return good, rejected


def _told(place: int, event: Event) -> Told:
    who = event.who
    crm_id, email = (who.crm_id.strip(), "") if isinstance(who, ByRecord) else ("", who.email)
    return Told(place, event.id, who.connection or "", crm_id, email, event.kind, event.at, event.campaign or "")


def _rejected(place: int, document: object, error: ValidationError) -> Rejected:
    if not isinstance(document, dict):
        return Rejected(place, None, "This is not an event", 'Send an object: {"id", "who", "kind", "at"}.')
    said = [_said(each) for each in error.errors(include_url=False, include_input=False)[:5]]
    mends = dict.fromkeys(mend for _, mend in said)
    return Rejected(place, _shown_id(document), "; ".join(text for text, _ in said), " ".join(mends))


def _shown_id(document: Mapping[Any, Any]) -> str | None:
    found = document.get("id")
    return found if isinstance(found, str) and len(found) <= LONGEST and not CONTROLS.search(found) else None


_SAID = {
    "missing": ("is missing", "Every event has id, who, kind and at."),
    "extra_forbidden": (
        "is not a field of an event",
        "An event has id, who, kind, at and campaign; who has crm_id or email, and connection.",
    ),
    "string_type": ("is not text", "Send it in quotes."),
    "string_too_short": ("is empty", "Give it a value, or leave it out where it is optional."),
    "string_too_long": ("is too long", f"At most {LONGEST} characters, {LONGEST_ADDRESS} for an e-mail address."),
    "string_unicode": ("holds half a character", "Send plain text in UTF-8."),
    "who": ("must name the lead by exactly one of crm_id and email", _WHO_MEND),
    "model_type": ("is not an object", _WHO_MEND),
}


def _said(error: ErrorDetails) -> tuple[str, str]:
    """A finding as two sentences. What the sender wrote is not repeated: it may be personal."""
    field = CONTROLS.sub("?", str(error["loc"][-1])[:40]) if error["loc"] else "event"
    known: Mapping[str, str] = error.get("ctx", {})
    text, mend = _SAID.get(error["type"], (known.get("text", error["msg"]), known.get("mend", "")))
    return f"{field}: {text}", mend
