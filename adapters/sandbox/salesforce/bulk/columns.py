"""The header of an upload: which field each column is, and the row a line makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.sandbox.salesforce.bulk.csvs import BadCsv
from adapters.sandbox.salesforce.bulk.job import Asked
from adapters.sandbox.salesforce.org import Org


@dataclass(frozen=True, slots=True)
class Columns:
    """`header` as uploaded, `fields` as the catalog spells them."""

    header: tuple[str, ...]
    fields: tuple[str, ...]

    def row(self, cells: Sequence[str]) -> dict[str, str]:
        """The values of a line; an empty cell says nothing."""
        return {name: cell for name, cell in zip(self.fields, cells, strict=True) if cell != ""}

    def named(self, cells: Sequence[str]) -> str:
        """The id in a line, "" without."""
        return cells[self.fields.index("Id")] if "Id" in self.fields else ""


def columns(org: Org, asked: Asked, header: Sequence[str]) -> Columns:
    """Matches a header with what the job's user sees of its object. Raises `BadCsv`."""
    visible = org.view(asked.user_id).object(asked.sobject).fields
    fields: list[str] = []
    for name in header:
        field = visible.get(name.strip().lower())
        if field is None:
            raise BadCsv(f"InvalidBatch : Field name not found : {name}")
        if field.name in fields:
            raise BadCsv(f"InvalidBatch : Field name duplicated : {name}")
        fields.append(field.name)
    if asked.operation == "delete" and fields != ["Id"]:
        raise BadCsv("InvalidBatch : The 'delete' batch must contain only ids")
    return Columns(tuple(header), tuple(fields))
