"""Opening an org: the rows every new org has, from opening.yaml."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cache
from importlib import resources
from typing import Any, Protocol

import yaml

from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.settings import OrgSettings

ADMINISTRATOR, INTEGRATION = make_id("00e", 1), make_id("00e", 2)
"""The profiles of an administrator and of the integration user."""

_ASSIGNED = (101, 102)
"""The permission sets assigned to the integration user, by their keys."""
_PROFILE_SETS = 0
_GRANTS = {
    "c": "PermissionsCreate",
    "r": "PermissionsRead",
    "e": "PermissionsEdit",
    "d": "PermissionsDelete",
    "v": "PermissionsViewAllRecords",
    "m": "PermissionsModifyAllRecords",
}
_WON, _CLOSED = "Closed Won", ("Closed Won", "Closed Lost")

Row = dict[str, Any]


class Opened(Protocol):
    """What opening needs of an org."""

    settings: OrgSettings

    @property
    def org_id(self) -> str:
        """The id of the organisation."""

    @property
    def user_id(self) -> str:
        """The id of the integration user."""

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """A transaction."""

    def load(self, sobject_name: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Stores records."""


def open_org(org: Opened) -> None:
    """Gives a new org its organisation, profiles, integration user, permissions, stages and statuses.

    An org that has them already is left as it is.
    """
    with org.writing() as connection:
        if connection.execute('SELECT 1 FROM "Organization"').fetchone():
            return
        for sobject, row in _rows(org, _document()):
            org.load(sobject, [row])


@cache
def _document() -> Mapping[str, Any]:
    text = (resources.files(__package__) / "opening.yaml").read_text(encoding="utf-8")
    document: Mapping[str, Any] = yaml.safe_load(text)
    return document


def _rows(org: Opened, document: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    zone = {"TimeZoneSidKey": org.settings.time_zone}
    yield "Organization", {"Id": org.org_id, **zone, **document["organization"]}
    yield from _profiles(document)
    username = org.settings.username
    user = {"Id": org.user_id, "Username": username, "Email": username, "ProfileId": INTEGRATION, **zone}
    yield "User", user | document["integration_user"]
    yield from _permissions(org, document)
    if org.settings.person_accounts:
        yield from (("RecordType", _keyed("012", row)) for row in document["record_types"])
    yield from _lists(document)
    yield "AssignmentRule", {"Name": "Standard", "SobjectType": "Lead", "Active": 1}


def _profiles(document: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    """Every profile with the permission set of its own, as the vendor keeps them."""
    for profile in document["profiles"]:
        row = _keyed("00e", profile)
        yield "Profile", row
        permissions = {name: value for name, value in row.items() if name.startswith("Permissions")}
        yield (
            "PermissionSet",
            {
                "Id": make_id("0PS", _PROFILE_SETS + profile["key"]),
                "Name": f"X{row['Id'][:15]}",
                "Label": row["Id"],
                "ProfileId": row["Id"],
                "IsOwnedByProfile": 1,
                "Type": "Profile",
                **permissions,
            },
        )


def _permissions(org: Opened, document: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    for row in document["permission_sets"]:
        yield "PermissionSet", _keyed("0PS", row)
    profile_set = _PROFILE_SETS + 2
    for key in (profile_set, *_ASSIGNED):
        yield "PermissionSetAssignment", {"PermissionSetId": make_id("0PS", key), "AssigneeId": org.user_id}
    for key, objects in document["object_permissions"].items():
        for sobject, letters in objects.items():
            granted = {_GRANTS[letter]: 1 for letter in letters}
            yield "ObjectPermissions", {"ParentId": make_id("0PS", key), "SobjectType": sobject, **granted}


def _lists(document: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    for order, (name, probability, forecast) in enumerate(document["stages"], 1):
        yield (
            "OpportunityStage",
            {
                **_named(name, order),
                "IsActive": 1,
                "IsClosed": int(name in _CLOSED),
                "IsWon": int(name == _WON),
                "DefaultProbability": float(probability),
                "ForecastCategory": forecast.replace("Commit", "Forecast").replace(" ", ""),
                "ForecastCategoryName": forecast,
            },
        )
    for sobject, part in (("LeadStatus", "lead_statuses"), ("TaskStatus", "task_statuses")):
        for order, row in enumerate(document[part], 1):
            yield sobject, _named(row["ApiName"], order) | row


def _named(name: str, order: int) -> Row:
    return {"ApiName": name, "MasterLabel": name, "SortOrder": order}


def _keyed(prefix: str, row: Mapping[str, Any]) -> Row:
    """A row of the data file with the id that its key stands for."""
    return {"Id": make_id(prefix, row["key"])} | {name: value for name, value in row.items() if name != "key"}
