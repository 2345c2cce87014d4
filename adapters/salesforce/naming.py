"""One name for a field, whether the person is a lead or a contact: the lead's.

Converting a lead copies its standard fields into others of the contact and its account; such a pair is one field to
us. A custom field has the same name on both, and so have the fields we create.
https://help.salesforce.com/s/articleView?id=sales.lead_conversion_mapping.htm
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.contract import CrmField, FieldType
from adapters.salesforce.describing import Describes, Field, SObject

LEAD, CONTACT, ACCOUNT = "Lead", "Contact", "Account"
PERSON_ACCOUNT = "PersonAccount"
"""A contact that is an account too; no object of its own."""

PAIRS: Mapping[str, str] = {
    "Street": "MailingStreet",
    "City": "MailingCity",
    "State": "MailingState",
    "StateCode": "MailingStateCode",
    "PostalCode": "MailingPostalCode",
    "Country": "MailingCountry",
    "CountryCode": "MailingCountryCode",
    "Company": "Account.Name",
    "Industry": "Account.Industry",
    "NumberOfEmployees": "Account.NumberOfEmployees",
    "AnnualRevenue": "Account.AnnualRevenue",
}
"""Where a contact keeps what a lead keeps under another name."""

OF_LEAD: Mapping[str, str] = {path: name for name, path in PAIRS.items()}

TYPES: Mapping[str, FieldType] = {
    "textarea": FieldType.LONG_TEXT,
    "int": FieldType.NUMBER,
    "long": FieldType.NUMBER,
    "double": FieldType.NUMBER,
    "currency": FieldType.NUMBER,
    "percent": FieldType.NUMBER,
    "boolean": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "picklist": FieldType.CHOICE,
    "multipicklist": FieldType.CHOICES,
}
"""Everything else (string, phone, email, url, reference …) is text to us.
https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm"""


def on_contact(name: str) -> str:
    """Where a contact has the field, seen from the contact: its own name, or ``Account.…``."""
    return PAIRS.get(name, name)


def crm_fields(describes: Describes) -> list[CrmField]:
    """The fields of leads and contacts together, as far as our user sees them. Raises the error family."""
    seen = describes.all()
    found = {name: _crm_field(name, [field]) for name, field in _fields(seen.get(LEAD)).items()}
    account = _fields(seen.get(ACCOUNT))
    for name, field in _fields(seen.get(CONTACT)).items():
        ours = OF_LEAD.get(name, name)
        of_lead = _fields(seen.get(LEAD)).get(ours)
        found[ours] = _crm_field(ours, [one for one in (of_lead, field) if one])
    for path, name in OF_LEAD.items():
        parent, _, field_name = path.partition(".")
        if parent == ACCOUNT and field_name in account and name not in found:
            found[name] = _crm_field(name, [account[field_name]], read_only=True)
    return list(found.values())


def _fields(seen: SObject | None) -> Mapping[str, Field]:
    return seen.fields if seen else {}


def _crm_field(name: str, fields: list[Field], *, read_only: bool = False) -> CrmField:
    first = fields[0]
    choices = {choice.value: choice for field in reversed(fields) for choice in field.choices}
    return CrmField(
        name,
        first.label,
        TYPES.get(first.type, FieldType.TEXT),
        read_only=read_only or not any(field.updateable for field in fields),
        choices=tuple(choices.values()),
    )
