"""One name for a field, whether the person is a lead or a contact: the lead's.

Converting a lead copies its standard fields into others of the contact and its account; such a pair is one field to
us. A custom field has the same name on both, and so have the fields we create.
https://help.salesforce.com/s/articleView?id=sales.lead_conversion_mapping.htm
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

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
    """The fields of leads and contacts together, as far as our user sees them. Raises the error family.

    An object that our user may not read at all is missed by its permission, not by each of its fields.
    """
    seen = describes.all()
    all_kinds = {LEAD: _fields(seen.get(LEAD)), CONTACT: _of_contact(seen)}
    kinds = {kind: fields for kind, fields in all_kinds.items() if kind in seen}
    names = dict.fromkeys(name for fields in kinds.values() for name in fields)
    return [_crm_field(name, {kind: fields.get(name) for kind, fields in kinds.items()}) for name in names]


def _fields(seen: SObject | None) -> Mapping[str, Field]:
    return seen.fields if seen else {}


def _of_contact(seen: Mapping[str, SObject]) -> Mapping[str, Field]:
    """What a contact has under the lead's names; what its account has is only read."""
    account = {f"{ACCOUNT}.{name}": field for name, field in _fields(seen.get(ACCOUNT)).items()}
    read = {name: replace(account[path], updateable=False) for path, name in OF_LEAD.items() if path in account}
    return read | {OF_LEAD.get(name, name): field for name, field in _fields(seen.get(CONTACT)).items()}


def _crm_field(name: str, kinds: Mapping[str, Field | None]) -> CrmField:
    """A field by the kinds of record that could have it."""
    fields = {kind: field for kind, field in kinds.items() if field is not None}
    first = next(iter(fields.values()))
    choices = {choice.value: choice for field in reversed(fields.values()) for choice in field.choices}
    closed = tuple(kind for kind, field in fields.items() if not field.updateable)
    read_only = len(closed) == len(fields)
    return CrmField(
        name,
        first.label,
        TYPES.get(first.type, FieldType.TEXT),
        read_only=read_only,
        choices=tuple(choices.values()),
        missing_on=tuple(kind for kind in kinds if kind not in fields),
        read_only_on=() if read_only else closed,
    )
