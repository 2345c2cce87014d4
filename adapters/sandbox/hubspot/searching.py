"""What search finds: a request turned into SQL over the index, which lags behind the records.

Rules: docs "Search the CRM". The index shows the version of a record before changes younger than the lag; archived
records never appear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from adapters.sandbox.hubspot.errors import invalid
from adapters.sandbox.hubspot.kinds import Kind, kind_named
from adapters.sandbox.hubspot.operands import Operand, operand, text_of, whole_number
from adapters.sandbox.store import Store
from adapters.sandbox.tables.objects import StoredObject, statement, stored

Sql = tuple[str, list[Any]]
_COMPARISONS = {"EQ": "=", "NEQ": "IS NOT", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
_BETWEEN_WORDS = "@.,;:-/"
_FULL_TEXT = {
    "contacts": ("firstname", "lastname", "email", "phone", "company"),
    "companies": ("name", "domain", "phone", "website"),
    "deals": ("dealname",),
}


def search(store: Store, kind: Kind, where: Sql, order: str, limit: int, offset: int) -> tuple[int, list[StoredObject]]:
    """How many records match, and one page of them."""
    now = store.settings.now_ms()
    reader = store.database.reader()
    source, parameters = _index(kind, where, now) if store.stale.any(kind, now) else _records(kind, where)
    total = reader.execute(f"SELECT count(*) FROM ({source})", parameters).fetchone()[0]  # noqa: S608
    sql = f"SELECT * FROM ({source}) ORDER BY {order}, id LIMIT ? OFFSET ?"  # noqa: S608
    return total, [stored(row) for row in reader.execute(sql, [*parameters, limit, offset])]


def condition(store: Store, kind: Kind, groups: Sequence[Sequence[dict[str, Any]]], words: str) -> Sql:
    """The filter groups (any of them) and the words (all of them) as SQL. Raises a 400 for what is not known."""
    either = [_all([_filter(store, kind, each) for each in group]) for group in groups if group]
    parts = [_any(either)] if either else []
    parts += [_holds_word(kind, word) for word in words.lower().split()]
    return _all(parts)


def ordering(store: Store, kind: Kind, name: str, *, descending: bool) -> str:
    """The ORDER BY for a property. Raises a 400 for one that does not exist."""
    return f"{operand(store, kind, name).expression} {'DESC' if descending else 'ASC'}"


def _records(kind: Kind, where: Sql) -> Sql:
    sql = statement(f"SELECT COLUMNS FROM RECORDS WHERE archived_ms IS NULL AND {where[0]}", kind)  # noqa: S608
    return sql, where[1]


def _index(kind: Kind, where: Sql, now: int) -> Sql:
    """The records as the index knows them: the oldest version not yet overtaken, for those changed lately."""
    present, values = _records(kind, where)
    fresh = "id NOT IN (SELECT id FROM stale WHERE kind = ? AND until_ms > ?)"
    old = (
        "SELECT id, created_ms, updated_ms, NULL AS archived_ms, properties FROM stale AS s "  # noqa: S608
        "WHERE kind = ? AND until_ms > ? AND properties IS NOT NULL AND rowid = (SELECT rowid FROM stale "
        f"WHERE kind = s.kind AND id = s.id AND until_ms > ? ORDER BY until_ms, rowid LIMIT 1) AND {where[0]}"
    )
    parameters = [*values, kind.number, now, kind.number, now, now, *where[1]]
    return f"{present} AND {fresh} UNION ALL {old}", parameters


def _filter(store: Store, kind: Kind, given: dict[str, Any]) -> Sql:
    name, operator = str(given.get("propertyName")), str(given.get("operator", "EQ"))
    if name.startswith("associations."):
        return _tied(kind, name.removeprefix("associations."), given)
    side = operand(store, kind, name)
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return f"{side.expression} IS {'NOT ' if operator == 'HAS_PROPERTY' else ''}NULL", []
    if operator in ("IN", "NOT_IN"):
        return _in(side, operator, given)
    if given.get("value") is None:
        raise invalid(f"A value is required for the operator {operator} on {name}")
    value = side.comparable(str(given["value"]))
    if operator == "BETWEEN":
        if given.get("highValue") is None:
            raise invalid(f"A highValue is required for the operator BETWEEN on {name}")
        return f"{side.expression} BETWEEN ? AND ?", [value, side.comparable(str(given["highValue"]))]
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        return _token(side, operator, str(given["value"]))
    if operator not in _COMPARISONS:
        raise invalid(f"Invalid operator {operator}")
    return f"{side.expression} {_COMPARISONS[operator]} ?", [value.lower() if side.lowered else value]


def _in(operand: Operand, operator: str, given: dict[str, Any]) -> Sql:
    """IN on a text property compares with values as they came: only lower-case ones ever match (docs)."""
    values = given.get("values")
    if not isinstance(values, list) or not values:
        raise invalid(f"Values are required for the operator {operator} on {given.get('propertyName')}")
    marks = ",".join("?" * len(values))
    inside = f"{operand.expression} IN ({marks})"
    sql = inside if operator == "IN" else f"({operand.expression} IS NULL OR NOT {inside})"
    return sql, [operand.comparable(str(value)) for value in values]


def _token(operand: Operand, operator: str, value: str) -> Sql:
    """Whole words in a row, with ``*`` for any letters."""
    words = " ".join(part for part in re.split(r"[^\w*]+", value.lower()) if part)
    pattern = "% " + words.replace("_", "\\_").replace("*", "%") + " %"
    text = f"lower({operand.expression})"
    for mark in _BETWEEN_WORDS:
        text = f"replace({text}, '{mark}', ' ')"
    hit = f"' ' || {text} || ' ' LIKE ? ESCAPE '\\'"
    return (hit if operator == "CONTAINS_TOKEN" else f"({operand.expression} IS NULL OR NOT {hit})"), [pattern]


def _tied(kind: Kind, name: str, given: dict[str, Any]) -> Sql:
    other = kind_named(name)
    if other is None:
        raise invalid(f"Unknown association {name}")
    ids = given["values"] if isinstance(given.get("values"), list) else [given.get("value")]
    sql = (
        "EXISTS (SELECT 1 FROM associations AS a WHERE a.from_kind = ? AND a.to_kind = ? AND a.from_id = id "  # noqa: S608
        f"AND a.to_id IN ({','.join('?' * len(ids))}))"
    )
    return sql, [kind.number, other.number, *(whole_number(str(each)) for each in ids)]


def _holds_word(kind: Kind, word: str) -> Sql:
    names = _FULL_TEXT.get(kind.name, ())
    if not names:
        return "instr(lower(properties), ?) > 0", [word]
    return _any([(f"instr(lower({text_of(name)}), ?) > 0", [word]) for name in names])


def _all(parts: Sequence[Sql]) -> Sql:
    return _joined(" AND ", parts) if parts else ("1", [])


def _any(parts: Sequence[Sql]) -> Sql:
    return _joined(" OR ", parts)


def _joined(word: str, parts: Sequence[Sql]) -> Sql:
    return "(" + word.join(part[0] for part in parts) + ")", [value for part in parts for value in part[1]]
