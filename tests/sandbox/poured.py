"""The book as it is poured into a Salesforce org, kept as rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

from adapters.sandbox.salesforce.book import fill
from adapters.sandbox.salesforce.catalog import Catalog, Field
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.settings import OrgSettings

AS_OF = datetime(2026, 11, 22, 16, tzinfo=UTC)
NOW = int(AS_OF.timestamp()) * 1000
DAY = 86_400_000
LEADS = 2_000
SEED = 20261

Row = Mapping[str, Any]


class Poured:
    """Takes what is poured into an org and keeps the rows."""

    def __init__(self, **settings: Any) -> None:
        self.settings = OrgSettings(**settings)
        self.catalog = Catalog(shared_activities=self.settings.shared_activities)
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.visible: set[tuple[str, str]] = set()

    def add_custom_field(self, sobject: str, field: Field, *, visible: bool) -> None:
        self.catalog.add_field(sobject, field)
        if visible:
            self.visible.add((sobject, field.name))

    def extend_picklist(self, sobject: str, field: str, values: Sequence[str]) -> None:
        self.catalog.extend_picklist(sobject, field, values)

    @contextmanager
    def seeding(self) -> Iterator[None]:
        yield

    def load(self, sobject: str, rows: Iterable[Row]) -> None:
        self.rows[sobject].extend(rows)

    def by_id(self, sobject: str) -> dict[str, Row]:
        return {row["Id"]: row for row in self.rows[sobject]}


def poured(leads: int = LEADS, seed: int = SEED, extra: int = 0, **settings: Any) -> Poured:
    org = Poured(**settings)
    fill(cast(Org, org), leads, seed, AS_OF, extra)
    return org
