"""What HubSpot keeps on the contact about website, mailings and forms, worked out from the story.

Of forms and pages it keeps the first and the latest, of opens and clicks a number and the latest date; the rest of a
story is only in the property history. Names and meanings: HubSpot's knowledge base, default contact properties.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapters.sandbox.hubspot.book.shapes import iso_time
from adapters.sandbox.people import Act, Person
from adapters.sandbox.people.signals import Engagement, Website, by_kind, engagement

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
    acts = by_kind(person.acts)
    known = engagement(acts)
    return {
        "hs_analytics_source": _source(person),
        **_pages(known.website),
        **_mailings(known),
        **_conversions(known.forms),
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


def _source(person: Person) -> str:
    choices = _SOURCES.get(person.source, ("OFFLINE",))
    return choices[person.number % len(choices)]


def _pages(website: Website | None) -> dict[str, str]:
    if website is None:
        return {}
    return {
        "hs_analytics_num_page_views": str(website.pages),
        "hs_analytics_num_visits": str(website.visits),
        "hs_analytics_first_url": website.first_url,
        "hs_analytics_first_timestamp": iso_time(website.first_at),
        "hs_analytics_first_visit_timestamp": iso_time(website.first_at),
        "hs_analytics_last_url": website.last_url,
        "hs_analytics_last_visit_timestamp": iso_time(website.last_visit_at),
        "hs_analytics_last_timestamp": iso_time(website.last_at),
    }


def _mailings(known: Engagement) -> dict[str, str]:
    done = known.mailings
    values = {name: str(done[kind].times) for kind, name in _COUNTERS if kind in done}
    for kind, name in _DATES:
        if kind in done:
            values[f"hs_email_first_{name}_date"] = iso_time(done[kind].first_at)
            values[f"hs_email_last_{name}_date"] = iso_time(done[kind].last_at)
    if known.last_mail:
        values["hs_email_last_email_name"] = known.last_mail
    if known.opted_out:
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
