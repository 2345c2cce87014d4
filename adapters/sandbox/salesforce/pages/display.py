"""Stored values as people read them: names instead of ids, dates in the org's time zone."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from adapters.sandbox.salesforce.catalog import Field
from adapters.sandbox.salesforce.dml.rows import fetch
from adapters.sandbox.salesforce.ids import prefix_of
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.pages.subject import KINDS
from adapters.sandbox.screens.times import LocalTimes, day_in_words

_INNER_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


class Shown(NamedTuple):
    """A value in words. `kind` and `id` name the record it leads to, where that has a page."""

    text: str
    kind: str = ""
    id: str = ""


class Display(LocalTimes):
    """The org's words for one page: every name is looked up once."""

    def __init__(self, org: Org, connection: sqlite3.Connection) -> None:
        super().__init__(org.settings.time_zone)
        self._catalog = org.catalog
        self._currency = org.settings.currency
        self._connection = connection
        self._names: dict[str, str] = {}
        self._by_type: dict[str, Callable[[Any], str]] = {
            "boolean": lambda raw: "Yes" if raw else "No",
            "currency": self.money,
            "date": lambda raw: day_in_words(date.fromisoformat(raw)),
            "datetime": self.moment,
            "percent": lambda raw: f"{_grouped(raw)} %",
            "picklist": in_words,
        }

    def value(self, field: Field | None, raw: Any) -> Shown:
        """The value in words, empty for none."""
        if field is None or raw is None or raw == "":
            return Shown("")
        if field.type == "reference":
            return self.reference(str(raw))
        return Shown(self._plain(field, raw))

    def reference(self, id: str) -> Shown:
        """The record with this id by its name."""
        sobject = self._catalog.by_prefix(prefix_of(id))
        linked = sobject is not None and sobject.name in KINDS
        return Shown(self.name(id), sobject.name, id) if sobject and linked else Shown(self.name(id))

    def name(self, id: str | None) -> str:
        """What a record is called; its id when it has no name here."""
        if not id:
            return ""
        if id not in self._names:
            self._names[id] = self._look_up(id)
        return self._names[id]

    def money(self, amount: float) -> str:
        """An amount in the org's currency."""
        return f"{'$' if self._currency == 'USD' else self._currency + ' '}{_grouped(amount)}"

    def _look_up(self, id: str) -> str:
        sobject = self._catalog.by_prefix(prefix_of(id))
        field = sobject.name_field if sobject else None
        if sobject is None or field is None:
            return id
        row = fetch(self._connection, sobject.name, [id]).get(id, {})
        left = " (has left)" if sobject.name == "User" and row and not row.get("IsActive") else ""
        return f"{row.get(field.name) or id}{left}"

    def _plain(self, field: Field, raw: Any) -> str:
        if field.type in self._by_type:
            return self._by_type[field.type](raw)
        return _grouped(raw) if field.numeric else str(raw)


def in_words(value: str) -> str:
    """A picklist value: one written for programs (``too_high``) as words, any other as it is."""
    return value.replace("_", " ").capitalize() if _INNER_NAME.fullmatch(value) else value


def _grouped(number: float) -> str:
    return f"{int(number):,}" if float(number).is_integer() else f"{number:,.2f}"
