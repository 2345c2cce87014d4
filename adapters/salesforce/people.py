"""Who may own a lead: users, former ones included, and queues."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.contract import Misconfigured, Owner
from adapters.salesforce.client import Json
from adapters.salesforce.errors import Refused, Unfinished
from adapters.salesforce.org import Org
from adapters.salesforce.values import clean

USERS = "SELECT Id, Name, Email, IsActive FROM User WHERE UserType = 'Standard'"
QUEUES = "SELECT Id, Name FROM Group WHERE Type = 'Queue'"
"""A lead that waits for somebody belongs to a queue; a contact never does."""


def owners(org: Org) -> Sequence[Owner]:
    """Everybody who may own a lead, by one call.

    Raises the error family; `Misconfigured`, which no sync ends by, where Salesforce does not give the list.
    """
    try:
        users, queues = org.client.queries(USERS, QUEUES)
    except (Refused, Unfinished) as problem:
        text = "Salesforce did not list its users and queues, so the owners of leads are shown as they were last known."
        raise Misconfigured(text, problem.log, ("User",)) from None
    return [_owner(row, active=row["IsActive"] is True) for row in users] + [_owner(row, active=True) for row in queues]


def _owner(row: Json, *, active: bool) -> Owner:
    return Owner(str(row["Id"]), clean(str(row.get("Name") or row["Id"])), clean(str(row.get("Email") or "")), active)
