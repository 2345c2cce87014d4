"""A large book of scored leads, laid into a database as quickly as it takes them: for the screens, not for scoring.

Names are as unevenly spread as people's are, one owner left long ago with everything that was theirs, and a second
connection is small: what makes lists slow is there.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.database import Scope, Store
from connector.store.words import words_of

NOW = 1_795_000_000
AT_ONCE = 50_000
OWNERS, LEFT = 60, "199"
"""Owners who are there, and the one who left."""
LINES = ("term_life",) * 5 + ("home",) * 3 + ("auto",) * 2 + ("medicare_supplement", "commercial_gl")
_FIRST = (
    "John", "Mary", "Jo", "Ann", "Nicholas", "Fatima", "Joseph", "Chris", "Jeff", "Ken", "Lou", "Sam", "Tim",
    "Vera", "Wil", "Zoe", "Ida", "Pete", "Rob", "Sue",
)  # fmt: skip
_FIRST_ENDS = ("", "na", "vin", "beth", "lio")
_LAST = (
    "Smith", "John", "Will", "Brown", "Jon", "Gar", "Mill", "Dav", "Rod", "Mart", "Hern", "Lop", "Gon", "Wil",
    "And", "Tho", "Tay", "Moo", "Jack", "Mar", "Lee", "Per", "Thomp", "Whi", "Har", "San", "Cla", "Ram", "Lew",
    "Rob", "Walk", "Yo", "All", "King", "Wri", "Sco", "Tor", "Ngu", "Hil", "Flo", "Gre", "Ada", "Nel", "Bak",
    "Hall", "Riv", "Camp", "Mit", "Car",
)  # fmt: skip
_LAST_ENDS = ("", "son", "man", "ley", "ford", "berg", "well", "ton", "ski", "ez", "ova", "heim", "stein", "by", "wood")
_FIRMS = ("Holdings", "LLC", "Partners", "Farms", "Dental")
_MAILS = ("gmail.com", "example.com", "acme.test")
_DAY = 86_400
_REASONS = (
    "Requested a callback on 20 Nov (+25)",
    "Age inside the ideal range (+15)",
    "Lives in a licensed state (+5)",
)

Rows = dict[sa.Table, list[dict[str, Any]]]


def fill(store: Store, scopes: Sequence[Scope], leads: int) -> None:
    """Lays that many leads into an agency without any; the second connection gets one in a hundred."""
    rng = random.Random(20261)
    names = list(zip(_picked(rng, _FIRST, _FIRST_ENDS, leads), _picked(rng, _LAST, _LAST_ENDS, leads), strict=True))
    with store.write() as conn:
        conn.execute(sa.insert(t.owner), list(_owners(scopes[0])))
    for start in range(0, leads, AT_ONCE):
        chunk = range(start, min(leads, start + AT_ONCE))
        rows: Rows = {table: [] for table in (t.lead, t.card, t.card_change, t.flag, t.lead_word)}
        for number in chunk:
            _lead(rows, rng, scopes[number % 97 == 1], number + 1, names[number])
        rows[t.lead_word].sort(key=lambda row: (row["word"], row["lead_id"]))
        with store.write() as conn:
            for table, values in rows.items():
                if values:
                    conn.execute(sa.insert(table), values)
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql("VACUUM ANALYZE")


def _picked(rng: random.Random, stems: Sequence[str], ends: Sequence[str], number: int) -> list[str]:
    """Names, the first of them far more often than the last."""
    pool = [stem + end for end in ends for stem in stems]
    return rng.choices(pool, [1 / (place + 5) for place in range(len(pool))], k=number)


def _owners(scope: Scope) -> Iterator[Mapping[str, Any]]:
    whose = {"tenant_id": scope.tenant_id, "connection_id": scope.connection_id}
    for number in range(OWNERS):
        yield {**whose, "owner_id": str(100 + number), "name": f"Agent {number}", "email": "", "active": True}


def _lead(rows: Rows, rng: random.Random, scope: Scope, lead_id: int, name: tuple[str, str]) -> None:
    whose = {"tenant_id": scope.tenant_id, "lead_id": lead_id}
    owner = str(100 + min(int(rng.expovariate(0.06)), OWNERS - 1)) if rng.random() < 0.9 else ""
    owner = LEFT if lead_id % 50 == 7 else owner
    created = NOW - rng.randrange(900 * _DAY)
    moved = max(created, NOW - int(rng.expovariate(1 / (40 * _DAY)))) if owner != LEFT else created
    fields = _fields(rng, lead_id, name, owner)
    card = _card(rng, lead_id)
    listed = {"moved_at": moved, "created_at": created, "owner_id": owner, "product_line": card["product_line"]}
    whole = {"connection_id": scope.connection_id, "crm_id": f"{5000 + lead_id}", "created_at": created, "digest": "d"}
    whole |= {"fields": json.dumps(fields), "email": fields["email"], "held_at": NOW if lead_id % 331 == 0 else None}
    rows[t.lead].append({"id": lead_id, "tenant_id": scope.tenant_id, "known": True, **whole})
    scored = {name: card[name] for name in ("score", "stage", "tier", "model_version", "as_of")}
    rows[t.card].append(
        {**whose, **scored, **listed, "document": json.dumps(card), "moves_on": 739_000 + lead_id % 300}
    )
    change = {"score_before": None, "score": card["score"], "tier": card["tier"], "moved": _REASONS[0]}
    rows[t.card_change].append({**whose, **change, "at": moved, "model_version": card["model_version"]})
    if lead_id % 1500 == 0:
        flag = {"connection_id": scope.connection_id, "source_event": f"f{lead_id}", "kind": "too_high", "at": NOW}
        rows[t.flag].append({**whose, **flag})
    rows[t.lead_word] += [{**whose, "word": word} for word in words_of(fields)]


def _fields(rng: random.Random, lead_id: int, name: tuple[str, str], owner: str) -> dict[str, Any]:
    first, last = name
    company = {"company": f"{last} {rng.choice(_FIRMS)} {rng.randrange(4000)}"} if rng.random() < 0.3 else {}
    email = f"{first}.{last}{lead_id}@{rng.choice(_MAILS)}".lower()
    known = {"first_name": first, "last_name": last, "email": email, "owner_id": owner}
    return {**known, **company, "state": "TX", "age": 44, "product_interest": "term_life", "household_income": 85_000}


def _card(rng: random.Random, lead_id: int) -> dict[str, Any]:
    score = min(100, max(0, int(rng.gauss(28, 22))))
    tier, stage = ("Hot", "SQL") if score >= 65 else ("Warm", "MQL") if score >= 40 else ("Cold", "none")
    lines = [
        ["quote", "Requested a callback on 20 Nov", score, "met", NOW - _DAY],
        ["age", "Age: not known", 0, "not known", None],
    ]
    return {
        "lead_id": lead_id, "score": score, "stage": stage, "tier": tier, "product_line": rng.choice(LINES),
        "lines": lines, "reasons": list(_REASONS), "rationale": "Requested a callback on 20 Nov (+25). " * 15,
        "model_version": "starter v1", "as_of": NOW, "notes": [],
    }  # fmt: skip
