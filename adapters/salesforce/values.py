"""Salesforce's values as strings, the same from JSON and from CSV: ``"12"``, ``"true"``, ``"2026-11-22T10:11:12Z"``.

REST sends numbers, booleans and ``2026-11-22T10:11:12.000+0000``; Bulk API 2.0 sends ``12.0``, ``1.0E7`` and
``…12.000Z``. Either way one value must be one string, or every lead would look changed after a full pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.salesforce.describing import SObject

Row = Mapping[str, Any]
"""One record: what was selected, by the path it was selected with. Strings and None, but for a sub-query's answer."""

Convert = Callable[[Any], Any]

CHILDREN = "children"
"""The type of a column that is a sub-query; its answer is left as it is."""

PLAIN = frozenset(
    {
        "id",
        "reference",
        "string",
        "textarea",
        "picklist",
        "multipicklist",
        "combobox",
        "email",
        "phone",
        "url",
        "encryptedstring",
        "date",
        CHILDREN,
    }
)
"""Types whose values are text in JSON too."""

NUMBERS = frozenset({"int", "long", "double", "currency", "percent"})


@dataclass(frozen=True, slots=True)
class Column:
    """One thing to select: a field, or a parent's field (``Account.Name``). `type` is the describe type."""

    path: str
    type: str = "string"
    expression: str = ""
    """What is asked for where that is not the path (``convertCurrency(Amount)``)."""

    @property
    def asked(self) -> str:
        """As it stands in the SELECT."""
        return self.expression or self.path


def columns(seen: SObject, names: Sequence[str], prefix: str = "") -> list[Column]:
    """Those of `names` that our user may see, reached over `prefix` (``Account.``)."""
    return [Column(prefix + name, seen.fields[name].type) for name in names if name in seen.fields]


def json_reader(wanted: Sequence[Column]) -> Callable[[Mapping[str, Any]], Row]:
    """Turns a REST record into a row. Raises `AttributeError` or `TypeError` on what is not a record."""
    fill = _level([(one.path, one.path.split(".")) for one in wanted])
    # Most columns are strings already, and a page has a hundred thousand of them.
    others = [one for one in wanted if one.type not in PLAIN]
    nested = [one.path for one in wanted if one.type == CHILDREN]
    converted: list[tuple[str, Convert]] = [(one.path, _JSON.get(one.type, text)) for one in others]

    def read(record: Mapping[str, Any]) -> Row:
        row: dict[str, Any] = {}
        fill(record, row)
        for path, convert in converted:
            row[path] = convert(row[path])
        for path in nested:
            row[path] = _clean_all(row[path])
        return (
            row if _is_clean("".join([value for value in row.values() if value.__class__ is str])) else _clean_all(row)
        )

    return read


def csv_reader(wanted: Sequence[Column], header: Sequence[str]) -> Callable[[Sequence[str]], Row]:
    """Turns a CSV line into a row, which raises `ValueError` on too many or too few cells; so does a column too few."""
    types = {one.path.lower(): one for one in wanted}
    if missing := types.keys() - {name.lower() for name in header}:
        raise ValueError(f"no column {min(missing)}")
    order = [types.get(name.lower()) or Column(name) for name in header]
    converters = [(one.path, _CSV.get(one.type)) for one in order]
    width = len(header)

    def read(cells: Sequence[str]) -> Row:
        if len(cells) != width:
            raise ValueError(f"{len(cells)} cells for {width} columns")
        return {
            path: (cell if convert is None else convert(cell)) if cell else None
            for (path, convert), cell in zip(converters, cells, strict=True)
        }

    return read


def clean(value: str) -> str:
    """Text that every database takes: without NUL, and half of an emoji, as a cut field ends in, as U+FFFD."""
    if _is_clean(value):
        return value
    return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def text(value: Any) -> str | None:
    """A JSON value as a string, numbers without a needless ``.0``; None stays None."""
    if value is None:
        return None
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(repr(value))
    return str(value)


def number(cell: str) -> str:
    """A number without exponent and needless zeros; what is not a number stays as it is."""
    if cell.isdigit():
        return cell
    try:
        found = float(cell)
    except ValueError:
        return cell
    return str(int(found)) if found.is_integer() else repr(found)


def moment(value: str | None) -> datetime | None:
    """A Salesforce time, of whatever form; None when empty or not a time."""
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def stamp(value: str) -> str:
    """A datetime value as we hand it on, in whole seconds; Salesforce answers in UTC."""
    if value.endswith(("+0000", "Z")) and len(value) >= 20:
        return f"{value[:19]}Z"
    found = moment(value)
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if found else value


def batches(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    """The ids in runs of at most `size`."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _is_clean(value: str) -> bool:
    # A whole record is looked at like this: both are much faster than a look at every character.
    if "\0" in value:
        return False
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


def _clean_all(value: Any) -> Any:
    """The same record, or whatever is in one, with all its texts clean."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {name: _clean_all(one) for name, one in value.items()}
    return [_clean_all(one) for one in value] if isinstance(value, list) else value


def _json_stamp(value: Any) -> str | None:
    return stamp(value) if isinstance(value, str) and value else None


def _level(paths: Sequence[tuple[str, list[str]]]) -> Callable[[Mapping[str, Any], dict[str, Any]], None]:
    """What copies one level of a record into a row, its parents' levels with it. Without a parent, nothing is there."""
    own = [(path, parts[0]) for path, parts in paths if len(parts) == 1]
    parents: dict[str, list[tuple[str, list[str]]]] = {}
    for path, parts in paths:
        if len(parts) > 1:
            parents.setdefault(parts[0], []).append((path, parts[1:]))
    deeper = [(name, _level(below), dict.fromkeys(path for path, _ in below)) for name, below in parents.items()]

    def fill(record: Mapping[str, Any], row: dict[str, Any]) -> None:
        get = record.get
        for path, name in own:
            row[path] = get(name)
        for name, below, nothing in deeper:
            parent = get(name)
            if parent is None:
                row.update(nothing)
            else:
                below(parent, row)

    return fill


_BOOLEAN = {True: "true", False: "false"}
_JSON: Mapping[str, Convert] = {"datetime": _json_stamp, "boolean": _BOOLEAN.get}
_CSV: Mapping[str, Callable[[str], str]] = {"datetime": stamp} | dict.fromkeys(NUMBERS, number)
