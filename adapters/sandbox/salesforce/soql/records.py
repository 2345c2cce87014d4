"""Rows made into records: attributes, parents inside, and the results of sub-queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.sandbox.salesforce.soql.selecting import Branches, Node, Row, Selection
from adapters.sandbox.salesforce.soql.virtual import NO_ID, VIRTUAL

Record = dict[str, Any]


class Recorder:
    """Makes the records of one statement. ``prefixes`` gives the object's name by the first three letters of an id."""

    def __init__(self, selection: Selection, version: str, prefixes: Mapping[str, str]) -> None:
        self._root = selection.root
        self._version = version
        self._prefixes = prefixes

    def record(self, row: Row) -> Record:
        """One row as the answer shows it, without its children."""
        return self._node(self._root, row) or {}

    def _node(self, node: Node, row: Row) -> Record | None:
        if row[node.id] is None:
            return None
        found: Record = {"attributes": self._attributes(node.type, row[node.id])}
        for name, entry in node.entries.items():
            if isinstance(entry, Node):
                found[name] = self._node(entry, row)
            elif isinstance(entry, Branches):
                found[name] = self._branch(entry, row)
            else:
                found[name] = entry.read(row)
        return found

    def _branch(self, branches: Branches, row: Row) -> Record | None:
        nodes = [*branches.nodes.values(), *([branches.otherwise] if branches.otherwise else [])]
        prefix = str(row[nodes[0].id])[:3]
        node = branches.nodes.get(self._prefixes.get(prefix, ""), branches.otherwise)
        return self._node(node, row) if node else None

    def _attributes(self, type: str, id: str) -> Record:
        """``Name`` is what the vendor calls a polymorphic parent, though the address is that of the real object."""
        kind = self._prefixes.get(id[:3], type) if type == "Name" else type
        shown = NO_ID if type in VIRTUAL else id
        return {"type": type, "url": f"/services/data/v{self._version}/sobjects/{kind}/{shown}"}
