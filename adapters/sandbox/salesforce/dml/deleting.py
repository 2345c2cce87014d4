"""The recycle bin: into it, out of it, and emptying it.

Facts: SOAP API Developer Guide, "delete()", "undelete()", "emptyRecycleBin()", and getDeleted(), which also tells of
records that left the bin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml.cascading import forget, put_in_bin, take_out
from adapters.sandbox.salesforce.dml.locking import check_locks
from adapters.sandbox.salesforce.dml.reading import read_id
from adapters.sandbox.salesforce.dml.results import RowResult, bad_reference, no_right
from adapters.sandbox.salesforce.dml.rows import Row, fetch
from adapters.sandbox.salesforce.dml.updating import find
from adapters.sandbox.salesforce.dml.work import Draft, good, settle, working
from adapters.sandbox.salesforce.ids import prefix_of
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.values import RowError

_NOT_IN_BIN = RowError("UNDELETE_FAILED", "Entity is not in the recycle bin", ())
_HAS_LOG = "SELECT 1 FROM sqlite_master WHERE name = '_deleted'"
_LOGGED = 'SELECT "Id", "DeletedDate" FROM "_deleted" WHERE "SobjectType" = ? AND "DeletedDate" BETWEEN ? AND ?'


def delete(
    org: Org,
    user_id: str,
    sobject_name: str,
    ids: Sequence[str],
    *,
    auto_assign: bool = True,
    all_or_none: bool = False,
) -> list[RowResult]:
    """Puts records into the recycle bin and says of each what became of it, in order. Raises NoSuchObject.

    Objects that keep no deleted records lose the row; `deleted_between` tells of it all the same.
    """
    with working(org, user_id, auto_assign=auto_assign) as work:
        sobject = work.sobject(org.view(user_id).object(sobject_name).name)
        drafts = [_draft(sobject, key) for key in ids]
        find(work, sobject, drafts)
        for draft in good(drafts) if not work.allowed(sobject.name).deletable else ():
            draft.error = no_right()
        check_locks(work, drafts)
        return settle(drafts, all_or_none=all_or_none, write=lambda fine: put_in_bin(work, sobject, _rows(fine)))


def undelete(
    org: Org, user_id: str, sobject_name: str, ids: Sequence[str], *, all_or_none: bool = False
) -> list[RowResult]:
    """Takes records, and what went with them, out of the bin, in order. Raises NoSuchObject."""
    with working(org, user_id) as work:
        sobject = work.sobject(org.view(user_id).object(sobject_name).name)
        drafts = [_draft(sobject, key) for key in ids]
        found = fetch(work.connection, sobject.name, (draft.id for draft in drafts if draft.id))
        for draft in good(drafts):
            draft.before = found.get(draft.id or "")
            draft.error = _unrestorable(draft.before)
        return settle(drafts, all_or_none=all_or_none, write=lambda fine: take_out(work, sobject, _rows(fine)))


def purge(org: Org, ids: Iterable[str]) -> list[str]:
    """Empties records out of the bin, with what went into it with them; the ids that were in it.

    Nobody can read them any more, `queryAll` included; `deleted_between` goes on telling of them.
    """
    by_prefix: dict[str, list[str]] = {}
    for key in ids:
        by_prefix.setdefault(prefix_of(key), []).append(key)
    gone: list[str] = []
    with working(org, org.user_id) as work:
        for prefix, some in by_prefix.items():
            sobject = org.catalog.by_prefix(prefix)
            if sobject and sobject.field("IsDeleted"):
                rows = [row for row in fetch(work.connection, sobject.name, some).values() if row["IsDeleted"]]
                forget(work, sobject, rows)
                gone += [row["Id"] for row in rows]
    return gone


def deleted_between(org: Org, sobject_name: str, start_ms: int, end_ms: int) -> list[tuple[str, int]]:
    """Ids and times (milliseconds since 1970) of the records deleted from `start_ms` to `end_ms`, by time.

    Those in the bin and those that left it. Raises KeyError for an unknown object.
    """
    sobject = org.catalog.objects[sobject_name.lower()]
    between = (start_ms, end_ms)
    with org.reading() as connection:
        logged = connection.execute(_HAS_LOG).fetchone()
        found = connection.execute(_LOGGED, (sobject.name, *between)).fetchall() if logged else []
        if sobject.field("IsDeleted"):
            stamp = "SystemModstamp" if sobject.field("SystemModstamp") else "CreatedDate"
            binned = (
                f'SELECT "Id", "{stamp}" FROM "{sobject.name}" '  # noqa: S608
                f'WHERE "IsDeleted" = 1 AND "{stamp}" BETWEEN ? AND ?'
            )
            found += connection.execute(binned, between).fetchall()
    return sorted(((key, at) for key, at in found), key=lambda each: (each[1], each[0]))


def _draft(sobject: SObject, key: object) -> Draft:
    try:
        return Draft(id=read_id(sobject, key))
    except RowError as error:
        return Draft(error=error)


def _unrestorable(row: Row | None) -> RowError | None:
    if row is None:
        return bad_reference()
    return None if row.get("IsDeleted") else _NOT_IN_BIN


def _rows(drafts: Iterable[Draft]) -> list[Row]:
    return [draft.before for draft in drafts if draft.before is not None]
