"""The agency itself in the org: its users, its queue, its employers' accounts."""

from __future__ import annotations

from adapters.sandbox.people import REPS, business, pool_size
from adapters.sandbox.people.clock import DAY
from adapters.sandbox.people.entered import rep_email
from adapters.sandbox.salesforce.book.leads import Made, Moment, business_account
from adapters.sandbox.salesforce.book.shapes import AGENCY_FIELDS, STANDARD_USER, Row, stamped, user_key
from adapters.sandbox.salesforce.ids import make_id


def agency_records(leads: int, seed: int, now: Moment) -> Made:
    """Users first, then the queue, then the accounts of the employers a book of so many leads knows."""
    for rep in range(len(REPS)):
        yield "User", _user(rep, now)
    yield "Group", _queue(now)
    for number in range(pool_size(leads)):
        yield "Account", business_account(business(seed, number), now.horizon)


def sight_of_reps(now: Moment) -> list[Row]:
    """Assigns the permission set that shows the agency's own fields to those who still work here."""
    return [
        {
            "Id": make_id("0Pa", 101 + rep),
            "AssigneeId": user_key(rep),
            "PermissionSetId": AGENCY_FIELDS,
            "SystemModstamp": now.horizon - 900 * DAY,
        }
        for rep, who in enumerate(REPS)
        if who.active
    ]


def _user(rep: int, now: Moment) -> Row:
    who, email = REPS[rep], rep_email(rep)
    created = now.horizon - 900 * DAY
    return {
        "Id": user_key(rep),
        "Username": email,
        "FirstName": who.first_name,
        "LastName": who.last_name,
        "Name": f"{who.first_name} {who.last_name}",
        "Email": email,
        "Alias": f"{who.first_name[0]}{who.last_name}"[:8].lower(),
        "CommunityNickname": f"{who.first_name}.{who.last_name}".lower(),
        "IsActive": int(who.active),
        "ProfileId": STANDARD_USER,
        "UserType": "Standard",
        "TimeZoneSidKey": now.time_zone,
        "LocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
        "EmailEncodingKey": "UTF-8",
        **stamped(created, created if who.active else now.horizon - 190 * DAY, user_key(0)),
    }


def _queue(now: Moment) -> Row:
    created = now.horizon - 900 * DAY
    return {
        "Id": make_id("00G", 101),
        "Name": "New leads",
        "DeveloperName": "New_leads",
        "Type": "Queue",
        **stamped(created, created, user_key(0)),
    }
