"""A sale as an Opportunity with its contact role and the history Salesforce keeps of its stages."""

from __future__ import annotations

from adapters.sandbox.people import Person, Sale
from adapters.sandbox.people.clock import DAY
from adapters.sandbox.salesforce.book.leads import CONVERTED, Made, Moment, last_changed
from adapters.sandbox.salesforce.book.shapes import (
    Row,
    account_key,
    activity_key,
    contact_key,
    is_business,
    lead_key,
    opportunity_key,
    stamped,
    user_key,
)
from adapters.sandbox.salesforce.zones import local_day

STAGES = {
    "quoted": ("Qualification", 10, "Pipeline"),
    "meeting": ("Needs Analysis", 20, "Pipeline"),
    "application": ("Negotiation/Review", 90, "Pipeline"),
    "won": ("Closed Won", 100, "Closed"),
    "lost": ("Closed Lost", 0, "Omitted"),
}
"""Salesforce's default stages, with probability and forecast category."""


def sale_records(person: Person, sale: Sale, now: Moment) -> Made:
    """The Opportunity of a sale and what hangs on it."""
    yield "Opportunity", _opportunity(person, sale, now)
    yield "OpportunityContactRole", _role(person, sale, now)
    steps = [("quoted", sale.opened)]
    if sale.state != "open":
        steps.append((sale.state, sale.closed or sale.opened))
    elif sale.stage != "quoted":
        steps.append((sale.stage, sale.opened + DAY if sale.opened + DAY <= now.horizon else sale.opened))
    for place, (step, at) in enumerate(steps):
        yield "OpportunityHistory", _step(person, sale, now, place, step, at)
    yield "LeadHistory", _conversion(person, sale)


def _state(sale: Sale) -> str:
    return sale.stage if sale.state == "open" else sale.state


def _close_date(person: Person, sale: Sale, now: Moment) -> str:
    expected = sale.opened + person.identity.line.days_to_close * DAY
    return local_day(sale.closed or expected, now.time_zone)


def _gone(person: Person) -> bool:
    """With a Person Account its opportunities go into the bin; those of a business account stay."""
    return person.archived and not is_business(person)


def _opportunity(person: Person, sale: Sale, now: Moment) -> Row:
    stage, probability, forecast = STAGES[_state(sale)]
    who = person.identity
    updated = last_changed(person, now) if _gone(person) else sale.closed or min(sale.opened + DAY, now.horizon)
    return {
        "Id": opportunity_key(person.number),
        "AccountId": account_key(person),
        "ContactId": contact_key(person.number),
        "Name": f"{who.line.label} - {who.first_name} {who.last_name}",
        "StageName": stage,
        "Probability": probability,
        "ForecastCategory": forecast,
        "ForecastCategoryName": forecast,
        "Amount": sale.premium,
        "CloseDate": _close_date(person, sale, now),
        "IsClosed": int(sale.state != "open"),
        "IsWon": int(sale.state == "won"),
        "Type": "New Business",
        "OwnerId": user_key(person.rep),
        **stamped(sale.opened, updated, user_key(person.rep), _gone(person)),
    }


def _role(person: Person, sale: Sale, now: Moment) -> Row:
    updated = last_changed(person, now) if person.archived else sale.opened
    return {
        "Id": activity_key("00K", person.number, 0),
        "OpportunityId": opportunity_key(person.number),
        "ContactId": contact_key(person.number),
        "Role": "Decision Maker",
        "IsPrimary": 1,
        **stamped(sale.opened, updated, user_key(person.rep), person.archived),
    }


def _step(person: Person, sale: Sale, now: Moment, place: int, step: str, at: int) -> Row:
    """The values after a change, with its time: https://developer.salesforce.com/docs (OpportunityHistory)."""
    stage, probability, forecast = STAGES[step]
    return {
        "Id": activity_key("008", person.number, place),
        "OpportunityId": opportunity_key(person.number),
        "StageName": stage,
        "Probability": probability,
        "ForecastCategory": forecast,
        "Amount": sale.premium,
        "ExpectedRevenue": sale.premium * probability / 100,
        "CloseDate": _close_date(person, sale, now),
        "CreatedDate": at,
        "CreatedById": user_key(person.rep),
        "SystemModstamp": at,
        "IsDeleted": int(_gone(person)),
    }


def _conversion(person: Person, sale: Sale) -> Row:
    return {
        "Id": activity_key("017", person.number, 0),
        "LeadId": lead_key(person.number),
        "Field": "leadConverted",
        "OldValue": None,
        "NewValue": CONVERTED,
        "CreatedDate": sale.opened,
        "CreatedById": user_key(person.rep),
        "IsDeleted": int(person.archived),
    }
