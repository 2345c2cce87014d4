"""Merging leads, contacts or accounts: the losers go into the bin and point to the master.

Facts: SOAP API Developer Guide, "merge()": up to three records become one; children are moved; losers are deleted with
MasterRecordId, visible to queryAll alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml.activities import touch
from adapters.sandbox.salesforce.dml.locking import check_locks
from adapters.sandbox.salesforce.dml.moving import move_children
from adapters.sandbox.salesforce.dml.reading import read_id
from adapters.sandbox.salesforce.dml.results import RowResult, refused
from adapters.sandbox.salesforce.dml.rows import change, fetch
from adapters.sandbox.salesforce.dml.storing import store_changed
from adapters.sandbox.salesforce.dml.updating import find
from adapters.sandbox.salesforce.dml.work import Draft, Work, working
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.values import RowError

LOSERS_MOST = 2
_PERSON = (
    ("Task", "WhoId"),
    ("Event", "WhoId"),
    ("TaskRelation", "RelationId"),
    ("EventRelation", "RelationId"),
    ("EmailMessageRelation", "RelationId"),
)
_MOVED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Lead": (*_PERSON, ("CampaignMember", "LeadId")),
    "Contact": (
        *_PERSON,
        ("CampaignMember", "ContactId"),
        ("OpportunityContactRole", "ContactId"),
        ("Opportunity", "ContactId"),
        ("Lead", "ConvertedContactId"),
    ),
    "Account": (
        ("Contact", "AccountId"),
        ("Opportunity", "AccountId"),
        ("Account", "ParentId"),
        ("Task", "WhatId"),
        ("Event", "WhatId"),
        ("Task", "AccountId"),
        ("Event", "AccountId"),
        ("Lead", "ConvertedAccountId"),
    ),
}


def merge(org: Org, user_id: str, sobject: str, master_id: str, loser_ids: Sequence[str]) -> RowResult:
    """Merges up to two records into the master, whose values stay as they are. Nothing is written on an error."""
    with working(org, user_id) as work:
        target = work.sobject(sobject)
        try:
            drafts = _found(work, target, [master_id, *loser_ids])
        except RowError as error:
            return refused(error)
        master, losers = drafts[0], drafts[1:]
        _move(work, target, str(master.id), [str(each.id) for each in losers])
        _lose(work, target, str(master.id), [str(each.id) for each in losers])
        store_changed(work, target.name, [Draft(master.before, dict(master.before or {}))])
        work.note(target.name, str(master.id), "merged")
        return RowResult(master.id, success=True, created=False)


def _found(work: Work, sobject: SObject, ids: Sequence[str]) -> list[Draft]:
    if sobject.name not in _MOVED or not 1 < len(ids) <= LOSERS_MOST + 1:
        text = "Merge takes a master and one or two others: all Leads, all Contacts or all Accounts"
        raise RowError("INVALID_OPERATION", text, ())
    drafts = [Draft(id=read_id(sobject, key)) for key in ids]
    find(work, sobject, drafts)
    check_locks(work, drafts)
    for draft in drafts:
        if draft.error:
            raise draft.error
    _check_alike(sobject, drafts)
    return drafts


def _check_alike(sobject: SObject, drafts: Sequence[Draft]) -> None:
    rows = [draft.before or {} for draft in drafts]
    if any(row.get("IsConverted") for row in rows[1:]):
        raise RowError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ())
    persons = {bool(row.get("IsPersonAccount")) for row in rows}
    if len(persons) > 1 or (persons == {True} and sobject.name == "Contact"):
        text = "person accounts are merged with person accounts, as accounts, and others with others"
        raise RowError("INVALID_OPERATION", text, ())


def _move(work: Work, sobject: SObject, master: str, losers: Sequence[str]) -> None:
    parents = dict.fromkeys(losers, master)
    people = _contacts(work, sobject, [master, *losers])
    if people:
        _move(work, work.sobject("Contact"), people[0], people[1:])
        _lose(work, work.sobject("Contact"), people[0], people[1:])
    for name, column in _MOVED[sobject.name]:
        move_children(work, name, column, parents)
    if sobject.name != "Account":
        touch(work, [master])


def _contacts(work: Work, sobject: SObject, ids: Sequence[str]) -> list[str]:
    """The contacts of person accounts, in the order of the accounts."""
    if sobject.name != "Account":
        return []
    rows = fetch(work.connection, "Account", ids)
    return [rows[key]["PersonContactId"] for key in ids if rows[key].get("IsPersonAccount")]


def _lose(work: Work, sobject: SObject, master: str, losers: Sequence[str]) -> None:
    gone = {
        "IsDeleted": 1,
        "MasterRecordId": master,
        "LastModifiedDate": work.now,
        "LastModifiedById": work.user_id,
        "SystemModstamp": work.now,
    }
    change(work.connection, sobject.name, dict.fromkeys(losers, gone))
    for key in losers:
        work.note(sobject.name, key, "deleted")
