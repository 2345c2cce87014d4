"""What this agency added to its org: fields, on Lead and Contact alike, so that lead conversion carries them over,
and values of standard picklists.

Age, date of birth and household income are text, as in many an agency's org. Homeowner and Currently Insured are
picklists, because a Salesforce checkbox cannot be empty: unchecked and unknown would be the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from adapters.sandbox.people import LINES
from adapters.sandbox.people.entered import SOURCE_LABELS

YES_NO = ("Yes", "No")
MEETING_OUTCOMES = ("Completed", "No Show", "Canceled", "Rescheduled", "Scheduled")


class Custom(NamedTuple):
    """A custom field: API name, label and describe type; digits of a number before and after the point."""

    name: str
    label: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    picklist: tuple[str, ...] = ()


def _texts() -> Iterator[Custom]:
    for name in ("Age", "Date_of_Birth", "County", "Household_Income", "Policy_Number"):
        yield Custom(f"{name}__c", _label(name), "string", length=80)
    yield Custom("Email_Last_Campaign__c", "Email Last Campaign", "string", length=255)
    for name in ("First_Page_URL", "Last_Page_URL"):
        yield Custom(f"{name}__c", _label(name), "url", length=255)


def _numbers() -> Iterator[Custom]:
    for name in ("Number_of_Dependents", "Number_of_Vehicles", "Years_in_Business", "Email_Opens", "Email_Clicks"):
        yield Custom(f"{name}__c", _label(name), "double", precision=6)
    for name in ("Coverage_Amount", "Property_Value", "Annual_Premium"):
        yield Custom(f"{name}__c", _label(name), "currency", precision=18, scale=2)


def _choices() -> Iterator[Custom]:
    for name in ("Homeowner", "Currently_Insured"):
        yield Custom(f"{name}__c", _label(name), "picklist", length=255, picklist=YES_NO)
    lines = tuple(line.label for line in LINES)
    yield Custom("Product_Interest__c", "Product Interest", "picklist", length=255, picklist=lines)
    yield Custom("Do_Not_Contact__c", "Do Not Contact", "boolean")


def _times() -> Iterator[Custom]:
    yield Custom("Renewal_Date__c", "Renewal Date", "date")
    acts = ("First_Page", "Last_Page", "Email_First_Open", "Email_Last_Open", "Email_First_Click", "Email_Last_Click")
    for name in (*acts, "Email_Last_Send"):
        yield Custom(f"{name}_At__c", _label(f"{name}_At"), "datetime")


def _label(name: str) -> str:
    return name.replace("_", " ")


PERSON_FIELDS: tuple[Custom, ...] = (*_texts(), *_numbers(), *_choices(), *_times())
"""On Lead and Contact."""

ACTIVITY_FIELDS = (Custom("Meeting_Outcome__c", "Meeting Outcome", "picklist", length=255, picklist=MEETING_OUTCOMES),)
"""On Task and Event: a custom field on Activity appears on both."""

_TRADES = (
    *("Plumbing and heating", "Landscaping", "Restaurants"),
    *("Auto repair", "Cleaning services", "Professional services"),
)
STANDARD_LISTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    **{(name, "LeadSource"): (*SOURCE_LABELS.values(),) for name in ("Lead", "Contact")},
    **{(name, "Industry"): _TRADES for name in ("Lead", "Account")},
    ("Task", "Type"): ("Text Sent", "Text Received", "Note"),
    ("Campaign", "Type"): ("Web Form",),
    ("Opportunity", "Type"): ("New Business",),
}
"""Values the agency added to standard picklists, by object and field."""
