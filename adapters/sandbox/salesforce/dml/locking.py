"""Rows somebody else holds. A contact shares its account's lock (fact: Record Locking Cheat Sheet)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adapters.sandbox.salesforce.dml.work import Draft, Work, good
from adapters.sandbox.salesforce.values import RowError

_PARENTS = ("AccountId",)


def check_locks(work: Work, drafts: Iterable[Draft]) -> None:
    """Refuses drafts whose record, or whose account before or after, is held by somebody else."""
    if not work.org.locked:
        return
    for draft in good(drafts):
        held = next((key for key in _ids(draft) if key in work.org.locked), None)
        if held:
            draft.error = locked(held)


def locked(key: str) -> RowError:
    """The row was not free in time."""
    text = f"unable to obtain exclusive access to this record or 1 records: {key}"
    return RowError("UNABLE_TO_LOCK_ROW", text, ())


def _ids(draft: Draft) -> Iterator[str]:
    if draft.id:
        yield draft.id
    for row in (draft.before or {}, draft.after):
        yield from (row[name] for name in _PARENTS if row.get(name))
