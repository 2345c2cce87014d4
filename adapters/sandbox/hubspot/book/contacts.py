"""An entry of the book as a HubSpot contact."""

from __future__ import annotations

from adapters.sandbox.hubspot.book.shapes import (
    company_id,
    contact_id,
    filled,
    flag,
    iso_day,
    merged_away_id,
    owner_id,
)
from adapters.sandbox.hubspot.book.signals import history, signals
from adapters.sandbox.people import Business, Person
from adapters.sandbox.people.entered import SOURCE_LABELS, did, entered, last_touched
from adapters.sandbox.seed import SeedObject

_SIZES = ((5, "1-5"), (25, "5-25"), (50, "25-50"), (100, "50-100"), (500, "100-500"), (1000, "500-1000"))


def contact(person: Person, import_at: int) -> SeedObject:
    """The contact. `import_at` is when the last bulk import stamped those leads it touched, all with one moment."""
    business = person.identity.business
    return SeedObject(
        type="contacts",
        id=contact_id(person.number),
        properties=filled(_card(person) | _insurance(person) | _standing(person)) | signals(person),
        created_ms=person.created,
        updated_ms=last_touched(person, import_at),
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
        **_work(entered(person).business),
    }


def _work(business: Business | None) -> dict[str, str]:
    if business is None:
        return {}
    return {
        "company": business.name,
        "industry": business.industry.capitalize(),
        "numemployees": next((band for top, band in _SIZES if business.employees <= top), "1000+"),
        "annualrevenue": str(business.revenue),
        "years_in_business": str(business.years),
    }


def _insurance(person: Person) -> dict[str, str]:
    typed, known = person.typed, entered(person)
    return {
        "age": typed.age,
        "date_of_birth": typed.born,
        "household_income": typed.income,
        "county": known.county or "",
        "product_interest": known.line or "",
        "lead_source": SOURCE_LABELS[person.source],
        "homeowner": _answer(known.homeowner),
        "number_of_dependents": _number(known.dependents),
        "coverage_amount": _number(known.coverage),
        "property_value": _number(known.property_value),
        "number_of_vehicles": _number(known.vehicles),
        "currently_insured": _answer(known.insured),
        "renewal_date": iso_day(known.renewal_day) if known.renewal_day else "",
        "do_not_contact": "true" if person.do_not_contact else "",
    }


def _answer(value: bool | None) -> str:
    return "" if value is None else flag(value)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


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
    if did(person, "meeting", "held"):
        return "salesqualifiedlead"
    if person.source == "purchased_list" and not did(person, "form"):
        return "subscriber"
    return "marketingqualifiedlead" if person.sale else "lead"


def _lead_status(person: Person) -> str:
    if person.sale:
        by_state = {"won": "CONNECTED", "open": "OPEN_DEAL", "lost": ("UNQUALIFIED", "BAD_TIMING")[person.number % 2]}
        return by_state[person.sale.state]
    if did(person, "call_out", "connected"):
        return "CONNECTED"
    if did(person, "note", "gave_up"):
        return "UNQUALIFIED"
    return "ATTEMPTED_TO_CONTACT" if did(person, "call_out") else "NEW"
