"""What a lead's values become when it is converted.

Facts: Salesforce Help, "Lead Conversion Field Mapping": standard fields go where the table says; a custom field goes
to the field of the same API name, as an agency's admin would map it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml.rows import Row

_PARTS = ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy")
_CONTACT: Mapping[str, str] = {
    **{part: f"Mailing{part}" for part in _PARTS},
    **{name: name for name in ("FirstName", "LastName", "Salutation", "Title", "Phone", "MobilePhone", "Fax", "Email")},
    **{name: name for name in ("HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall", "LeadSource", "Description")},
    **{name: name for name in ("EmailBouncedReason", "EmailBouncedDate", "IndividualId", "Pronouns", "GenderIdentity")},
}
_ACCOUNT: Mapping[str, str] = {
    **{part: f"Billing{part}" for part in _PARTS},
    **{name: name for name in ("Phone", "Fax", "Website", "Industry", "AnnualRevenue", "NumberOfEmployees", "Rating")},
    "Company": "Name",
    "LeadSource": "AccountSource",
}
_OPPORTUNITY: Mapping[str, str] = {"LeadSource": "LeadSource"}
_TARGETS = {"Account": _ACCOUNT, "Contact": _CONTACT, "Opportunity": _OPPORTUNITY}


def mapped(lead: Row, lead_object: SObject, target: SObject) -> dict[str, Any]:
    """The values, those that are not empty, with which a lead's account, contact or opportunity begins."""
    same = {field.name: field.name for field in lead_object.fields.values() if field.custom}
    pairs = same | dict(_TARGETS[target.name])
    return {
        there: lead[here]
        for here, there in pairs.items()
        if lead.get(here) is not None and target.field(there) is not None
    }
