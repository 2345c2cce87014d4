"""What our user may do in the org, and how many calls are left; few calls, most of it is in what ``describe`` shows.

Nothing here changes the org. An active lead assignment rule is no danger: every write says that it shall not run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simple_salesforce.format import format_soql

from adapters.contract import Broken, Misconfigured, Need, Permission, Quota
from adapters.salesforce import paths
from adapters.salesforce.client import Client, Json
from adapters.salesforce.deploying import user_id
from adapters.salesforce.describing import SObject
from adapters.salesforce.org import Org


@dataclass(frozen=True, slots=True)
class Wish:
    """An object we read, or write, and what for."""

    object: str
    why: str
    need: Need = Need.OPTIONAL
    fields: tuple[str, ...] = ()
    """Fields whose absence people would notice, though nothing fails by it."""


READS = (
    Wish(
        "Lead",
        "Read the leads to score.",
        Need.REQUIRED,
        ("Email", "Phone", "Status", "LeadSource", "HasOptedOutOfEmail", "DoNotCall"),
    ),
    Wish(
        "Contact",
        "Follow leads that were converted, and score contacts.",
        Need.REQUIRED,
        ("Email", "Phone", "HasOptedOutOfEmail", "DoNotCall"),
    ),
    Wish("Account", "Read a contact's company, and person accounts."),
    Wish("Task", "Read calls, mails and to-dos as signals, without their text. Without it they do not count."),
    Wish("Event", "Read meetings as signals, without their text. Without it they do not count."),
    Wish("EmailMessage", "Read e-mails as signals, without their text. Without it they do not count."),
    Wish("CampaignMember", "Read responses to campaigns as signals. Without it they do not count."),
    Wish("Opportunity", "Compare scores with what was sold. Without it there is no evaluation."),
    Wish("User", "Show who owns a lead by name, and hand leads over."),
)
"""Contact roles, histories and relations come with their objects and are not listed."""

WRITES = (
    Wish("Lead", "Write score, tier and reasons on the lead.", Need.REQUIRED),
    Wish("Contact", "Write score, tier and reasons on the contact.", Need.REQUIRED),
)

SETS_PAGE = "Setup > Permission Sets > the integration user's set"
"""Where everything below is granted."""
OF_ACTIVITIES = f"{SETS_PAGE} > System Permissions: tick Access Activities."
"""They have no object settings of their own."""
GRANTS: Mapping[str, str] = {
    "Task": OF_ACTIVITIES,
    "Event": OF_ACTIVITIES,
    "EmailMessage": f"{OF_ACTIVITIES} The org must use Enhanced Email, too.",
    "CampaignMember": f"{SETS_PAGE} > Object Settings > Campaigns: tick Read.",
    "User": f"{SETS_PAGE} > System Permissions: tick View All Users.",
}
"""Where the right to read an object is granted, if not in its own object settings."""

MODIFY = "Modify Metadata Through Metadata API Functions"
MODIFY_WHY = "Create the score fields with one click. Without it an admin deploys the package."

VIEW_ALL = ("Lead", "Contact")
"""Activities have no such permission of their own: they are seen with their lead or contact."""

SETS = "SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = {}"
"""The user's profile is among them, as a permission set of its own."""
RIGHTS = (
    "SELECT PermissionsViewAllData, PermissionsModifyAllData, PermissionsModifyMetadata FROM PermissionSet "
    "WHERE Id IN {}"
)
OF_OBJECTS = (
    "SELECT SobjectType FROM ObjectPermissions WHERE ParentId IN {} AND SobjectType IN {} "
    "AND PermissionsViewAllRecords = true"
)


def permissions(org: Org) -> Sequence[Permission]:
    """What our user may do, by some five calls. Raises the error family where not even those are answered."""
    org.describes.forget()
    seen = org.describes.all()
    api = Permission("API Enabled", "Talk to Salesforce at all.", Need.REQUIRED, granted=True)
    reads = [_read(seen, wish) for wish in READS]
    hidden = [one for wish in READS for one in _hidden(seen, wish)]
    writes = [_write(seen, wish) for wish in WRITES]
    return [api, *reads, *hidden, *writes, *_by_permission_sets(org.client, seen)]


def quota(client: Client) -> Quota | None:
    """The org's calls of the last 24 hours. Without the right to ask, what the last answer said."""
    try:
        daily = client.get(paths.LIMITS).get("DailyApiRequests") or {}
        limit, left = int(daily["Max"]), int(daily["Remaining"])
    except (Broken, Misconfigured, KeyError, ValueError, AttributeError):
        return client.allowance.quota
    return Quota(limit - left, limit, None)


def _read(seen: Mapping[str, SObject], wish: Wish) -> Permission:
    settings = _settings(wish.object, "tick Read and View All")
    mend = GRANTS.get(wish.object, settings)
    return Permission(f"Read {wish.object}", wish.why, wish.need, granted=wish.object in seen, mend=mend)


def _settings(name: str, what: str) -> str:
    return f"{SETS_PAGE} > Object Settings > {name}: {what}."


def _write(seen: Mapping[str, SObject], wish: Wish) -> Permission:
    found = seen.get(wish.object)
    granted = found is not None and found.updateable
    return Permission(f"Edit {wish.object}", wish.why, wish.need, granted, _settings(wish.object, "tick Read and Edit"))


def _hidden(seen: Mapping[str, SObject], wish: Wish) -> list[Permission]:
    """Fields without field-level security are absent from ``describe``; a whole object is said above."""
    found = seen.get(wish.object)
    why = "Read the field. While it is hidden it counts as unknown."
    mend = _settings(wish.object, "give Read Access to {} under Field Permissions")
    return [
        Permission(f"field {wish.object}.{name}", why, Need.OPTIONAL, granted=False, mend=mend.format(name))
        for name in wish.fields
        if found is not None and name not in found
    ]


def _by_permission_sets(client: Client, seen: Mapping[str, SObject]) -> list[Permission]:
    """What only the permission sets tell. Where they may not be read it counts as missing: nothing proves it."""
    user = _user(client)
    sets = _rows(client, format_soql(SETS, user)) if user else []
    ids = sorted({str(row["PermissionSetId"]) for row in sets if row.get("PermissionSetId")})
    rights = _rows(client, format_soql(RIGHTS, ids)) if ids else []
    held = {name for row in rights for name, value in row.items() if value is True}
    whole = bool(held & {"PermissionsViewAllData", "PermissionsModifyAllData"})
    return [
        *_view_all(client, seen, [] if whole else ids, whole=whole),
        Permission(
            MODIFY,
            MODIFY_WHY,
            Need.OPTIONAL,
            granted=bool(held & {"PermissionsModifyMetadata", "PermissionsModifyAllData"}),
            mend=f"{SETS_PAGE} > System Permissions: tick {MODIFY}.",
            creates_fields=True,
        ),
    ]


def _view_all(client: Client, seen: Mapping[str, SObject], ids: Sequence[str], *, whole: bool) -> list[Permission]:
    rows = _rows(client, format_soql(OF_OBJECTS, list(ids), list(VIEW_ALL))) if ids else []
    known = {str(row.get("SobjectType")) for row in rows}
    why = "See every record, whoever owns it. Without it sharing hides some from us, and nothing tells which."
    return [
        Permission(f"View All {name}", why, Need.OPTIONAL, whole or name in known, _settings(name, "tick View All"))
        for name in VIEW_ALL
        if name in seen
    ]


def _rows(client: Client, soql: str) -> list[Json]:
    """A query's rows; none where the org does not know the permission or does not show it."""
    try:
        found: list[Any] = client.query(soql).get("records") or []
    except (Broken, Misconfigured):
        return []
    return [row for row in found if isinstance(row, dict)]


def _user(client: Client) -> str:
    try:
        return user_id(client)
    except (Broken, Misconfigured):
        return ""
