"""Employers as companies and sales as deals."""

from __future__ import annotations

from adapters.sandbox.hubspot.book.shapes import DAY, company_id, contact_id, deal_id, flag, iso_time, owner_id
from adapters.sandbox.people import Business, Person, Sale
from adapters.sandbox.seed import SeedObject

_INDUSTRIES = {
    "construction": "CONSTRUCTION",
    "plumbing and heating": "CONSTRUCTION",
    "landscaping": "FACILITIES_SERVICES",
    "restaurants": "RESTAURANTS",
    "retail": "RETAIL",
    "auto repair": "AUTOMOTIVE",
    "cleaning services": "FACILITIES_SERVICES",
    "professional services": "MANAGEMENT_CONSULTING",
}
_STAGES = {"quoted": "qualifiedtobuy", "meeting": "presentationscheduled", "application": "contractsent"}
_DECIDED = {"won": "closedwon", "lost": "closedlost"}


def company(business: Business, horizon: int) -> SeedObject:
    """The employer. All were entered long before the book's present, `horizon`."""
    created = horizon - (430 + business.number % 90) * DAY
    properties = {
        "name": business.name,
        "domain": business.domain,
        "industry": _INDUSTRIES[business.industry],
        "numberofemployees": str(business.employees),
        "annualrevenue": str(business.revenue),
        "city": business.place.city,
        "state": business.place.state,
        "zip": business.place.zips[0],
        "country": "United States",
        "phone": business.phone,
    }
    return SeedObject("companies", company_id(business.number), properties, created, created + 7 * DAY)


def deal(person: Person, sale: Sale) -> SeedObject:
    """The sale as a deal in HubSpot's default pipeline; the amount is a year's premium."""
    business = person.identity.business
    properties = {
        "dealname": f"{person.identity.line.label} - {person.identity.first_name} {person.identity.last_name}",
        "pipeline": "default",
        "dealstage": _DECIDED.get(sale.state) or _STAGES[sale.stage],
        "amount": str(sale.premium),
        "hubspot_owner_id": owner_id(person.rep),
        "dealtype": "newbusiness",
        "hs_is_closed": flag(sale.closed is not None),
        "hs_is_closed_won": flag(sale.state == "won"),
    }
    if sale.closed:
        properties["closedate"] = iso_time(sale.closed)
    return SeedObject(
        type="deals",
        id=deal_id(person.number),
        properties=properties,
        created_ms=sale.opened,
        updated_ms=sale.closed or sale.opened,
        contact_ids=(contact_id(person.number),),
        company_ids=(company_id(business.number),) if business else (),
    )
