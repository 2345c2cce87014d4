"""The score fields of a connection, and what is known to be wrong with them and with its mapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.contract import FieldOutcome, FieldPackage, FieldState
from connector.flows.mapping_source import mapping_of, package_fields, shipped
from connector.flows.services import Services
from connector.store import problems as problem_rows
from connector.store.database import Scope
from connector.store.problems import ProblemRow

WORDS = {
    FieldState.EXISTS: ("ok", "Exists"),
    FieldState.CREATED: ("ok", "Created"),
    FieldState.MISSING: ("busy", "Will be created"),
    FieldState.DIFFERS: ("warn", "Differs"),
    FieldState.FAILED: ("bad", "Cannot be created"),
}


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A score field as a page shows it."""

    name: str
    state: str
    title: str
    message: str


def lines(fields: Sequence[FieldOutcome]) -> Sequence[FieldLine]:
    """Every field with its state in words."""
    return [FieldLine(one.name, *WORDS[one.state], one.message) for one in fields]


def summary(fields: Sequence[FieldOutcome]) -> str:
    """How many are there and how many are made, in a sentence of the same words as `leadtier connect`."""
    made = sum(one.state is FieldState.CREATED for one in fields)
    there = sum(one.state in (FieldState.EXISTS, FieldState.DIFFERS) for one in fields)
    failed = sum(one.state is FieldState.FAILED for one in fields)
    more = f", {failed} failed" if failed else ""
    return f"Score fields: {made} created, {there} there already{more}."


def export(svc: Services, kind: str) -> FieldPackage:
    """The score fields as a file for the CRM's own tools. Raises `Refused` where the vendor has no such thing."""
    return package_fields(svc.crm(kind), mapping_of(svc.vocabulary, kind, shipped(kind)))


def problems_of(svc: Services, scope: Scope) -> Sequence[ProblemRow]:
    """What is wrong with the connection as a whole."""
    with svc.store.read() as conn:
        found = problem_rows.of_connections(conn, scope.tenant_id)
    return [row for of, row in found if of == scope.connection_id]
