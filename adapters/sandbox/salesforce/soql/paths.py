"""Field paths: a name, perhaps behind parents, as a column of the SQL statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from adapters.sandbox.salesforce.catalog.model import Field, SObject
from adapters.sandbox.salesforce.soql.errors import (
    SoqlError,
    located,
    no_such_column,
    no_such_relationship,
)
from adapters.sandbox.salesforce.soql.statement import Statement, quoted
from adapters.sandbox.salesforce.soql.tree import Path, Source
from adapters.sandbox.salesforce.soql.virtual import NO_ID, VIRTUAL

_MOST_LEVELS = 5
_MOST_PARENTS = 55
_NAME_FIELDS = (
    "Id",
    "Name",
    "FirstName",
    "LastName",
    "Type",
    "Email",
    "Phone",
    "Title",
    "Username",
    "IsActive",
    "ProfileId",
    "UserRoleId",
    "Alias",
)
"""What a relationship to several objects offers: the fields of the pseudo-object Name."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The object a path has come to. ``sobject`` is None behind a polymorphic relationship."""

    key: tuple[str, ...]
    """What tells this parent from every other one of the statement."""
    names: tuple[str, ...]
    id: str
    """SQL of the id of the record; NULL when there is none."""
    alias: str
    sobject: SObject | None
    targets: tuple[SObject, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A field inside SQL. ``names`` is the path in the catalog's spelling."""

    sql: str
    field: Field
    parent: Parent
    names: tuple[str, ...]

    @property
    def outer(self) -> bool:
        """Whether it is a parent's, who may be missing."""
        return len(self.names) > 1


class Scope:
    """One FROM: its object, and the parents joined so far."""

    def __init__(self, statement: Statement, sobject: SObject, source: Source) -> None:
        self.statement = statement
        self.sobject = sobject
        self._aliases = _aliases(source)
        alias = statement.alias()
        self._base = Parent((), (), f'{alias}."Id"', alias, sobject)
        self._parents: dict[tuple[str, ...], Parent] = {(): self._base}
        self._joins: list[str] = []

    @property
    def id(self) -> str:
        """SQL of the records' own id."""
        return self._base.id

    @property
    def base(self) -> Parent:
        """The object of FROM itself."""
        return self._base

    def tables(self) -> str:
        """The FROM clause, with every parent that was asked for by now."""
        return " ".join([f"{quoted(self.sobject.name)} AS {self._base.alias}", *self._joins])

    def column(self, path: Path) -> Column:
        """The column of a path. Raises INVALID_FIELD for one that is not there, or hidden from the user."""
        names = self._without_alias(path)
        if len(names) - 1 > _MOST_LEVELS:
            raise located("MALFORMED_QUERY", self.statement.text, path.at, "SOQL relationship depth exceeds 5 levels")
        return self.field_of(self.parent(names[:-1], path.at), names[-1], path.at)

    def field_of(self, parent: Parent, name: str, at: int) -> Column:
        """The column of a field of an object that a path has come to."""
        if parent.sobject is None:
            return self._field_of_many(parent, name, at)
        field = parent.sobject.field(name)
        if field is None:
            raise no_such_column(self.statement.text, at, name, parent.sobject.name)
        return Column(self._sql(parent, field), field, parent, (*parent.names, field.name))

    def parent(self, names: Sequence[str], at: int) -> Parent:
        """The object behind relationship names. Raises INVALID_FIELD when one of them is not understood."""
        found = self._base
        for name in names:
            found = self.step(found, name, at)
        return found

    def target(self, parent: Parent, sobject: SObject) -> Parent:
        """One of the objects a polymorphic parent may be, as a parent of its own."""
        return self._join((*parent.key, f"<{sobject.name}>"), parent.id, sobject, parent.names)

    def step(self, parent: Parent, name: str, at: int) -> Parent:
        """The object one relationship further. Raises INVALID_FIELD when the name is not understood."""
        key = (*parent.key, name.lower())
        if key in self._parents:
            return self._parents[key]
        reference = parent.sobject.following(name) if parent.sobject else None
        targets = self._targets(reference) if reference else ()
        if parent.sobject is None or reference is None or not targets:
            raise no_such_relationship(self.statement.text, at, name)
        there, names = self._sql(parent, reference), (*parent.names, reference.relationship or name)
        if not reference.polymorphic:
            return self._join(key, there, targets[0], names)
        self._parents[key] = Parent(key, names, there, "", None, targets)
        return self._parents[key]

    def _targets(self, reference: Field) -> tuple[SObject, ...]:
        found = (self.statement.object(name) for name in reference.reference_to)
        return tuple(each for each in found if each is not None)

    def _join(self, key: tuple[str, ...], id: str, sobject: SObject, names: tuple[str, ...]) -> Parent:
        if key not in self._parents:
            if len(self._joins) >= _MOST_PARENTS:
                raise SoqlError(
                    "MALFORMED_QUERY", f"A query cannot have more than {_MOST_PARENTS} parent relationships"
                )
            alias = self.statement.alias()
            self._joins.append(f'LEFT JOIN {quoted(sobject.name)} AS {alias} ON {alias}."Id" = {id}')
            self._parents[key] = Parent(key, names, f'{alias}."Id"', alias, sobject)
        return self._parents[key]

    def _sql(self, parent: Parent, field: Field) -> str:
        if field.type == "id" and parent.sobject is not None and parent.sobject.name in VIRTUAL:
            return f"'{NO_ID}'"
        if field.through is None:
            return f"{parent.alias}.{quoted(field.name)}" if field.stored else "NULL"
        reference, name = field.through
        contact = self.statement.org.catalog.objects["contact"]
        own = f"{parent.alias}.{quoted(reference)}"
        person = self._join((*parent.key, f"<{reference}>"), own, contact, parent.names)
        return f"{person.alias}.{quoted(name)}"

    def _field_of_many(self, parent: Parent, name: str, at: int) -> Column:
        spelled = next((each for each in _NAME_FIELDS if each.lower() == name.lower()), None)
        if spelled is None:
            raise no_such_column(self.statement.text, at, name, "Name")
        if spelled == "Type":
            field = _type_field()
            return Column(_type_sql(parent), field, parent, (*parent.names, "Type"))
        having = [(target, target.field(spelled)) for target in parent.targets]
        known = [(target, field) for target, field in having if field is not None and field.stored]
        sql = (
            "coalesce(NULL, "
            + ", ".join([*(_looked_up(target, field, parent) for target, field in known), "NULL"])
            + ")"
        )
        field = known[0][1] if known else _type_field()
        return Column(sql, replace(field, name=spelled, restricted=False), parent, (*parent.names, spelled))

    def _without_alias(self, path: Path) -> tuple[str, ...]:
        if len(path.names) == 1:
            return path.names
        first, rest = path.names[0].lower(), path.names[1:]
        if first in self._aliases:
            return (*self._aliases[first], *rest)
        own = first == self.sobject.name.lower() and self.sobject.following(first) is None
        return rest if own else path.names


def _aliases(source: Source) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {source.alias.lower(): ()} if source.alias else {}
    for path, alias in source.parents:
        first = path.names[0].lower()
        found[alias.lower()] = (*found[first], *path.names[1:]) if first in found else path.names
    return found


def _type_field() -> Field:
    return Field(name="Type", label="Type", type="string", length=40)


def _type_sql(parent: Parent) -> str:
    # Only queues own records, and an owner's type says so: Owner.Type = 'Queue'.
    names = {target.prefix: "Queue" if target.name == "Group" else target.name for target in parent.targets}
    whens = " ".join(f"WHEN '{prefix}' THEN '{name}'" for prefix, name in names.items())
    return f"CASE substr({parent.id}, 1, 3) {whens} END"


def _looked_up(target: SObject, field: Field, parent: Parent) -> str:
    return f'(SELECT p.{quoted(field.name)} FROM {quoted(target.name)} AS p WHERE p."Id" = {parent.id})'  # noqa: S608
