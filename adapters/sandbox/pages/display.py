"""Property values as people read them: labels instead of internal names, dates in the account's time zone."""

from __future__ import annotations

from datetime import date, datetime

from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.screens.times import LocalTimes, day_in_words
from adapters.sandbox.store import Store
from adapters.sandbox.tables.definitions import Definition
from adapters.sandbox.tables.owners import Owner

_NO_GROUPING = frozenset({"hs_object_id"})


class Display(LocalTimes):
    """The account's words for one page: definitions and owners are looked up once."""

    def __init__(self, store: Store) -> None:
        super().__init__(store.settings.time_zone)
        self._definitions = store.definitions.of(KINDS["contacts"])
        self._owners = {str(owner.id): owner for owner in store.owners.all()}
        self._currency = store.settings.currency

    def label(self, name: str) -> str:
        """The property's label, or its name where the account does not know it."""
        definition = self._definitions.get(name)
        return str(definition["label"]) if definition else name.replace("_", " ").capitalize()

    def value(self, name: str, raw: str) -> str:
        """The value in words; a value that does not fit its type is shown as it is."""
        if name == "hubspot_owner_id":
            return self.owner_name(raw)
        definition = self._definitions.get(name)
        if definition is None:
            return raw
        try:
            return self._by_type(definition, raw)
        except ValueError:
            return raw

    def owner(self, owner_id: str | None) -> Owner | None:
        """The user with this owner id."""
        return self._owners.get(owner_id or "")

    def owner_name(self, owner_id: str) -> str:
        """First and last name, and whether the person has left."""
        owner = self._owners.get(owner_id)
        if owner is None:
            return f"Owner {owner_id}"
        return f"{owner.first_name} {owner.last_name}{' (has left)' if owner.archived else ''}"

    def someone(self) -> Owner | None:
        """A user who is still there, for changes by nobody in particular."""
        return next((owner for owner in self._owners.values() if not owner.archived), None)

    def money(self, raw: str) -> str:
        """An amount in the account's currency, as it was entered when it is no number."""
        try:
            return f"{'$' if self._currency == 'USD' else self._currency + ' '}{_grouped(raw)}"
        except ValueError:
            return raw

    def _by_type(self, definition: Definition, raw: str) -> str:
        kind = definition["type"]
        if definition.get("options"):
            labels = {option["value"]: str(option["label"]) for option in definition["options"]}
            return ", ".join(labels.get(value, value) for value in raw.split(";"))
        if kind == "bool":
            return {"true": "Yes", "false": "No"}.get(raw, raw)
        if kind == "datetime":
            return self.moment(milliseconds(raw))
        if kind == "date":
            return day_in_words(date.fromisoformat(raw[:10]))
        if kind == "number" and definition["name"] not in _NO_GROUPING:
            return _grouped(raw)
        return raw


def milliseconds(iso: str) -> int:
    """A stored time as milliseconds since 1970. Raises `ValueError` when it is none."""
    return round(datetime.fromisoformat(iso).timestamp() * 1000)


def _grouped(raw: str) -> str:
    number = float(raw)
    return f"{int(number):,}" if number.is_integer() else f"{number:,.2f}"
