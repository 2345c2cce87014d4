"""An entry of the book as Salesforce holds it: a Lead, and after conversion a Contact with its Account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from adapters.sandbox.people import Act, Business, Person, Sale
from adapters.sandbox.people.clock import DAY, HOUR
from adapters.sandbox.people.entered import did, entered, last_touched
from adapters.sandbox.salesforce.book.facts import card, company, insurance, place, policy, tools
from adapters.sandbox.salesforce.book.shapes import (
    BUSINESS_ACCOUNT,
    PERSON_ACCOUNT,
    Row,
    account_key,
    business_key,
    contact_key,
    is_business,
    lead_key,
    merged_away_key,
    opportunity_key,
    stamped,
    user_key,
)
from adapters.sandbox.salesforce.zones import local_day

Made = Iterator[tuple[str, Row]]
"""Records with the names of their objects."""

CONVERTED = "Closed - Converted"

_WORKED = frozenset({"call_out", "call_in", "email_out", "email_in", "sms_out", "sms_in", "meeting", "note", "task"})


class Moment(NamedTuple):
    """The book's present and what is told relative to it. Times are milliseconds since 1970 UTC."""

    horizon: int
    import_at: int
    """When the last bulk import ran."""
    time_zone: str
    """The org's, an IANA name."""


def person_records(person: Person, now: Moment) -> Made:
    """The Lead, what it was converted into, and the Leads that were merged into it."""
    sale = person.sale
    if sale is None:
        yield "Lead", _lead(person, now)
    else:
        yield "Lead", _converted(person, sale, now)
        yield from _became(person, now)
    for serial in person.merged:
        yield "Lead", _merged_away(person, serial, now)


def last_changed(person: Person, now: Moment) -> int:
    """When the living record was last changed; of one in the bin, when it was put there, within the last two weeks."""
    touched = last_touched(person, now.import_at)
    return max(touched, now.horizon - (1 + person.number % 13) * DAY) if person.archived else touched


def _stamp(person: Person, now: Moment) -> Row:
    return stamped(person.created, last_changed(person, now), user_key(person.rep), person.archived)


def _last_activity(acts: Iterable[Act], now: Moment) -> str | None:
    """The latest due day of closed tasks and of events, which may lie ahead: what LastActivityDate holds."""
    worked = [act.at for act in acts if act.kind in _WORKED and act.detail != "open"]
    return local_day(max(worked), now.time_zone) if worked else None


def _lead(person: Person, now: Moment) -> Row:
    return {
        "Id": lead_key(person.number),
        "LastActivityDate": _last_activity(person.acts, now),
        **card(person),
        **place(person),
        **company(entered(person).business),
        **insurance(person),
        **tools(person.acts),
        "Status": _status(person),
        "OwnerId": user_key(person.rep),
        "IsConverted": 0,
        **_stamp(person, now),
    }


def _status(person: Person) -> str:
    if did(person, "call_out", "connected"):
        return "Working - Contacted"
    if did(person, "note", "gave_up"):
        return "Closed - Not Converted"
    return "Working - Contacted" if did(person, "call_out") else "Open - Not Contacted"


def _converted(person: Person, sale: Sale, now: Moment) -> Row:
    """The Lead as conversion left it: nothing is written to it any more."""
    until_then = (act for act in person.acts if act.recorded <= sale.opened)
    stamp = stamped(person.created, sale.opened, user_key(person.rep))
    if person.archived:
        stamp |= {"IsDeleted": 1, "SystemModstamp": last_changed(person, now)}
    return {
        "Id": lead_key(person.number),
        **card(person),
        **place(person),
        **company(entered(person).business),
        **insurance(person),
        **tools(until_then),
        "Status": CONVERTED,
        "OwnerId": user_key(person.rep),
        "IsConverted": 1,
        "ConvertedDate": local_day(sale.opened, now.time_zone),
        "ConvertedContactId": contact_key(person.number),
        "ConvertedAccountId": account_key(person),
        "ConvertedOpportunityId": opportunity_key(person.number),
        **stamp,
    }


def _became(person: Person, now: Moment) -> Made:
    shared = card(person) | insurance(person) | policy(person) | tools(person.acts) | _stamp(person, now)
    shared["LastActivityDate"] = _last_activity(person.acts, now)
    own_account = not is_business(person)
    if own_account:
        yield "Account", _person_account(person, shared, now)
    yield (
        "Contact",
        {
            "Id": contact_key(person.number),
            "AccountId": account_key(person),
            "IsPersonAccount": int(own_account),
            "OwnerId": user_key(person.rep),
            **shared,
            **place(person, "Mailing"),
        },
    )


def _person_account(person: Person, contact: Row, now: Moment) -> Row:
    """The Account row of a Person Account: its person fields are the hidden Contact's, read through PersonContactId.

    https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_guidelines_personaccounts.htm
    """
    return {
        "Id": account_key(person),
        **{name: contact[name] for name in ("Name", "FirstName", "LastName", "Phone", "LastActivityDate")},
        "IsPersonAccount": 1,
        "RecordTypeId": PERSON_ACCOUNT,
        "PersonContactId": contact_key(person.number),
        "OwnerId": user_key(person.rep),
        **_stamp(person, now),
    }


def _merged_away(person: Person, serial: int, now: Moment) -> Row:
    """A second Lead of somebody, merged into the first soon after it came. The sandbox never empties its bin."""
    merged_at = min(person.created + serial * HOUR, last_changed(person, now))
    user = user_key(person.rep)
    return {
        "Id": merged_away_key(person.number, serial),
        **card(person),
        **place(person),
        "Status": "Open - Not Contacted",
        "OwnerId": user,
        "IsConverted": 0,
        "HasOptedOutOfEmail": 0,
        "Do_Not_Contact__c": 0,
        "MasterRecordId": lead_key(person.number),
        **stamped(person.created, merged_at, user, deleted=True),
    }


def business_account(business: Business, horizon: int) -> Row:
    """The employer. All were entered long before the book's present, `horizon`."""
    created = horizon - (430 + business.number % 90) * DAY
    return {
        "Id": business_key(business.number),
        "Name": business.name,
        "Website": f"https://www.{business.domain}",
        "Industry": business.industry.capitalize(),
        "NumberOfEmployees": business.employees,
        "AnnualRevenue": business.revenue,
        "Phone": business.phone,
        "BillingCity": business.place.city,
        "BillingState": business.place.state,
        "BillingPostalCode": business.place.zips[0],
        "BillingCountry": "United States",
        "IsPersonAccount": 0,
        "RecordTypeId": BUSINESS_ACCOUNT,
        "OwnerId": user_key(0),
        **stamped(created, created + 7 * DAY, user_key(0)),
    }
