"""HubSpot's JSON rows as contract shapes. A row that makes no sense becomes a problem, and the page goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from adapters.contract import Record, RowProblem

T = TypeVar("T")
Row = dict[str, Any]

MERGED = "hs_merged_object_ids"


def moment(value: str | None) -> datetime | None:
    """A HubSpot time: ISO 8601, or epoch milliseconds on some older paths. None when empty or not a time."""
    if not value:
        return None
    try:
        if value.isdigit():
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        found = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def record(row: Row, archived: bool = False) -> Record:
    """A contact. Raises `KeyError`, `TypeError` or `ValueError` on a row that is not one."""
    properties = row["properties"]
    own = str(row["id"])
    return Record(
        own,
        properties,
        created_at=moment(row.get("createdAt")),
        updated_at=moment(row.get("updatedAt")),
        archived=archived or row.get("archived") is True,
        replaces=_merged(properties.get(MERGED), own),
    )


def translate(rows: Iterable[Row], one: Callable[[Row], T]) -> tuple[list[T], list[RowProblem]]:
    """Every row through `one`, with the rows it could not read as problems."""
    items: list[T] = []
    problems: list[RowProblem] = []
    for row in rows:
        try:
            items.append(one(row))
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            problems.append(_problem(row, problem))
    return items, problems


def batches(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    """The ids in runs of at most `size`."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _merged(value: str | None, own: str) -> tuple[str, ...]:
    return tuple(one for one in value.split(";") if one and one != own) if value else ()


def _problem(row: object, problem: Exception) -> RowProblem:
    name = str(row.get("id", "?")) if isinstance(row, dict) else "?"
    text = (
        f"HubSpot delivered this record in a shape Leadtier does not know ({type(problem).__name__}); it was left out. "
        "Open it in HubSpot; if it looks fine there, report it."
    )
    return RowProblem(name, text)
