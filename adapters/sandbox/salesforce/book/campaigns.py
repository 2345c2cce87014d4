"""Web forms as Campaigns, one per form and calendar month, and who answered them as CampaignMembers.

A campaign member holds one response, the first: Salesforce keeps `FirstRespondedDate` and no later one.
https://developer.salesforce.com/docs (CampaignMember)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from adapters.sandbox.people import FORM_PAGES, STORY_DAYS, Person
from adapters.sandbox.people.clock import DAY
from adapters.sandbox.salesforce.book.leads import Made, Moment, last_changed
from adapters.sandbox.salesforce.book.shapes import Row, activity_key, contact_key, lead_key, stamped, user_key
from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.zones import iso_day, local_day

_FORMS = tuple(FORM_PAGES)
_OLDEST = (STORY_DAYS + 301) * DAY
"""No lead of the book is older."""
_MARKETING = user_key(0)


def campaign_key(form: str, month: str) -> str:
    """Id of the Campaign of a form in a month such as ``2026-11``."""
    return make_id("701", _serial(form, month))


def _serial(form: str, month: str) -> int:
    year, number = map(int, month.split("-"))
    return 10_000 * (1 + _FORMS.index(form)) + (year - 1970) * 12 + number


def campaigns(now: Moment) -> Made:
    """A campaign for every form and month in which leads of the book may have answered."""
    for month in _months(now):
        for form in _FORMS:
            campaign = _campaign(form, month, now)
            yield "Campaign", campaign
            yield from _statuses(campaign, 2 * _serial(form, month))


def _months(now: Moment) -> Iterator[str]:
    day, last = date.fromisoformat(local_day(now.horizon - _OLDEST, now.time_zone)).replace(day=1), now.horizon // DAY
    while day.isoformat() <= iso_day(last):
        yield day.isoformat()[:7]
        day = _next_month(day)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _campaign(form: str, month: str, now: Moment) -> Row:
    first = date.fromisoformat(f"{month}-01")
    created = min((first.toordinal() - date(1970, 1, 1).toordinal()) * DAY, now.horizon)
    end = date.fromordinal(_next_month(first).toordinal() - 1)
    return {
        "Id": campaign_key(form, month),
        "Name": f"{form} {month}",
        "Type": "Web Form",
        "Status": "In Progress" if month == local_day(now.horizon, now.time_zone)[:7] else "Completed",
        "StartDate": first.isoformat(),
        "EndDate": end.isoformat(),
        "IsActive": 1,
        "OwnerId": _MARKETING,
        **stamped(created, created, _MARKETING),
    }


def _statuses(campaign: Row, serial: int) -> Made:
    """What a member of the campaign may be, and which of it is a response."""
    for place, (label, responded) in enumerate((("Sent", False), ("Responded", True))):
        yield (
            "CampaignMemberStatus",
            {
                "Id": make_id("01Y", serial + place),
                "CampaignId": campaign["Id"],
                "Label": label,
                "SortOrder": 3 + place,
                "IsDefault": int(not responded),
                "HasResponded": int(responded),
                **stamped(campaign["CreatedDate"], campaign["CreatedDate"], _MARKETING),
            },
        )


def responses(person: Person, now: Moment) -> Made:
    """The entry's CampaignMembers, in order of time. After conversion a member names the Lead and the Contact."""
    answered: dict[tuple[str, str], int] = {}
    for act in person.acts:
        if act.kind == "form":
            answered.setdefault((act.detail, local_day(act.at, now.time_zone)[:7]), act.at)
    for place, ((form, month), at) in enumerate(answered.items()):
        yield "CampaignMember", _member(person, now, place, campaign_key(form, month), at)


def _member(person: Person, now: Moment, place: int, campaign: str, at: int) -> Row:
    contact = contact_key(person.number) if person.sale else None
    lead = lead_key(person.number)
    updated = last_changed(person, now) if person.archived else at
    return {
        "Id": activity_key("00v", person.number, place),
        "CampaignId": campaign,
        "LeadId": lead,
        "ContactId": contact,
        "LeadOrContactId": contact or lead,
        "Type": "Contact" if contact else "Lead",
        "Status": "Responded",
        "HasResponded": 1,
        "FirstRespondedDate": local_day(at, now.time_zone),
        **stamped(at, updated, _MARKETING, person.archived),
    }
