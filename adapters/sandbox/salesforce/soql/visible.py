"""Which rows exist for a query: deleted ones and archived activities are for queryAll only."""

from __future__ import annotations

from adapters.sandbox.salesforce.soql.paths import Scope
from adapters.sandbox.salesforce.soql.statement import Sql

_ARCHIVED = frozenset({"Task", "Event"})


def present(scope: Scope) -> list[Sql]:
    """The conditions that hide what is deleted or archived; none when the statement asks for all rows.

    The unary plus keeps the planner from choosing an index for a condition nearly every row meets.
    """
    if scope.statement.include_deleted:
        return []
    stored = scope.statement.org.catalog.object(scope.sobject.name)
    names = ["IsDeleted", *(["IsArchived"] if scope.sobject.name in _ARCHIVED else [])]
    found = [stored.field(name) if stored else None for name in names]
    return [(f'+{scope.base.alias}."{each.name}" = 0', []) for each in found if each is not None and each.stored]
