"""Who may own a lead: users, former ones included, and queues."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.contract import Owner
from adapters.salesforce.org import Org

USERS = "SELECT Id, Name, Email, IsActive FROM User WHERE UserType = 'Standard'"
QUEUES = "SELECT Id, Name FROM Group WHERE Type = 'Queue'"
"""A lead that waits for somebody belongs to a queue; a contact never does."""


def owners(org: Org) -> Sequence[Owner]:
    """Everybody who may own a lead, by two calls. Raises the error family."""
    users = [
        Owner(str(row["Id"]), str(row.get("Name") or row["Id"]), str(row.get("Email") or ""), row["IsActive"] is True)
        for row in org.client.all(USERS)
    ]
    queues = [Owner(str(row["Id"]), str(row.get("Name") or row["Id"]), "", True) for row in org.client.all(QUEUES)]
    return users + queues
