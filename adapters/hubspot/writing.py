"""Writing scores back: one batch call, one result per row, whatever HubSpot answers.

HubSpot reports bad rows in three ways: a 207 that names them by trace id or id, a 400 for the whole batch that names
none, or not at all, by leaving a row out of the results. The first is read, the second is halved until the row stands
alone, the third is never taken for success.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.contract import AdapterError, Misconfigured, Update, WriteResult, WriteStatus
from adapters.hubspot.client import Client
from adapters.hubspot.contacts import CONTACTS
from adapters.hubspot.errors import Refused, codes, context, named, problems, sentence
from adapters.hubspot.rows import Row

BATCH = 100

GONE_CATEGORIES = frozenset({"OBJECT_NOT_FOUND", "NOT_FOUND"})
REJECTED_CATEGORIES = frozenset({"VALIDATION_ERROR", "INVALID_INPUT", "CONFLICT", "OBJECT_ALREADY_EXISTS", "FORBIDDEN"})
"""Any other category of a row error (a lock, a limit, an inner failure) may pass: the row is tried again."""

NO_PROPERTY = "PROPERTY_DOESNT_EXIST"

Results = dict[str, WriteResult]


def write(client: Client, updates: Sequence[Update]) -> Sequence[WriteResult]:
    """One result per update, in order; see `Writer.write`."""
    ids = [update.contact_id for update in updates]
    if len(ids) > BATCH or len(set(ids)) < len(ids):
        raise ValueError(f"write takes at most {BATCH} updates and no contact twice; got {len(ids)}")
    results = _write(client, [update for update in updates if update.values])
    return [results.get(one) or WriteResult(one, WriteStatus.OK) for one in ids]


def _write(client: Client, updates: Sequence[Update]) -> Results:
    """Raises only while nothing is known to be written."""
    if not updates:
        return {}
    body = {"inputs": [_input(update) for update in updates]}
    try:
        answer = client.post(client.paths.batch(CONTACTS, "update"), body)
    except Refused as refusal:
        return _refused(client, updates, refusal)
    return _read(client, updates, answer)


def _input(update: Update) -> dict[str, Any]:
    values = {name: "" if value is None else value for name, value in update.values.items()}
    # With a trace id of its own per row HubSpot answers 207 and names the bad ones, instead of refusing them all.
    return {"id": update.contact_id, "objectWriteTraceId": update.contact_id, "properties": values}


def _refused(client: Client, updates: Sequence[Update], refusal: Refused) -> Results:
    unknown = refusal.properties if NO_PROPERTY in refusal.codes else ()
    if unknown and all(set(unknown) & set(update.values) for update in updates):
        raise _property_gone(unknown, refusal.log)
    if len(updates) > 1:
        return _halves(client, updates)
    gone = refusal.status == 404 or refusal.category in GONE_CATEGORIES
    return _all(updates, WriteStatus.GONE if gone else WriteStatus.REJECTED, refusal.message)


def _halves(client: Client, updates: Sequence[Update]) -> Results:
    middle = len(updates) // 2
    results = _write(client, updates[:middle])
    try:
        return results | _write(client, updates[middle:])
    except AdapterError as problem:
        if not any(result.status is WriteStatus.OK for result in results.values()):
            raise
        return results | _all(updates[middle:], WriteStatus.RETRY, problem.admin)


def _read(client: Client, updates: Sequence[Update], answer: Row) -> Results:
    sent = {update.contact_id for update in updates}
    errors = [error for error in answer.get("errors") or () if isinstance(error, dict)]
    results = {one: WriteResult(one, *_verdict(error)) for error in errors for one in _rows_of(error) if one in sent}
    written = {str(row.get("id")) for row in answer.get("results") or ()} & sent
    results |= {one: WriteResult(one, WriteStatus.OK) for one in written - results.keys()}
    _raise_when_no_property(updates, results, errors)
    silent = [update for update in updates if update.contact_id not in results]
    return results | _unaccounted(client, updates, silent, errors)


def _unaccounted(client: Client, updates: Sequence[Update], silent: Sequence[Update], errors: list[Row]) -> Results:
    """Rows the answer does not mention: an error without a name is theirs, else HubSpot has quietly done nothing."""
    nameless = [error for error in errors if not _rows_of(error)]
    if len(silent) == 1 and nameless:
        return _all(silent, *_verdict(nameless[0]))
    if nameless and len(silent) < len(updates):
        try:
            return _write(client, silent)
        except AdapterError as problem:
            return _all(silent, WriteStatus.RETRY, problem.admin)
    if nameless and silent:
        return _halves(client, silent)
    return _all(silent, WriteStatus.RETRY, "HubSpot did not say what became of this row.")


def _verdict(error: Mapping[str, Any]) -> tuple[WriteStatus, str]:
    category = str(error.get("category", ""))
    if category in GONE_CATEGORIES:
        return WriteStatus.GONE, sentence(error)
    if category in REJECTED_CATEGORIES:
        return WriteStatus.REJECTED, sentence(error)
    return WriteStatus.RETRY, sentence(error)


def _rows_of(error: Mapping[str, Any]) -> list[str]:
    return context(error, "objectWriteTraceId") or context(error, "ids") or context(error, "id")


def _raise_when_no_property(updates: Sequence[Update], results: Results, errors: list[Row]) -> None:
    """Every row refused because a property is missing is not a hundred bad rows but one missing property."""
    rejected = [result for result in results.values() if result.status is WriteStatus.REJECTED]
    if len(rejected) == len(updates) and all(NO_PROPERTY in codes(problems(error)) for error in errors):
        missing = (name for error in errors for name in named(problems(error), "propertyName"))
        raise _property_gone(tuple(dict.fromkeys(missing)), f"every row of a batch: {NO_PROPERTY}")


def _property_gone(names: tuple[str, ...], log: str) -> Misconfigured:
    listed = ", ".join(names) or "a score property"
    text = (
        f"HubSpot no longer has the contact property {listed}. Create it again with `leadtier connect`, or restore it "
        "in HubSpot under Settings > Properties; the scores wait and are written then."
    )
    return Misconfigured(text, log, names)


def _all(updates: Sequence[Update], status: WriteStatus, message: str) -> Results:
    return {update.contact_id: WriteResult(update.contact_id, status, message) for update in updates}
