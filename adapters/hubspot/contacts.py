"""Reading contacts: passes, the truth about some of them, and their past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from adapters.contract import Owner, Page, PastValue, Record
from adapters.hubspot.client import Client
from adapters.hubspot.passes import Source, read_by_id, walk
from adapters.hubspot.rows import MERGED, Row, batches, moment, record, translate

CONTACTS = "contacts"
READ_BATCH = 100
SEARCHED = 200
"""The most a search gives at once."""
HISTORY_BATCH = 50
OWNERS_PAGE = 100


def contacts(client: Client, cursor: str | None, fields: Sequence[str]) -> Iterator[Page[Record]]:
    """A pass over all contacts, or over those changed since `cursor`; see `Reader.contacts`."""
    source = Source(CONTACTS, _with_merges(fields), modified="lastmodifieddate", archived=True)
    for chunk in walk(client, source, cursor):
        items, problems = translate(chunk.rows, partial(record, archived=chunk.archived))
        yield Page(items, chunk.cursor, chunk.complete, problems, chunk.total)


def contacts_by_id(client: Client, ids: Sequence[str], fields: Sequence[str]) -> Page[Record]:
    """These contacts as they are now. Two ids merged into one contact give it once, under the id it has now."""
    properties = _with_merges(fields)
    rows: dict[str, Row] = {}
    for batch in batches(list(dict.fromkeys(ids)), READ_BATCH):
        rows |= {str(row.get("id")): row for row in read_by_id(client, CONTACTS, batch, properties)}
    items, problems = translate(rows.values(), record)
    return Page(items, "", complete=True, problems=problems)


def newest(client: Client, limit: int) -> Sequence[str]:
    """Ids of the contacts made last; a search may lag behind by some seconds."""
    by_age = [{"propertyName": "createdate", "direction": "DESCENDING"}]
    wanted = {"filterGroups": [], "sorts": by_age, "properties": ["hs_object_id"]}
    found: list[str] = []
    while len(found) < limit:
        page = {"limit": min(SEARCHED, limit - len(found)), "after": str(len(found))}
        answer = client.search(CONTACTS, wanted | page)
        rows = [str(row["id"]) for row in answer.get("results") or () if row.get("id") is not None]
        found += rows
        if not rows or not (answer.get("paging") or {}).get("next"):
            break
    return list(dict.fromkeys(found))


def history(
    client: Client, ids: Sequence[str], fields: Sequence[str]
) -> Mapping[str, Mapping[str, Sequence[PastValue]]]:
    """Past values of `fields`, newest first; HubSpot keeps up to 20 versions of most properties."""
    found: dict[str, Mapping[str, Sequence[PastValue]]] = {}
    for batch in batches(list(dict.fromkeys(ids)), HISTORY_BATCH):
        for row in read_by_id(client, CONTACTS, batch, [], history=fields):
            found[str(row["id"])] = {name: _past(row, name) for name in fields}
    return found


def owners(client: Client) -> Sequence[Owner]:
    """Everybody who may own a contact; former users come only when asked for as archived."""
    return [owner for archived in (False, True) for owner in _owners(client, archived)]


def _owners(client: Client, archived: bool) -> Iterator[Owner]:
    after = ""
    while True:
        query = {"limit": str(OWNERS_PAGE), "archived": str(archived).lower()} | ({"after": after} if after else {})
        answer = client.get(client.paths.owners(), query)
        yield from translate(answer.get("results") or (), _owner)[0]
        after = str(((answer.get("paging") or {}).get("next") or {}).get("after") or "")
        if not after:
            return


def _owner(row: Row) -> Owner:
    email = str(row.get("email") or "")
    name = f"{row.get('firstName') or ''} {row.get('lastName') or ''}".strip()
    user_id = str(row.get("userId") or row.get("userIdIncludingInactive") or "")
    return Owner(str(row["id"]), name or email, email, row.get("archived") is not True, user_id)


def _with_merges(fields: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*fields, MERGED]))


def _past(row: Row, name: str) -> list[PastValue]:
    versions = (row.get("propertiesWithHistory") or {}).get(name) or ()
    dated = ((moment(version.get("timestamp")), version.get("value")) for version in versions)
    values = [PastValue(at, value) for at, value in dated if at is not None]
    return sorted(values, key=lambda past: past.at, reverse=True)
