"""Person Accounts: an account and its hidden contact seen as one.

Their fields on Account are the contact's, read through PersonContactId; a custom field X__c of Contact shows as X__pc.
Source: SOAP API Developer Guide, "Person Account Record Types"
(https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_guidelines_personaccounts.htm).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from adapters.sandbox.salesforce.catalog.model import Field, SObject, make_field

ACCOUNT, CONTACT = "Account", "Contact"
PERSON_CONTACT = "PersonContactId"

_SYSTEM = {"createable": False, "updateable": False, "permissionable": False}
_NAMES = ("LastName", "FirstName", "Salutation")
_MIRRORED = (
    *(f"Mailing{part}" for part in ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude")),
    *("MailingGeocodeAccuracy", "MailingAddress"),
    *(f"Other{part}" for part in ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude")),
    *("OtherGeocodeAccuracy", "OtherAddress"),
    *("MobilePhone", "HomePhone", "OtherPhone", "AssistantPhone", "Email", "Title", "Department", "AssistantName"),
    *("LeadSource", "Birthdate", "HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall"),
    *("LastCURequestDate", "LastCUUpdateDate", "EmailBouncedReason", "EmailBouncedDate"),
    *("IndividualId", "Pronouns", "GenderIdentity"),
)


def with_person_fields(objects: Mapping[str, SObject]) -> dict[str, SObject]:
    """The objects with what Person Accounts add to Account and Contact and change on Lead."""
    account, contact = objects[ACCOUNT.lower()], objects[CONTACT.lower()]
    lead = objects["lead"]
    # A lead without a company becomes a person, so that where people may be accounts the company may be missing.
    company = replace(lead.fields["company"], nillable=True)
    here = make_field("IsPersonAccount", "boolean", label="Is Person Account", indexed=True, **_SYSTEM)
    return {
        **objects,
        ACCOUNT.lower(): account.with_fields([*account.fields.values(), *_account_fields(contact), here]),
        CONTACT.lower(): contact.with_fields([*contact.fields.values(), here]),
        "lead": replace(lead, fields={**lead.fields, "company": company}),
    }


def mirror_of(field: Field) -> Field:
    """The field of Account that shows a custom field of Contact."""
    return _through(field, field.name.removesuffix("__c") + "__pc")


def _account_fields(contact: SObject) -> Iterator[Field]:
    yield make_field(
        PERSON_CONTACT,
        "reference",
        label="Contact ID",
        reference_to=(CONTACT,),
        relationship="PersonContact",
        indexed=True,
        **_SYSTEM,
    )
    for name in _NAMES:
        yield replace(contact.fields[name.lower()], nillable=True, indexed=False)
    for name in _MIRRORED:
        yield _through(contact.fields[name.lower()], f"Person{name}")


def _through(field: Field, name: str) -> Field:
    """A contact's field as Account has it: no column of its own."""
    return replace(
        field,
        name=name,
        compound=f"Person{field.compound}" if field.compound else None,
        relationship=_relationship(field),
        stored=False,
        indexed=False,
        through=(PERSON_CONTACT, field.name),
    )


def _relationship(field: Field) -> str | None:
    if field.relationship is None:
        return None
    if field.custom:
        return field.relationship.removesuffix("__r") + "__pr"
    return f"Person{field.relationship}"
