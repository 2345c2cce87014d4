"""What a Lead and a Contact both say about an entry, and how the one's names become the other's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from adapters.sandbox.people import Act, Business, Person
from adapters.sandbox.people.entered import SOURCE_LABELS, entered
from adapters.sandbox.people.signals import Website, by_kind, engagement
from adapters.sandbox.salesforce.book.shapes import Row
from adapters.sandbox.salesforce.zones import iso_day

YES_NO = {True: "Yes", False: "No", None: None}


def card(person: Person) -> Row:
    """Names, ways to reach somebody, and the source. Salesforce trims what people type."""
    typed, who = person.typed, person.identity
    first, last = typed.first_name.strip(), typed.last_name.strip()
    return {
        "FirstName": first,
        "LastName": last,
        "Name": f"{first} {last}".strip(),
        "Title": who.job_title or None,
        "Phone": typed.phone.strip() or None,
        "MobilePhone": typed.mobile.strip() or None,
        "Email": typed.email or None,
        "LeadSource": SOURCE_LABELS[person.source],
    }


def place(person: Person, prefix: str = "") -> Row:
    """The address; `prefix` is ``Mailing`` on a Contact."""
    parts = {
        "City": person.identity.place.city,
        "State": person.typed.state.strip() or None,
        "PostalCode": person.typed.zip.strip() or None,
        "Country": "United States",
    }
    return {prefix + name: value for name, value in parts.items()}


def company(business: Business | None) -> Row:
    """What a Lead says of the employer; conversion moves it to the Account."""
    if business is None:
        return {}
    return {
        "Company": business.name,
        "Industry": business.industry.capitalize(),
        "NumberOfEmployees": business.employees,
        "AnnualRevenue": business.revenue,
    }


def insurance(person: Person) -> Row:
    """The agency's own fields on a Lead or Contact, as somebody filled them in."""
    typed, known = person.typed, entered(person)
    return {
        "Age__c": typed.age or None,
        "Date_of_Birth__c": typed.born or None,
        "Household_Income__c": typed.income or None,
        "County__c": known.county,
        "Product_Interest__c": known.line,
        "Homeowner__c": YES_NO[known.homeowner],
        "Number_of_Dependents__c": known.dependents,
        "Coverage_Amount__c": known.coverage,
        "Property_Value__c": known.property_value,
        "Number_of_Vehicles__c": known.vehicles,
        "Currently_Insured__c": YES_NO[known.insured],
        "Renewal_Date__c": iso_day(known.renewal_day) if known.renewal_day else None,
        "Years_in_Business__c": known.business.years if known.business else None,
        "Do_Not_Contact__c": int(person.do_not_contact),
    }


def policy(person: Person) -> Row:
    """What a sale leaves on the Contact; known only afterwards, and no score may look at it."""
    sale = person.sale
    if sale is None or sale.state != "won":
        return {}
    return {"Policy_Number__c": sale.policy_number, "Annual_Premium__c": sale.premium}


def tools(acts: Iterable[Act]) -> Row:
    """What the website and the mailing tool write after these acts."""
    known = engagement(by_kind(acts))
    row: dict[str, Any] = {"HasOptedOutOfEmail": int(known.opted_out)} | _website(known.website)
    for kind, name in (("open", "Open"), ("click", "Click")):
        if kind in known.mailings:
            times, first, last = known.mailings[kind]
            row[f"Email_{name}s__c"] = times
            row[f"Email_First_{name}_At__c"] = first
            row[f"Email_Last_{name}_At__c"] = last
    if "mail" in known.mailings:
        row["Email_Last_Send_At__c"] = known.mailings["mail"].last_at
        row["Email_Last_Campaign__c"] = known.last_mail
    return row


def _website(website: Website | None) -> Row:
    if website is None:
        return {}
    return {
        "First_Page_URL__c": website.first_url,
        "First_Page_At__c": website.first_at,
        "Last_Page_URL__c": website.last_url,
        "Last_Page_At__c": website.last_at,
    }
