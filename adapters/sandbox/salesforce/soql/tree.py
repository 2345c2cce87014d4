"""A SOQL statement as data. ``at`` is always the place in the statement, counted from 0, for error messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Path:
    """A field, perhaps of a parent: ``Account.Owner.Name``."""

    names: tuple[str, ...]
    at: int

    @property
    def text(self) -> str:
        """The path as it was written."""
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Call:
    """A function over fields: an aggregate, a date function, toLabel, FIELDS."""

    name: str
    arguments: tuple[Expression | Value, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it was written. ``kind`` is the terminal: STRING, NUMBER, CURRENCY (USD5), DATE, DATETIME or NAME
    (true, TODAY ...).

    ``count`` is the n of LAST_N_DAYS:n.
    """

    kind: str
    text: str
    at: int
    count: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field against one value; the operator is in upper case, and ``<>`` is ``!=``."""

    left: Expression
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Membership:
    """IN, NOT IN, INCLUDES or EXCLUDES, over a list of values or over the rows of a sub-select."""

    left: Expression
    operator: str
    values: tuple[Value, ...] | Query


@dataclass(frozen=True, slots=True)
class AllOf:
    """Conditions joined by AND."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions joined by OR."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """A condition with NOT before it."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the SELECT list."""

    expression: Expression
    alias: str | None


@dataclass(frozen=True, slots=True)
class Children:
    """A sub-query over a child relationship."""

    query: Query


@dataclass(frozen=True, slots=True)
class When:
    """One branch of TYPEOF: the object, and its fields."""

    sobject: str
    at: int
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class TypeOf:
    """Fields that depend on the object a polymorphic relationship points to."""

    path: Path
    whens: tuple[When, ...]
    otherwise: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What FROM names: an object or a child relationship, its alias, and further aliases for parents."""

    name: str
    at: int
    alias: str | None
    parents: tuple[tuple[Path, str], ...]


@dataclass(frozen=True, slots=True)
class Ordering:
    """One entry of ORDER BY. ``nulls_last`` is None where the statement says nothing."""

    expression: Expression
    descending: bool
    nulls_last: bool | None


@dataclass(frozen=True, slots=True)
class Query:
    """A whole statement, or a sub-query of one."""

    items: tuple[SelectItem, ...]
    source: Source
    where: Condition | None
    group: tuple[Expression, ...]
    having: Condition | None
    order: tuple[Ordering, ...]
    limit: int | None
    offset: int
    all_rows: bool
    text: str


Expression: TypeAlias = Path | Call
Condition: TypeAlias = Comparison | Membership | AllOf | AnyOf | NoneOf
SelectItem: TypeAlias = Item | Children | TypeOf
