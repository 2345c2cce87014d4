"""The fields of a batch as a day sees them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from connector.core.calendar import ages_on
from connector.core.columns import Bools, Column, Floats, Ints, Numbers, Words

AGE, BIRTH = "age", "date_of_birth"


class LeadFields:
    """The columns of some leads by field name. The age comes from the date of birth where no age is kept."""

    def __init__(self, columns: Mapping[str, Column], count: int, today: int) -> None:
        self._columns = dict(columns)
        self.count = count
        self.today = today
        if births := columns.get(BIRTH):
            self._columns[AGE] = _ages(columns.get(AGE), births, today)

    def at(self, rows: Ints) -> LeadFields:
        """The same fields for these rows only."""
        part = LeadFields({}, len(rows), self.today)
        part._columns = {name: column.take(rows) for name, column in self._columns.items()}
        return part

    def numbers(self, name: str) -> Floats:
        """A field of numbers, booleans or dates; NaN where it is not known."""
        column = self._columns.get(name)
        return column.values if isinstance(column, Numbers) else np.full(self.count, np.nan)

    def words(self, name: str) -> Words:
        """A field of text."""
        column = self._columns.get(name)
        return column if isinstance(column, Words) else Words(np.full(self.count, -1, dtype=np.int32), ())

    def has(self, name: str, row: int) -> bool:
        """Whether the lead in this row has a value."""
        column = self._columns.get(name)
        return column is not None and column.has(row)

    def known(self, name: str) -> Bools:
        """Which leads have a value."""
        column = self._columns.get(name)
        return np.zeros(self.count, dtype=bool) if column is None else column.known()


def _ages(kept: Column | None, births: Column, today: int) -> Column:
    known = births.values if isinstance(births, Numbers) else np.full(len(births.codes), np.nan)
    ages = ages_on(today, known)
    return Numbers(np.where(np.isnan(kept.values), ages, kept.values) if isinstance(kept, Numbers) else ages)
