"""What leaves for Salesforce: a contact's values as the fields of its object want them, or why they cannot be sent."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from adapters.contract import Update
from adapters.salesforce.describing import Describes, Field
from adapters.salesforce.naming import CONTACT, LEAD, on_contact
from adapters.salesforce.verdicts import Act, Refusal, closed, fields_closed

OBJECTS: Mapping[str, str] = {"00Q": LEAD, "003": CONTACT}
"""By the first three characters of an id. Leads come first in a call: every change of object begins a chunk of its own,
and a call may have ten."""

Value = str | int | float | bool | None
Targets = Mapping[str, Field]
"""The fields to write, by the names under which the engine knows them."""

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?", re.ASCII)

TEXTS = frozenset({"string", "textarea", "phone", "email", "url", "encryptedstring"})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One row that can be sent."""

    id: str
    object: str
    values: Mapping[str, Value]


class Unfit(Exception):
    """A value its field cannot hold."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Planner:
    """Turns updates into rows by what is described. Used for one call of the engine."""

    def __init__(self, describes: Describes) -> None:
        self._describes = describes
        self._fresh = False
        self._known: dict[tuple[str, ...], Targets | Refusal] = {}

    def row(self, update: Update) -> Outgoing | Refusal:
        """The row, or why it cannot be sent. Raises `Misconfigured` where we may not even read its object.

        Before a field is said to be missing the org is asked again: an admin may have mended it since.
        """
        name = OBJECTS.get(update.contact_id[:3])
        if name is None or not _ID.fullmatch(update.contact_id):
            return Refusal("MALFORMED_ID", f"{update.contact_id[:40]} is not the id of a lead or a contact.")
        targets = self._targets(name, tuple(update.values))
        if isinstance(targets, Refusal) and not self._fresh:
            self._describes.forget()
            self._fresh = True
            self._known.clear()
            targets = self._targets(name, tuple(update.values))
        return targets if isinstance(targets, Refusal) else _fitting(update, name, targets)

    def _targets(self, name: str, keys: tuple[str, ...]) -> Targets | Refusal:
        """The fields of an object behind the keys; rows are many, and their keys the same."""
        if (name, *keys) not in self._known:
            self._known[(name, *keys)] = self._find(name, keys)
        return self._known[(name, *keys)]

    def _find(self, name: str, keys: tuple[str, ...]) -> Targets | Refusal:
        fields = self._describes.need(name).fields
        named = {one: _named(name, one) for one in keys}
        missing = [one for one in named.values() if one not in fields or not fields[one].updateable]
        # Never left out: the row would count as written and keep an old score for good.
        return closed(name, missing) if missing else {one: fields[target] for one, target in named.items()}


def raise_when_closed(refused: Mapping[str, Refusal], sendable: Collection[str]) -> None:
    """Raises `Misconfigured` where no row of an object can be sent because its fields are closed to us.

    `refused` by id, before anything is sent; `sendable` are the objects with rows that can be.
    """
    found: list[Refusal] = []
    for prefix, name in OBJECTS.items():
        mine = [refusal for one, refusal in refused.items() if one.startswith(prefix)]
        if name not in sendable and {refusal.act for refusal in mine} == {Act.SCHEMA}:
            found += mine
    if found:
        raise fields_closed(tuple(dict.fromkeys(name for refusal in found for name in refusal.fields)), found[0].code)


def _named(name: str, field: str) -> str:
    """A field as its object calls it: everywhere else a contact's fields go by the names a lead has for them."""
    return on_contact(field) if name == CONTACT else field


def _fitting(update: Update, name: str, targets: Targets) -> Outgoing | Refusal:
    values: dict[str, Value] = {}
    for one, field in targets.items():
        try:
            values[field.name] = value_of(field, update.values[one])
        except Unfit as problem:
            return Refusal(problem.code, problem.message, (f"{name}.{field.name}",))
    return Outgoing(update.contact_id, name, values)


def value_of(field: Field, text: str | None) -> Value:
    """The value as JSON wants it. Raises `Unfit`."""
    if text is None:
        # A checkbox is never empty.
        return False if field.type == "boolean" else None
    if field.type in TEXTS and 0 < field.length < len(text):
        message = f"{field.name} holds {field.length} characters at most; this value has {len(text)}."
        raise Unfit("STRING_TOO_LONG", message)
    try:
        return PARSERS.get(field.type, str)(text)
    except ValueError:
        message = f"{field.name} is of type {field.type}; the value to write is not."
        raise Unfit("INVALID_TYPE_ON_FIELD_IN_RECORD", message) from None


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _boolean(text: str) -> bool:
    known = {"true": True, "false": False}
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


def _date(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _datetime(text: str) -> str:
    found = datetime.fromisoformat(text)
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{aware.microsecond // 1000:03d}Z"


PARSERS: Mapping[str, Callable[[str], Value]] = {
    "int": _number,
    "long": _number,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
"""By Salesforce's type; everything else is text."""
