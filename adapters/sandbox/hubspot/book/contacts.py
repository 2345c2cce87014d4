"""An entry of the book as a HubSpot contact."""

from __future__ import annotations

from adapters.sandbox.hubspot.book.shapes import (
    DAY,
    company_id,
    contact_id,
    filled,
    flag,
    iso_day,
    merged_away_id,
    owner_id,
)
from adapters.sandbox.hubspot.book.signals import history, signals
from adapters.sandbox.people import SOURCES, Act, Business, Person
from adapters.sandbox.seed import SeedObject

_SOURCE_LABELS = {source.key: source.label for source in SOURCES}
_SIZES = ((5, "1-5"), (25, "5-25"), (50, "25-50"), (100, "50-100"), (500, "100-500"), (1000, "500-1000"))


def contact(person: Person, import_at: int) -> SeedObject:
    """The contact. `import_at` is when the last bulk import stamped those leads it touched, all with one moment."""
    business = person.identity.business
    return SeedObject(
        type="contacts",
        id=contact_id(person.number),
        properties=filled(_card(person) | _insurance(person) | _standing(person)) | signals(person),
        created_ms=person.created,
        updated_ms=_updated(person, import_at),
        company_ids=(company_id(business.number),) if business else (),
        history=history(person),
    )


def _card(person: Person) -> dict[str, str]:
    typed, who = person.typed, person.identity
    return {
        "firstname": typed.first_name,
        "lastname": typed.last_name,
        "email": typed.email,
        "phone": typed.phone,
        "mobilephone": typed.mobile,
        "city": who.place.city,
        "state": typed.state,
        "zip": typed.zip,
        "country": "United States",
        "jobtitle": who.job_title,
        **(_work(who.business) if who.business and "business" in typed.known else {}),
    }


def _work(business: Business) -> dict[str, str]:
    return {
        "company": business.name,
        "industry": business.industry.capitalize(),
        "numemployees": next((band for top, band in _SIZES if business.employees <= top), "1000+"),
        "annualrevenue": str(business.revenue),
        "years_in_business": str(business.years),
    }


def _insurance(person: Person) -> dict[str, str]:
    who, typed = person.identity, person.typed
    known = typed.known
    return {
        "age": typed.age,
        "date_of_birth": typed.born,
        "household_income": typed.income,
        "county": who.place.county if "county" in known else "",
        "product_interest": who.line.label if "line" in known else "",
        "lead_source": _SOURCE_LABELS[person.source],
        "homeowner": flag(who.homeowner) if "homeowner" in known else "",
        "number_of_dependents": str(who.dependents) if "dependents" in known else "",
        "coverage_amount": str(who.coverage or "") if "coverage" in known else "",
        "property_value": _property_value(person),
        "number_of_vehicles": str(who.vehicles) if "vehicles" in known and who.line.key == "personal_auto" else "",
        "currently_insured": flag(who.insured) if "insured" in known else "",
        "renewal_date": iso_day(person.renewal_day) if person.renewal_day and "insured" in known else "",
        "do_not_contact": "true" if person.do_not_contact else "",
    }


def _property_value(person: Person) -> str:
    asked = person.identity.line.key == "home" and "property" in person.typed.known
    return str(person.identity.property_value or "") if asked else ""


def _standing(person: Person) -> dict[str, str]:
    """What the reps and the sale left behind; most of it is known only afterwards, and no score may look at it."""
    sale = person.sale
    sold = sale is not None and sale.state == "won"
    return {
        "hubspot_owner_id": owner_id(person.rep),
        "lifecyclestage": _lifecycle(person),
        "hs_lead_status": _lead_status(person),
        "policy_number": sale.policy_number if sale and sold else "",
        "annual_premium": str(sale.premium) if sale and sold else "",
        "hs_merged_object_ids": ";".join(merged_away_id(person.number, serial) for serial in person.merged),
    }


def _lifecycle(person: Person) -> str:
    if person.sale and person.sale.state != "lost":
        return "customer" if person.sale.state == "won" else "opportunity"
    if _did(person, "meeting", "held"):
        return "salesqualifiedlead"
    if person.source == "purchased_list" and not _did(person, "form", ""):
        return "subscriber"
    return "marketingqualifiedlead" if person.sale else "lead"


def _lead_status(person: Person) -> str:
    if person.sale:
        by_state = {"won": "CONNECTED", "open": "OPEN_DEAL", "lost": ("UNQUALIFIED", "BAD_TIMING")[person.number % 2]}
        return by_state[person.sale.state]
    if _did(person, "call_out", "connected"):
        return "CONNECTED"
    if _did(person, "note", "gave_up"):
        return "UNQUALIFIED"
    return "ATTEMPTED_TO_CONTACT" if _did(person, "call_out", "") else "NEW"


def _did(person: Person, kind: str, detail: str) -> bool:
    return any(_is(act, kind, detail) for act in person.acts)


def _is(act: Act, kind: str, detail: str) -> bool:
    return act.kind == kind and (not detail or act.detail == detail)


def _updated(person: Person, import_at: int) -> int:
    latest = max((act.recorded for act in person.acts), default=person.created)
    closed = (person.sale.closed or 0) if person.sale else 0
    latest = max(latest, closed, person.created)
    return max(latest, import_at) if person.in_import and person.created < import_at - DAY else latest
