"""The words by which a lead is looked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope

LONGEST_WORD, LONGEST_ADDRESS = 40, 80
_WORD = re.compile(r"\w+")
_FROM = ("first_name", "last_name", "company", "email")


def words_of(fields: Mapping[str, Any]) -> set[str]:
    """Of a lead's names, company and e-mail address: small letters without marks, and the address as a whole."""
    email = str(fields.get("email", "")).lower()
    found = set(words_in(" ".join([str(fields[name]) for name in _FROM if name in fields])))
    if email:
        found.add(email[:LONGEST_ADDRESS])
    return found


def words_in(text: str) -> list[str]:
    """The words of what somebody typed, spelled as `words_of` keeps them, in their order."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return [word[:LONGEST_WORD] for word in _WORD.findall(text.casefold())]


def words_typed(text: str) -> list[str]:
    """What somebody typed, as beginnings of words to look for; what looks like an e-mail address as a whole."""
    found: list[str] = []
    for piece in text.split():
        found += [piece.lower()[:LONGEST_ADDRESS]] if "@" in piece.strip("@") else words_in(piece)
    return list(dict.fromkeys(found))


def keep_words(conn: sa.Connection, scope: Scope, words: Mapping[int, Collection[str]], *, new: bool) -> None:
    """Makes these the words of these leads, by lead; `new` ones have none yet. Only what differs is written."""
    w = t.lead_word.c
    before: set[tuple[int, str]] = set()
    if words and not new:
        query = sa.select(w.lead_id, w.word).where(w.tenant_id == scope.tenant_id, w.lead_id.in_(list(words)))
        before = {(row[0], row[1]) for row in conn.execute(query)}
    wanted = {(lead_id, word) for lead_id, found in words.items() for word in found}
    if gone := before - wanted:
        mine = sa.and_(w.tenant_id == scope.tenant_id, w.lead_id == sa.bindparam("of_lead"))
        statement = sa.delete(t.lead_word).where(mine, w.word == sa.bindparam("of_word"))
        conn.execute(statement, [{"of_lead": lead_id, "of_word": word} for lead_id, word in gone])
    if fresh := wanted - before:
        # In the order of the key, so that neighbours are written together.
        rows = [
            {"tenant_id": scope.tenant_id, "word": word, "lead_id": lead_id}
            for word, lead_id in sorted((word, lead_id) for lead_id, word in fresh)
        ]
        conn.execute(sa.insert(t.lead_word), rows)


def drop_words(conn: sa.Connection, scope: Scope, lead_ids: Collection[int] | sa.Select[tuple[int]]) -> None:
    """These leads are not looked for any more."""
    w = t.lead_word.c
    chosen = lead_ids if isinstance(lead_ids, sa.Select) else list(lead_ids)
    conn.execute(sa.delete(t.lead_word).where(w.tenant_id == scope.tenant_id, w.lead_id.in_(chosen)))
