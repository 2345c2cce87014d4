"""Who is in the book, by every id a person ever had, and what was acknowledged about whom."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Person:
    """A contact through all of its life. `id` is the CRM's present one."""

    id: str
    email: str
    ours: bool = False
    """Made while the traffic ran: nothing is known of it but what the traffic did."""
    converted: bool = False
    by_address: bool = False
    """Something was told of its e-mail address."""
    flagged: bool = False
    deleted: bool = False
    erased: bool = False
    merged: bool = False
    """It became part of somebody else."""
    busy: int = 0
    """Something is being told of it under its present id."""
    calls: list[str] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    flags: list[Said] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        """Whether a merge takes nothing of it out of a fresh reading's sight; a flag set in the record may be taken."""
        in_record = self.flagged and not (self.flags and all(said.nonce for said in self.flags))
        return self.ours and not (in_record or self.busy or self.by_address or self.converted)

    @property
    def there(self) -> bool:
        """Whether the CRM has it."""
        return not (self.deleted or self.erased or self.merged)


@dataclass(frozen=True)
class Told:
    """An event that the ingest API was told, acknowledged."""

    id: str
    kind: str
    at: int


@dataclass(frozen=True)
class Said:
    """A flag, acknowledged. `nonce` is the form's; empty where it was set in the record."""

    kind: str
    at: int
    nonce: str = ""


class People:
    """Everybody. Several threads ask; `alone` holds the others off."""

    def __init__(self, found: dict[str, dict[str, str | None]]) -> None:
        self.all = [Person(one, str(values.get("email") or "")) for one, values in found.items()]
        self.to_come: dict[str, list[Told]] = {}
        """What was told of addresses that nobody has yet."""
        self.private: set[str] = set()
        """Ids of people who were forgotten."""
        self._guard = threading.RLock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else changes anything meanwhile."""
        with self._guard:
            yield

    def there(self) -> list[Person]:
        """Everybody the CRM has."""
        return [one for one in self.all if one.there]
