"""What the platform does by itself around a write: values that follow from others, and records that follow records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml.activities import (
    after_activities,
    after_relations,
    check_activities,
    derive_events,
    derive_tasks,
)
from adapters.sandbox.salesforce.dml.assigning import assign
from adapters.sandbox.salesforce.dml.campaigns import check_members, derive_members
from adapters.sandbox.salesforce.dml.checking import check_required, check_rules, check_unique
from adapters.sandbox.salesforce.dml.locking import check_locks
from adapters.sandbox.salesforce.dml.mailing import derive_addresses, derive_messages, tasks_of, tasks_with_people
from adapters.sandbox.salesforce.dml.persons import after_accounts, after_contacts, derive_accounts, derive_names
from adapters.sandbox.salesforce.dml.references import check_references
from adapters.sandbox.salesforce.dml.selling import after_opportunities, derive_opportunities
from adapters.sandbox.salesforce.dml.storing import store_changed, store_new
from adapters.sandbox.salesforce.dml.work import Draft, Work, good

_Step = Callable[[Work, Sequence[Draft]], None]

_USUAL: Mapping[str, Mapping[str, str]] = {
    "Lead": {"Status": "Open - Not Contacted"},
    "Task": {"Status": "Not Started", "Priority": "Normal", "TaskSubtype": "Task"},
    "Event": {"EventSubtype": "Event"},
    "CampaignMember": {"Status": "Sent"},
}
"""Defaults that are an org's picklist settings rather than the field's."""


def complete(work: Work, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Fills in what follows from the values the drafts hold; new records get their defaults first."""
    usual = _defaults(work, sobject)
    for draft in drafts:
        if draft.before is None:
            draft.after = usual | draft.after
    assign(work, sobject.name, drafts)
    step = _DERIVE.get(sobject.name)
    if step and drafts:
        step(work, drafts)


def check(work: Work, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Finds what is wrong with completed drafts; each keeps the first error."""
    check_locks(work, drafts)
    check_references(work, sobject, drafts)
    check_required(sobject, drafts)
    check_unique(work, sobject, drafts)
    if sobject.name in _CHECK:
        _CHECK[sobject.name](work, good(drafts))
    check_rules(work, sobject, drafts)


def write(work: Work, sobject: SObject, drafts: Sequence[Draft]) -> None:
    """Stores drafts, new ones and changed ones, with the records that follow from them."""
    store_new(work, sobject.name, [draft for draft in drafts if draft.before is None])
    store_changed(work, sobject.name, [draft for draft in drafts if draft.before is not None])
    if sobject.name in _AFTER and drafts:
        _AFTER[sobject.name](work, drafts)


def create(work: Work, name: str, drafts: Sequence[Draft]) -> None:
    """Makes records the platform itself wants: completed and stored, not checked."""
    sobject = work.sobject(name)
    complete(work, sobject, drafts)
    write(work, sobject, drafts)


def _defaults(work: Work, sobject: SObject) -> dict[str, object]:
    usual: dict[str, object] = {
        each.name: each.default for each in sobject.fields.values() if each.stored and each.default is not None
    }
    owner = {"OwnerId": work.user_id} if sobject.field("OwnerId") else {}
    return {**_USUAL.get(sobject.name, {}), **usual, **owner}


def _after_messages(work: Work, drafts: Sequence[Draft]) -> None:
    after_activities(work, "Task", tasks_of(work, drafts))


def _after_addresses(work: Work, drafts: Sequence[Draft]) -> None:
    tasks = tasks_with_people(work, drafts)
    complete(work, work.sobject("Task"), tasks)
    write(work, work.sobject("Task"), tasks)


_DERIVE: Mapping[str, _Step] = {
    "Account": derive_accounts,
    "CampaignMember": derive_members,
    "Contact": derive_names,
    "EmailMessage": derive_messages,
    "EmailMessageRelation": derive_addresses,
    "Event": derive_events,
    "Lead": derive_names,
    "Opportunity": derive_opportunities,
    "Task": derive_tasks,
    "User": derive_names,
}
_CHECK: Mapping[str, _Step] = {
    "CampaignMember": check_members,
    "Event": check_activities,
    "Task": check_activities,
}
_AFTER: Mapping[str, _Step] = {
    "Account": after_accounts,
    "Contact": after_contacts,
    "EmailMessage": _after_messages,
    "EmailMessageRelation": _after_addresses,
    "Event": lambda work, drafts: after_activities(work, "Event", drafts),
    "EventRelation": lambda work, drafts: after_relations(work, "Event", drafts),
    "Opportunity": after_opportunities,
    "Task": lambda work, drafts: after_activities(work, "Task", drafts),
    "TaskRelation": lambda work, drafts: after_relations(work, "Task", drafts),
}
