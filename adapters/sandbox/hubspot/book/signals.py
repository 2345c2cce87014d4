"""What HubSpot keeps on the contact about website, mailings and forms, worked out from the story.

Of forms and pages it keeps the first and the latest, of opens and clicks a number and the latest date; the rest of a
story is only in the property history. Names and meanings: HubSpot's knowledge base, default contact properties.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from adapters.sandbox.hubspot.book.shapes import iso_time
from adapters.sandbox.people import SITE, Act, Person

VISIT_GAP = 30 * 60_000
"""Half an hour without a page ends a visit."""

_SOURCES = {
    "website": ("ORGANIC_SEARCH", "PAID_SEARCH", "DIRECT_TRAFFIC", "ORGANIC_SEARCH"),
    "social": ("SOCIAL_MEDIA", "PAID_SOCIAL"),
    "quote_comparison": ("REFERRALS",),
}
_CONTACTING = frozenset({"call_out", "call_in", "email_out", "email_in", "sms_out", "sms_in", "meeting"})
_LOGGED = _CONTACTING | {"note", "task"}
_ENGAGING = frozenset({"form", "click", "email_in", "meeting", "mail_reply"})

History = dict[str, list[tuple[int, str]]]


def signals(person: Person) -> dict[str, str]:
    """The engagement properties of the contact; absent where nothing happened."""
    acts = _by_kind(person.acts)
    return {
        "hs_analytics_source": _source(person),
        **_pages(acts),
        **_mailings(acts),
        **_conversions(acts.get("form", [])),
        **_selling(person.acts, acts),
    }


def history(person: Person) -> History | None:
    """Past values of the signals that took several, oldest first; None where none did."""
    opened = forms = sent = 0
    kept: History = {"hs_email_open": [], "hs_email_last_email_name": [], "recent_conversion_event_name": []}
    for act in person.acts:
        if act.kind == "open":
            opened += 1
            kept["hs_email_open"].append((act.at, str(opened)))
        elif act.kind == "mail":
            sent += 1
            kept["hs_email_last_email_name"].append((act.at, act.detail))
        elif act.kind == "form":
            forms += 1
            kept["recent_conversion_event_name"].append((act.at, act.detail))
    several = {name: values for name, values in kept.items() if len(values) > 1}
    return several or None


def _by_kind(acts: Iterable[Act]) -> dict[str, list[Act]]:
    kinds: dict[str, list[Act]] = {}
    for act in acts:
        kinds.setdefault(act.kind, []).append(act)
    return kinds


def _source(person: Person) -> str:
    choices = _SOURCES.get(person.source, ("OFFLINE",))
    return choices[person.number % len(choices)]


def _pages(acts: dict[str, list[Act]]) -> dict[str, str]:
    pages = acts.get("page")
    if not pages:
        return {}
    first, last = pages[0], pages[-1]
    starts = [page.at for before, page in pairwise(pages) if page.at - before.at > VISIT_GAP]
    forms = acts.get("form", [last])
    return {
        "hs_analytics_num_page_views": str(len(pages)),
        "hs_analytics_num_visits": str(1 + len(starts)),
        "hs_analytics_first_url": SITE + first.detail,
        "hs_analytics_first_timestamp": iso_time(first.at),
        "hs_analytics_first_visit_timestamp": iso_time(first.at),
        "hs_analytics_last_url": SITE + last.detail,
        "hs_analytics_last_visit_timestamp": iso_time(starts[-1] if starts else first.at),
        "hs_analytics_last_timestamp": iso_time(max(last.at, forms[-1].at)),
    }


def _mailings(acts: dict[str, list[Act]]) -> dict[str, str]:
    values = {name: str(len(acts[kind])) for kind, name in _COUNTERS if kind in acts}
    for kind, name in _DATES:
        if kind in acts:
            values[f"hs_email_first_{name}_date"] = iso_time(acts[kind][0].at)
            values[f"hs_email_last_{name}_date"] = iso_time(acts[kind][-1].at)
    if "mail" in acts:
        values["hs_email_last_email_name"] = acts["mail"][-1].detail
    if "optout" in acts:
        values["hs_email_optout"] = "true"
    return values


_COUNTERS = (
    ("mail", "hs_email_delivered"),
    ("open", "hs_email_open"),
    ("click", "hs_email_click"),
    ("mail_reply", "hs_email_replied"),
    ("bounce", "hs_email_bounce"),
)
_DATES = (("mail", "send"), ("open", "open"), ("click", "click"), ("mail_reply", "reply"))


def _conversions(forms: Sequence[Act]) -> dict[str, str]:
    if not forms:
        return {}
    first, latest = forms[0], forms[-1]
    return {
        "num_conversion_events": str(len(forms)),
        "first_conversion_event_name": first.detail,
        "first_conversion_date": iso_time(first.at),
        "recent_conversion_event_name": latest.detail,
        "recent_conversion_date": iso_time(latest.at),
    }


def _selling(story: Sequence[Act], acts: dict[str, list[Act]]) -> dict[str, str]:
    moments = {
        "notes_last_contacted": _last(story, _CONTACTING),
        "notes_last_updated": _last(story, _LOGGED),
        "hs_last_sales_activity_timestamp": _last(story, _ENGAGING),
        "hs_sales_email_last_replied": _last(acts.get("email_in", ()), _CONTACTING),
        "engagements_last_meeting_booked": _last(acts.get("meeting", ()), _CONTACTING),
    }
    return {name: iso_time(at) for name, at in moments.items() if at}


def _last(acts: Iterable[Act], kinds: frozenset[str]) -> int:
    return max((act.recorded for act in acts if act.kind in kinds), default=0)
