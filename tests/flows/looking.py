"""What tests look up in a world's database."""

from __future__ import annotations

from connector.store import problems as problem_rows
from connector.store.database import Scope
from tests.flows.conftest import World


def rows(world: World, query: str) -> list[tuple[object, ...]]:
    with world.store.read() as conn:
        return [tuple(row) for row in conn.exec_driver_sql(query)]


def problems(world: World, scope: Scope) -> list[problem_rows.ProblemRow]:
    with world.store.read() as conn:
        query = 'SELECT record_id, "where", text, mend FROM problem WHERE connection_id = ? ORDER BY id'
        return [problem_rows.ProblemRow(*row) for row in conn.exec_driver_sql(query, (scope.connection_id,))]
