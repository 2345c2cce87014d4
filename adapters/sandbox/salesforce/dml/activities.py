"""Tasks and events: what follows from their values, whom they are about, and what that does to people's records.

Facts: Object Reference, "Task", "Event", "TaskRelation", "EventRelation".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from adapters.sandbox.salesforce.dml.references import records
from adapters.sandbox.salesforce.dml.results import broken_integrity
from adapters.sandbox.salesforce.dml.rows import Row, fetch, fetch_by, live
from adapters.sandbox.salesforce.dml.storing import stamp, store_new
from adapters.sandbox.salesforce.dml.work import Draft, Work
from adapters.sandbox.salesforce.ids import prefix_of
from adapters.sandbox.salesforce.zones import local_day

RELATIONS = {"Task": "TaskRelation", "Event": "EventRelation"}
"""The object that ties an activity to several people, where the org shares activities."""

_LEAD, _ACCOUNT = "00Q", "001"
_MINUTE = 60_000
_CLOSED = "Completed"


def derive_tasks(work: Work, drafts: Sequence[Draft]) -> None:
    """IsClosed and CompletedDateTime from Status, IsHighPriority, and the account."""
    for draft in drafts:
        row, was = draft.after, draft.before or {}
        row["IsClosed"] = int(row.get("Status") == _CLOSED)
        row["IsHighPriority"] = int(row.get("Priority") == "High")
        if not row["IsClosed"]:
            row["CompletedDateTime"] = None
        elif not was.get("IsClosed") and "CompletedDateTime" not in draft.given:
            row["CompletedDateTime"] = work.now
    _relate(work, drafts)


def derive_events(work: Work, drafts: Sequence[Draft]) -> None:
    """One start under its two names, the end or the length from the other, the day in the org's zone, the account."""
    for draft in drafts:
        row, given = draft.after, draft.given
        start = given.get("StartDateTime") or given.get("ActivityDateTime") or row.get("StartDateTime")
        if start is not None:
            _set_times(row, given, start)
            row["ActivityDate"] = local_day(start, work.org.settings.time_zone)
    _relate(work, drafts)


def check_activities(_work: Work, drafts: Sequence[Draft]) -> None:
    """An activity about a lead cannot be about something else as well."""
    for draft in drafts:
        row = draft.after
        if prefix_of(row.get("WhoId") or "") == _LEAD and row.get("WhatId"):
            text = "Related To ID: an activity about a lead cannot be related to another record"
            draft.error = draft.error or broken_integrity(text, "WhatId")


def after_activities(work: Work, name: str, drafts: Sequence[Draft]) -> None:
    """The relation to the person it is about, and the last activity of the people before and after."""
    moved = [each for each in drafts if each.after.get("WhoId") != (each.before or {}).get("WhoId")]
    _keep_relations(work, name, moved)
    touch(work, _people(drafts))


def after_relations(work: Work, name: str, drafts: Sequence[Draft]) -> None:
    """WhoCount on the activities follows the people related to them, and so does those people's last activity."""
    recount(work, name, {draft.after[f"{name}Id"] for draft in drafts})
    touch(work, {draft.after["RelationId"] for draft in drafts if draft.after.get("RelationId")})


def recount(work: Work, name: str, ids: Iterable[str]) -> None:
    """Writes how many people these activities are about."""
    ties = live(fetch_by(work.connection, RELATIONS[name], f"{name}Id", ids))
    people: dict[str, set[str]] = {}
    for tie in ties:
        if not tie.get("IsWhat"):
            people.setdefault(tie[f"{name}Id"], set()).add(tie["RelationId"])
    stamp(work, name, {key: {"WhoCount": len(people.get(key, ()))} for key in ids})


def touch(work: Work, ids: Iterable[str]) -> None:
    """LastActivityDate of leads and contacts (and the person accounts behind them) after their activities changed.

    It is the latest due date of closed tasks and of events (Object Reference, "Lead"), and SystemModstamp moves with
    it while LastModifiedDate stays.
    """
    people = records(work, {key for key in ids if key})
    latest = _latest(work, people)
    changed = {key: latest.get(key) for key, row in people.items() if latest.get(key) != row.get("LastActivityDate")}
    for name in ("Lead", "Contact"):
        some = {
            key: {"LastActivityDate": day}
            for key, day in changed.items()
            if prefix_of(key) == work.sobject(name).prefix
        }
        stamp(work, name, some)
    accounts = {people[key]["AccountId"]: day for key, day in changed.items() if people[key].get("IsPersonAccount")}
    stamp(work, "Account", {key: {"LastActivityDate": day} for key, day in accounts.items()})


def _set_times(row: Row, given: Row, start: int) -> None:
    minutes = row.get("DurationInMinutes")
    if "EndDateTime" in given and given["EndDateTime"] is not None:
        minutes = (given["EndDateTime"] - start) // _MINUTE
    elif minutes is None:
        minutes = 60
    row |= {"StartDateTime": start, "ActivityDateTime": start, "DurationInMinutes": minutes}
    row["EndDateTime"] = start + int(minutes) * _MINUTE


def _relate(work: Work, drafts: Sequence[Draft]) -> None:
    """AccountId from the contact, else from what the activity is about; how many people and things it names."""
    named = records(work, {draft.after.get(each) for draft in drafts for each in ("WhoId", "WhatId")} - {None, ""})
    for draft in drafts:
        row = draft.after
        who, what = named.get(row.get("WhoId", "")), named.get(row.get("WhatId", ""))
        row["AccountId"] = (who or {}).get("AccountId") or _account_of(what)
        row["WhatCount"] = int(bool(row.get("WhatId")))
        if draft.before is None:
            row["WhoCount"] = int(bool(row.get("WhoId")))


def _account_of(row: Row | None) -> Any:
    if row is None:
        return None
    return row["Id"] if prefix_of(row["Id"]) == _ACCOUNT else row.get("AccountId")


def _keep_relations(work: Work, name: str, drafts: Sequence[Draft]) -> None:
    relation = RELATIONS[name]
    if not work.has(relation):
        return
    before = {
        draft.after["Id"]: draft.before["WhoId"] for draft in drafts if draft.before and draft.before.get("WhoId")
    }
    ties = live(fetch_by(work.connection, relation, f"{name}Id", before))
    stale = [tie["Id"] for tie in ties if tie["RelationId"] == before[tie[f"{name}Id"]]]
    stamp(work, relation, {key: {"IsDeleted": 1} for key in stale})
    known = {(tie[f"{name}Id"], tie["RelationId"]) for tie in ties}
    fresh = [each for each in drafts if each.after.get("WhoId")]
    new = [_tie(name, each) for each in fresh if (each.after["Id"], each.after["WhoId"]) not in known]
    store_new(work, relation, new)
    if before:
        recount(work, name, before)


def _tie(name: str, draft: Draft) -> Draft:
    row = draft.after
    tie = {f"{name}Id": row["Id"], "RelationId": row["WhoId"], "IsWhat": 0, "AccountId": row.get("AccountId")}
    return Draft(after=tie | ({"IsParent": 1, "IsInvitee": 0} if name == "Event" else {}))


def _people(drafts: Iterable[Draft]) -> set[str]:
    rows = chain.from_iterable((draft.before or {}, draft.after) for draft in drafts)
    return {row["WhoId"] for row in rows if row.get("WhoId")}


def _latest(work: Work, ids: Iterable[str]) -> dict[str, str]:
    """The latest day that counts, by person."""
    ids = list(ids)
    latest: dict[str, str] = {}
    for who, row in _activities_of(work, ids):
        day = row.get("ActivityDate")
        if day and row.get("IsClosed", 1):
            latest[who] = max(day, latest.get(who, ""))
    return latest


def _activities_of(work: Work, ids: list[str]) -> Iterable[tuple[str, Row]]:
    for name, relation in RELATIONS.items():
        for row in live(fetch_by(work.connection, name, "WhoId", ids)):
            yield row["WhoId"], row
        if work.has(relation):
            ties = live(fetch_by(work.connection, relation, "RelationId", ids))
            rows = fetch(work.connection, name, {tie[f"{name}Id"] for tie in ties})
            for tie in ties:
                row = rows.get(tie[f"{name}Id"], {"IsDeleted": 1})
                if not row["IsDeleted"]:
                    yield tie["RelationId"], row
