"""Giving records another parent: what a merge and a conversion do to activities, campaigns, mails and roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.sandbox.salesforce.dml.cascading import put_in_bin
from adapters.sandbox.salesforce.dml.effects import complete
from adapters.sandbox.salesforce.dml.rows import Row, fetch_by, live
from adapters.sandbox.salesforce.dml.storing import store_changed
from adapters.sandbox.salesforce.dml.work import Draft, Work

_UNIQUE_PER = {
    "CampaignMember": "CampaignId",
    "EmailMessageRelation": "EmailMessageId",
    "EventRelation": "EventId",
    "OpportunityContactRole": "OpportunityId",
    "TaskRelation": "TaskId",
}
"""Ties of which a parent needs one a person: a second one goes."""


def move_children(work: Work, name: str, column: str, parents: Mapping[str, str]) -> None:
    """Points the live records of an object from old parents (keys) to new ones (values).

    A tie the new parent has already is deleted instead. Told and stamped as changes by the user.
    """
    if not work.has(name) or work.sobject(name).field(column) is None:
        return
    children = live(fetch_by(work.connection, name, column, parents))
    taken = _taken(work, name, column, parents)
    moved: list[Row] = []
    doubled: list[Row] = []
    for row in children:
        key = (row.get(_UNIQUE_PER.get(name, "Id")), parents[row[column]])
        (doubled if key in taken else moved).append(row)
        taken.add(key)
    change_rows(work, name, [Draft(row, row | {column: parents[row[column]]}) for row in moved])
    put_in_bin(work, work.sobject(name), doubled)


def change_rows(work: Work, name: str, drafts: Sequence[Draft]) -> None:
    """Changes the platform makes in the user's name: completed and stored, not checked, and without consequences."""
    complete(work, work.sobject(name), drafts)
    store_changed(work, name, drafts)


def _taken(work: Work, name: str, column: str, parents: Mapping[str, str]) -> set[tuple[object, str]]:
    if name not in _UNIQUE_PER:
        return set()
    present: list[Row] = live(fetch_by(work.connection, name, column, parents.values()))
    return {(row.get(_UNIQUE_PER[name]), row[column]) for row in present}
