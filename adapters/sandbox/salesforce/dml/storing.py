"""Drafts into the tables: ids, audit fields, history, and the changes to be told.

Nothing is checked here: what users send goes through ``inserting`` and ``updating``, the platform's own writes do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.sandbox.salesforce.dml.history import remember_changed, remember_created
from adapters.sandbox.salesforce.dml.rows import change, put
from adapters.sandbox.salesforce.dml.work import Draft, Work

AUDIT = frozenset({"LastModifiedDate", "LastModifiedById", "SystemModstamp"})
"""Fields every write of a user moves, whether or not values differ."""


def store_new(work: Work, name: str, drafts: Sequence[Draft]) -> None:
    """Adds new records; each draft gets its id."""
    if not drafts:
        return
    sobject = work.sobject(name)
    stamps = _created(work)
    ids = work.org.next_ids(sobject.name, len(drafts), work.connection)
    for draft, key in zip(drafts, ids, strict=True):
        draft.id = draft.after["Id"] = key
        draft.after |= stamps
        work.note(sobject.name, key, "created")
    put(work.connection, sobject.name, work.columns(name), (draft.after for draft in drafts))
    remember_created(work, sobject, drafts)


def store_changed(work: Work, name: str, drafts: Sequence[Draft]) -> None:
    """Changes records that are there. Values that are the same already move the audit fields just so."""
    if not drafts:
        return
    sobject = work.sobject(name)
    columns = set(work.columns(name))
    remember_changed(work, sobject, drafts)
    changes: dict[str, Mapping[str, Any]] = {}
    for draft in drafts:
        differing = draft.changed
        key = draft.after["Id"]
        work.note(sobject.name, key, "updated", differing.keys() - AUDIT)
        draft.after |= _modified(work)
        stored = differing | _modified(work)
        changes[key] = {field: value for field, value in stored.items() if field in columns}
    change(work.connection, sobject.name, changes)


def stamp(work: Work, name: str, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Changes the platform makes by itself, by id: SystemModstamp moves and LastModifiedDate does not.

    Fact: "SystemModstamp vs. LastModifiedDate", Salesforce's help. Told like any change.
    """
    columns = set(work.columns(name))
    touched = {"SystemModstamp": work.now} if "SystemModstamp" in columns else {}
    known = {
        key: {field: value for field, value in values.items() if field in columns} for key, values in changes.items()
    }
    change(work.connection, work.sobject(name).name, {key: values | touched for key, values in known.items()})
    for key, values in known.items():
        work.note(work.sobject(name).name, key, "updated", values.keys())


def _created(work: Work) -> dict[str, Any]:
    made = {"CreatedDate": work.now, "CreatedById": work.user_id, "IsDeleted": 0}
    return made | _modified(work)


def _modified(work: Work) -> dict[str, Any]:
    return {"LastModifiedDate": work.now, "LastModifiedById": work.user_id, "SystemModstamp": work.now}
