"""Salesforce's spellings: ids, stamps, and who owns what.

Every id follows from the number of the entry alone, so a book can be streamed without remembering anything. Ids rise
with the number and leave gaps, as a real org's do.
"""

from __future__ import annotations

from typing import Any

from adapters.sandbox.people import Person
from adapters.sandbox.people.entered import entered
from adapters.sandbox.salesforce.ids import make_id

Row = dict[str, Any]
"""One record of the book, by field name, in the form in which the org stores values."""

ACTS = 2_000
"""Ids leave room for a thousand acts of a lead, each with two rows of a kind."""

STANDARD_USER = make_id("00e", 3)
AGENCY_FIELDS = make_id("0PS", 101)
BUSINESS_ACCOUNT, PERSON_ACCOUNT = make_id("012", 1), make_id("012", 2)
"""Rows every org of the sandbox opens with (opening.yaml): a profile, a permission set, record types of accounts."""

_LEADS = 1_000_002
_LEAD_STEP = 4
_CONTACTS = 2_000_000
_BUSINESSES = 500_000
_PERSON_ACCOUNTS = 3_000_000
_OPPORTUNITIES = 400_000


def lead_key(number: int) -> str:
    """Id of the Lead of the entry with this number, converted or not."""
    return make_id("00Q", _LEADS + number * _LEAD_STEP)


def merged_away_key(number: int, serial: int) -> str:
    """Id of a Lead that was merged into this one."""
    return make_id("00Q", _LEADS + number * _LEAD_STEP - serial)


def contact_key(number: int) -> str:
    """Id of the Contact the entry with this number became, if it was converted."""
    return make_id("003", _CONTACTS + number)


def record_id(person: Person) -> str:
    """Id of the record that stands for the entry today: the Contact where selling began, else the Lead."""
    return contact_key(person.number) if person.sale else lead_key(person.number)


def business_key(number: int) -> str:
    """Id of the Account of the employer with this number."""
    return make_id("001", _BUSINESSES + number)


def account_key(person: Person) -> str:
    """Id of the Account of a converted entry: its employer's, or a Person Account of its own."""
    if is_business(person) and person.identity.business:
        return business_key(person.identity.business.number)
    return make_id("001", _PERSON_ACCOUNTS + person.number)


def is_business(person: Person) -> bool:
    """Whether conversion gives a business account: a Lead without a company becomes a Person Account."""
    return entered(person).business is not None


def opportunity_key(number: int) -> str:
    """Id of the Opportunity of the entry with this number."""
    return make_id("006", _OPPORTUNITIES + number)


def activity_key(prefix: str, number: int, place: int) -> str:
    """Id of the record for the act at this place of the entry's story."""
    return make_id(prefix, ACTS * (1_000 + number) + place)


def user_key(rep: int) -> str:
    """Id of the User the rep is."""
    return make_id("005", 101 + rep)


def stamped(created: int, updated: int, user: str, deleted: bool = False) -> Row:
    """The fields every record has. Times are milliseconds since 1970 UTC."""
    return {
        "CreatedDate": created,
        "CreatedById": user,
        "LastModifiedDate": updated,
        "LastModifiedById": user,
        "SystemModstamp": updated,
        "IsDeleted": int(deleted),
    }
