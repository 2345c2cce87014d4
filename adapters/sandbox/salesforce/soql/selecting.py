"""The SELECT list of a statement without aggregates: which columns to read, and the shape of a record made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.sandbox.salesforce.catalog.model import Field, SObject
from adapters.sandbox.salesforce.soql.errors import SoqlError, located
from adapters.sandbox.salesforce.soql.formatting import formatted
from adapters.sandbox.salesforce.soql.operands import is_aggregate
from adapters.sandbox.salesforce.soql.paths import Column, Parent, Scope
from adapters.sandbox.salesforce.soql.tree import Call, Children, Item, Path, Query, TypeOf
from adapters.sandbox.salesforce.values import to_json

Row = Sequence[Any]
_FUNCTIONS = {"TOLABEL", "CONVERTCURRENCY", "FORMAT"}
_GROUPS = {"ALL", "STANDARD", "CUSTOM"}
_MOST_FIELDS_ROWS = 200
_LONG_TEXT = 255


@dataclass(frozen=True, slots=True)
class Leaf:
    """One field of a record: where its value stands in the row, and how it is written."""

    index: int
    column: Column
    function: str = ""

    def read(self, row: Row) -> Any:
        """The value as JSON."""
        value = row[self.index]
        if self.function == "FORMAT":
            return formatted(self.column.field, value)
        return to_json(self.column.field, value)


@dataclass(frozen=True, slots=True)
class Compound:
    """An address, put together from its parts."""

    column: Column
    parts: tuple[tuple[str, Leaf], ...]

    def read(self, row: Row) -> dict[str, Any] | None:
        """The parts by their short names; None when all of them are empty."""
        found = {name: leaf.read(row) for name, leaf in self.parts}
        return found if any(value is not None for value in found.values()) else None


@dataclass
class Node:
    """A record in the answer: the driving one, or a parent."""

    id: int
    type: str
    """What attributes call it: the object's name, or Name behind a polymorphic relationship."""
    entries: dict[str, Leaf | Compound | Node | Branches] = field(default_factory=dict)


@dataclass
class Branches:
    """TYPEOF: one shape for each object, and one for all others."""

    nodes: dict[str, Node]
    otherwise: Node | None


@dataclass
class Selection:
    """What a SELECT list comes to."""

    columns: list[str]
    root: Node
    subqueries: list[Query]
    long_texts: int
    """Custom long text fields among the columns."""


def select(query: Query, scope: Scope) -> Selection:
    """The SELECT list, checked. Raises SoqlError for fields that are not there, or selected twice."""
    selecting = _Selecting(query, scope)
    for item in query.items:
        selecting.add(item)
    return selecting.result()


def leaves(node: Node) -> Iterator[Leaf | Compound]:
    """Every field of a record and its parents, in the order of the list."""
    for entry in node.entries.values():
        if isinstance(entry, Node):
            yield from leaves(entry)
        elif not isinstance(entry, Branches):
            yield entry


class _Selecting:
    def __init__(self, query: Query, scope: Scope) -> None:
        self._query = query
        self._scope = scope
        self._columns = [scope.id]
        self._root = Node(0, scope.sobject.name)
        self._subqueries: list[Query] = []
        self._long: set[str] = set()

    def add(self, item: Item | Children | TypeOf) -> None:
        match item:
            case Children(query):
                self._subqueries.append(query)
            case TypeOf():
                self._branch(item)
            case Item(Call() as call, alias):
                self._call(call, alias)
            case Item(Path() as path, alias):
                if alias is not None:
                    raise SoqlError("MALFORMED_QUERY", "only aggregate expressions use field aliasing")
                self._path(self._root, path)

    def result(self) -> Selection:
        return Selection(self._columns, self._root, self._subqueries, len(self._long))

    def _path(self, root: Node, path: Path, column: Column | None = None) -> None:
        column = column or self._scope.column(path)
        node = self._node(root, column.parent)
        self._put(node, column.field.name, self._entry(column), path.at)

    def _entry(self, column: Column) -> Leaf | Compound:
        if column.field.type == "address":
            return self._compound(column)
        if column.field.custom and column.field.type == "textarea" and column.field.length > _LONG_TEXT:
            self._long.add(".".join(column.names))
        return Leaf(self._index(column.sql), column)

    def _compound(self, column: Column) -> Compound:
        sobject, whole = column.parent.sobject, column.field
        parts = [each for each in sobject.fields.values() if each.compound == whole.name] if sobject else []
        start = whole.name.removesuffix("Address")
        read = [(each, self._scope.field_of(column.parent, each.name, 0)) for each in parts]
        short = {_short(each, start): Leaf(self._index(part.sql), part) for each, part in read}
        return Compound(column, tuple(sorted(short.items())))

    def _index(self, sql: str) -> int:
        if sql not in self._columns:
            self._columns.append(sql)
        return self._columns.index(sql)

    def _node(self, root: Node, parent: Parent) -> Node:
        node = root
        for depth in range(1, len(parent.names) + 1):
            node = self._step(node, parent, depth)
        return node

    def _step(self, node: Node, parent: Parent, depth: int) -> Node:
        name = parent.names[depth - 1]
        found = node.entries.get(name)
        if isinstance(found, Node):
            return found
        here = self._scope.parent(parent.names[:depth], 0) if depth < len(parent.names) else parent
        made = Node(self._index(here.id), here.sobject.name if here.sobject else "Name")
        node.entries[name] = made
        return made

    def _put(self, node: Node, key: str, entry: Leaf | Compound, at: int) -> None:
        if key in node.entries:
            raise located("INVALID_FIELD", self._query.text, at, f"duplicate field selected: {key}")
        node.entries[key] = entry

    def _call(self, call: Call, alias: str | None) -> None:
        name = call.name.upper()
        if name == "FIELDS":
            return self._fields(call)
        argument = call.arguments[0] if len(call.arguments) == 1 else None
        if name == "FORMAT" and isinstance(argument, Call) and argument.name.upper() == "CONVERTCURRENCY":
            argument = argument.arguments[0] if argument.arguments else None
        if name not in _FUNCTIONS or not isinstance(argument, Path):
            raise located(
                "MALFORMED_QUERY", self._query.text, call.at, f"Invalid function in the field list: {call.name}"
            )
        column = self._scope.column(argument)
        leaf = Leaf(self._index(column.sql), column, name)
        node = self._root if alias else self._node(self._root, column.parent)
        self._put(node, alias or column.field.name, leaf, call.at)
        return None

    def _fields(self, call: Call) -> None:
        group = call.arguments[0].text.upper() if call.arguments and isinstance(call.arguments[0], Path) else ""
        if group not in _GROUPS or len(call.arguments) != 1:
            raise located("MALFORMED_QUERY", self._query.text, call.at, "Invalid argument for the FIELDS function")
        limit = self._query.limit
        if group != "STANDARD" and (limit is None or limit > _MOST_FIELDS_ROWS):
            sentence = f"The SOQL FIELDS function must have a LIMIT of at most {_MOST_FIELDS_ROWS}"
            raise located("MALFORMED_QUERY", self._query.text, call.at, sentence)
        for each in self._scope.sobject.fields.values():
            if group in ("ALL", "CUSTOM" if each.custom else "STANDARD"):
                self._path(self._root, Path((each.name,), call.at))

    def _branch(self, item: TypeOf) -> None:
        parent = self._scope.parent(item.path.names, item.path.at)
        if parent.sobject is not None:
            sentence = f"The relationship '{item.path.text}' is not polymorphic and cannot be used with TYPEOF"
            raise located("INVALID_FIELD", self._query.text, item.path.at, sentence)
        branches = Branches({}, None)
        for when in item.whens:
            target = next((each for each in parent.targets if each.name.lower() == when.sobject.lower()), None)
            if target is None:
                sentence = f"'{when.sobject}' is not a type of the relationship '{item.path.text}'"
                raise located("INVALID_TYPE", self._query.text, when.at, sentence)
            branches.nodes[target.name] = self._branch_of(parent, target, when.paths)
        if item.otherwise:
            branches.otherwise = self._branch_of(parent, None, item.otherwise)
        self._root.entries[parent.names[-1]] = branches

    def _branch_of(self, parent: Parent, target: SObject | None, paths: Sequence[Path]) -> Node:
        """The shape of one branch; without a target, of the pseudo-object Name."""
        node = Node(self._index(parent.id), target.name if target else "Name")
        here = self._scope.target(parent, target) if target else parent
        for path in paths:
            there = here
            for name in path.names[:-1]:
                there = self._scope.step(there, name, path.at)
            column = self._scope.field_of(there, path.names[-1], path.at)
            inner = replace(there, names=there.names[len(parent.names) :])
            self._path(node, path, replace(column, parent=inner))
        return node


def is_aggregated(query: Query) -> bool:
    """Whether the rows are groups, not records."""
    return bool(query.group) or any(isinstance(each, Item) and is_aggregate(each.expression) for each in query.items)


def _short(part: Field, start: str) -> str:
    """How an address calls one of its parts: MailingPostalCode is postalCode."""
    name = part.name.removeprefix(start)
    return name[:1].lower() + name[1:]
