"""Properties the CRM works out itself when others change."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.hubspot.times import iso

STAGES = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
_CONTACTING = ("calls", "emails", "meetings", "communications")


def without_steps_back(kind: Kind, old: Mapping[str, str], new: Mapping[str, str | None]) -> dict[str, str | None]:
    """The new values, less a lifecycle stage that would move back: the API ignores it silently (docs, "Contacts").

    A stage can be cleared, and set to anything after that.
    """
    wanted, present = new.get("lifecyclestage"), old.get("lifecyclestage")
    steps_back = wanted in STAGES and present in STAGES and STAGES.index(wanted) < STAGES.index(present)
    if kind.name not in ("contacts", "companies") or not steps_back:
        return dict(new)
    return {name: value for name, value in new.items() if name != "lifecyclestage"}


def consequences(kind: Kind, changed: Mapping[str, str | None], now_ms: int) -> dict[str, str | None]:
    """What else changes on a record when these properties do."""
    if kind.name == "deals":
        return _of_deal(changed)
    if kind.name != "contacts":
        return {}
    result: dict[str, str | None] = {}
    if "email" in changed:
        email = changed["email"]
        result["hs_email_domain"] = email.partition("@")[2] if email else None
    if "hubspot_owner_id" in changed:
        result["hubspot_owner_assigneddate"] = iso(now_ms) if changed["hubspot_owner_id"] else None
    stage = changed.get("lifecyclestage")
    if stage in STAGES:
        result[f"hs_lifecyclestage_{stage}_date"] = iso(now_ms)
    return result


def _of_deal(changed: Mapping[str, str | None]) -> dict[str, str | None]:
    stage = changed.get("dealstage")
    if stage is None:
        return {}
    won, lost = stage == "closedwon", stage == "closedlost"
    return {
        "hs_is_closed": str(won or lost).lower(),
        "hs_is_closed_won": str(won).lower(),
        "hs_is_closed_lost": str(lost).lower(),
    }


def after_activity(activity: Kind, contact: Mapping[str, str], now_ms: int) -> dict[str, str | None]:
    """What changes on a contact when an activity is logged on it."""
    result: dict[str, str | None] = {
        "notes_last_updated": iso(now_ms),
        "num_notes": str(int(float(contact.get("num_notes", "0"))) + 1),
    }
    if activity.name in _CONTACTING:
        result["notes_last_contacted"] = iso(now_ms)
        result["num_contacted_notes"] = str(int(float(contact.get("num_contacted_notes", "0"))) + 1)
    return result


def submission(contact: Mapping[str, str], form: str, now_ms: int) -> dict[str, str | None]:
    """What changes on a contact when it submits a form; `form` is its page's title and its name."""
    which_ones = ("recent",) if "first_conversion_date" in contact else ("recent", "first")
    result: dict[str, str | None] = {"num_conversion_events": str(int(contact.get("num_conversion_events", "0")) + 1)}
    for which in which_ones:
        result[f"{which}_conversion_date"] = iso(now_ms)
        result[f"{which}_conversion_event_name"] = form
    return result
