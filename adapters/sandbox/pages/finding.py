"""The list of contacts: by name, by tier, the best score first."""

from __future__ import annotations

from typing import NamedTuple

from adapters.sandbox.pages.scorecard import ScoreFields
from adapters.sandbox.store import Store, StoredObject
from adapters.sandbox.tables.objects import stored

PAGE_SIZE = 50
_COLUMNS = "id, created_ms, updated_ms, archived_ms, properties"
_WHO = " || ' ' || ".join(
    f"coalesce(json_extract(properties, '$.{name}'), '')" for name in ("firstname", "lastname", "email")
)
_NO_PROPERTY = "$.none"


class Wish(NamedTuple):
    """What somebody looks for. `tier` is an option's value; empty means any."""

    text: str
    tier: str
    page: int


class Found(NamedTuple):
    """One page of contacts."""

    total: int
    contacts: list[StoredObject]
    page: int
    pages: int


def find_contacts(store: Store, fields: ScoreFields, wish: Wish) -> Found:
    """Live contacts that fit, the highest score first, then the latest changed. Unknown pages give the nearest one."""
    where = "archived_ms IS NULL AND (:text = '' OR instr(lower(" + _WHO + "), :text) > 0)"
    where += " AND (:tier = '' OR json_extract(properties, :tier_path) = :tier)"
    values = {
        "text": wish.text.strip().lower(),
        "tier": wish.tier,
        "tier_path": _path(fields, "tier"),
        "score_path": _path(fields, "score"),
    }
    reader = store.database.reader()
    total = int(reader.execute(f"SELECT count(*) FROM objects_contacts WHERE {where}", values).fetchone()[0])  # noqa: S608
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, wish.page), pages)
    order = "CAST(json_extract(properties, :score_path) AS REAL) DESC, updated_ms DESC, id"
    sql = f"SELECT {_COLUMNS} FROM objects_contacts WHERE {where} ORDER BY {order} LIMIT :limit OFFSET :offset"  # noqa: S608
    rows = reader.execute(sql, values | {"limit": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE})
    return Found(total, [stored(row) for row in rows], page, pages)


def _path(fields: ScoreFields, role: str) -> str:
    name = fields.name(role)
    return f"$.{name}" if name else _NO_PROPERTY
