"""The properties this agency added to its HubSpot account. Standard ones are in the sandbox's own list.

Age, date of birth and household income are text, as in many an agency's account: somebody made them in a hurry, and
people have typed what they liked ever since.
"""

from __future__ import annotations

from typing import Any

from adapters.sandbox.people import LINES, SOURCES

GROUP = "insurance_details"

Definition = dict[str, Any]


def groups() -> list[Definition]:
    """The agency's own property group on contacts, as one would post it to the API."""
    return [{"name": GROUP, "label": "Insurance details", "displayOrder": 1}]


def contact_properties() -> list[Definition]:
    """The agency's own contact properties, as one would post them to the API."""
    texts = [_text(name, label, description) for name, label, description in _TEXTS]
    numbers = [_number(name, label, description) for name, label, description in _NUMBERS]
    return [
        *texts,
        *numbers,
        *_booleans(),
        *_choices(),
        _define("renewal_date", "Renewal date", "date", "date", _X_DATE),
    ]


def message_properties() -> list[Definition]:
    """Which way a message went. HubSpot's guide to communications names no such property, yet texting tools that log
    messages are seen to write and read one of this name; a message logged by hand has none.
    """
    options = [_option("Inbound", "INBOUND", 0), _option("Outbound", "OUTBOUND", 1)]
    direction = _define("hs_communication_direction", "Direction", "enumeration", "select", "Which way it went.")
    return [direction | {"groupName": "communication", "options": options}]


_X_DATE = "The day the present policy ends."
_TEXTS = (
    ("age", "Age", "Age in years, as entered."),
    ("date_of_birth", "Date of birth", "As entered; year first is preferred."),
    ("county", "County", "County of residence or of the business."),
    ("household_income", "Household income", "Yearly income before tax, as entered."),
    ("policy_number", "Policy number", "Filled in when the policy is issued."),
)
_NUMBERS = (
    ("number_of_dependents", "Number of dependents", "People who depend on the lead."),
    ("coverage_amount", "Coverage amount", "Cover the lead asked about, in USD."),
    ("property_value", "Property value", "Value of the home, in USD."),
    ("number_of_vehicles", "Number of vehicles", "Vehicles in the household."),
    ("years_in_business", "Years in business", "How long the business has existed."),
    ("annual_premium", "Annual premium", "Premium of the policy sold, in USD a year."),
)


def _booleans() -> list[Definition]:
    return [
        _boolean("homeowner", "Homeowner", "Owns the home."),
        _boolean("currently_insured", "Currently insured", "Has cover of this kind with somebody now."),
        _boolean("do_not_contact", "Do not contact", "Asked not to be contacted at all."),
    ]


def _choices() -> list[Definition]:
    return [
        _choice("product_interest", "Product interest", "What the lead asked about.", [line.label for line in LINES]),
        _choice("lead_source", "Lead source", "Where the lead came from.", [source.label for source in SOURCES]),
    ]


def _text(name: str, label: str, description: str) -> Definition:
    return _define(name, label, "string", "text", description)


def _number(name: str, label: str, description: str) -> Definition:
    return _define(name, label, "number", "number", description)


def _boolean(name: str, label: str, description: str) -> Definition:
    options = [_option("Yes", "true", 0), _option("No", "false", 1)]
    return _define(name, label, "bool", "booleancheckbox", description) | {"options": options}


def _choice(name: str, label: str, description: str, labels: list[str]) -> Definition:
    options = [_option(text, text, place) for place, text in enumerate(labels)]
    return _define(name, label, "enumeration", "select", description) | {"options": options}


def _option(label: str, value: str, place: int) -> Definition:
    return {"label": label, "value": value, "displayOrder": place}


def _define(name: str, label: str, type: str, field_type: str, description: str) -> Definition:
    return {
        "name": name,
        "label": label,
        "type": type,
        "fieldType": field_type,
        "description": description,
        "groupName": GROUP,
    }
