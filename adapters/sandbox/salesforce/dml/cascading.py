"""What hangs on a record and goes with it: into the bin, out of it, and away.

Facts: a delete takes the children whose relationship cascades; activities about a person stay. A merge is no delete:
children move to the master before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from adapters.sandbox.salesforce.catalog import Child, SObject
from adapters.sandbox.salesforce.dml.activities import RELATIONS, recount, touch
from adapters.sandbox.salesforce.dml.rows import Row, change, fetch, fetch_by, live, remove
from adapters.sandbox.salesforce.dml.work import Work

_STAY = frozenset({"Task", "Event"})
_LOG = (
    'CREATE TABLE IF NOT EXISTS "_deleted" ("SobjectType" TEXT NOT NULL, "Id" TEXT NOT NULL, '
    '"DeletedDate" INTEGER NOT NULL, PRIMARY KEY ("SobjectType", "Id")) WITHOUT ROWID'
)


def put_in_bin(work: Work, sobject: SObject, rows: Sequence[Row]) -> None:
    """Deletes live records with what hangs on them. Objects without a bin lose the row."""
    if not rows:
        return
    ids = [row["Id"] for row in rows]
    if sobject.field("IsDeleted"):
        _mark(work, sobject, ids, {"IsDeleted": 1})
    else:
        _log(work, sobject, rows)
        remove(work.connection, sobject.name, ids)
    for key in ids:
        work.note(sobject.name, key, "deleted")
    for child in _hanging(work, sobject):
        put_in_bin(work, work.sobject(child.sobject), live(_children(work, child, rows)))
    _other_half(work, sobject, rows, deleted=0)
    _settle_activities(work, sobject, rows)


def take_out(work: Work, sobject: SObject, rows: Sequence[Row]) -> None:
    """Restores deleted records with what went into the bin at the same moment as each."""
    if not rows:
        return
    _mark(work, sobject, [row["Id"] for row in rows], {"IsDeleted": 0, "MasterRecordId": None})
    for row in rows:
        work.note(sobject.name, row["Id"], "undeleted")
    when = {row["Id"]: row.get("SystemModstamp") for row in rows}
    for child in _hanging(work, sobject):
        gone = [each for each in _children(work, child, rows) if each.get("IsDeleted")]
        with_it = [each for each in gone if each.get("SystemModstamp") == when[each[child.field]]]
        take_out(work, work.sobject(child.sobject), with_it)
    _other_half(work, sobject, rows, deleted=1)
    _settle_activities(work, sobject, rows)


def forget(work: Work, sobject: SObject, rows: Sequence[Row]) -> None:
    """Removes records in the bin for good, with what went with them and their history; keeps a note of each."""
    if not rows:
        return
    for child in _hanging(work, sobject, with_history=True):
        found = _children(work, child, rows)
        kept = work.sobject(child.sobject)
        past = _is_history(work, kept)
        forget(work, kept, [each for each in found if past or each.get("IsDeleted")])
    if not _is_history(work, sobject):
        _log(work, sobject, rows)
    remove(work.connection, sobject.name, [row["Id"] for row in rows])


def _hanging(work: Work, sobject: SObject, *, with_history: bool = False) -> list[Child]:
    return [
        child
        for child in sobject.children
        if child.cascade
        and child.sobject not in _STAY
        and (with_history or not _is_history(work, work.sobject(child.sobject)))
    ]


def _is_history(work: Work, sobject: SObject) -> bool:
    return sobject.name.endswith("History") or any(
        each.history == sobject.name for each in work.org.catalog.objects.values()
    )


def _children(work: Work, child: Child, rows: Iterable[Row]) -> list[Row]:
    return fetch_by(work.connection, child.sobject, child.field, (row["Id"] for row in rows))


def _mark(work: Work, sobject: SObject, ids: Iterable[str], values: dict[str, Any]) -> None:
    stamped = values | {"LastModifiedDate": work.now, "LastModifiedById": work.user_id, "SystemModstamp": work.now}
    columns = set(work.columns(sobject.name))
    known = {name: value for name, value in stamped.items() if name in columns}
    change(work.connection, sobject.name, dict.fromkeys(ids, known))


def _log(work: Work, sobject: SObject, rows: Iterable[Row]) -> None:
    """With the time of the delete, which is the last stamp of a record in the bin."""
    work.connection.execute(_LOG)
    values = [(sobject.name, row["Id"], row["SystemModstamp"] if row.get("IsDeleted") else work.now) for row in rows]
    work.connection.executemany('INSERT OR REPLACE INTO "_deleted" VALUES (?, ?, ?)', values)


def _other_half(work: Work, sobject: SObject, rows: Iterable[Row], *, deleted: int) -> None:
    """The person account of a contact shares its fate. The contact of an account does as its child."""
    if sobject.name != "Contact":
        return
    ids = {row["AccountId"] for row in rows if row.get("IsPersonAccount") and row.get("AccountId")}
    accounts = [row for row in fetch(work.connection, "Account", ids).values() if row["IsDeleted"] == deleted]
    (take_out if deleted else put_in_bin)(work, work.sobject("Account"), accounts)


def _settle_activities(work: Work, sobject: SObject, rows: Sequence[Row]) -> None:
    """The people of activities that came or went, and the counts of activities whose people did."""
    if sobject.name in RELATIONS:
        touch(work, {row["WhoId"] for row in rows if row.get("WhoId")})
    for name, relation in RELATIONS.items():
        if sobject.name == relation:
            around = fetch(work.connection, name, {row[f"{name}Id"] for row in rows})
            recount(work, name, [row["Id"] for row in live(around.values())])
            touch(work, {row["RelationId"] for row in rows if row.get("RelationId")})
