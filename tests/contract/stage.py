"""What a clause may do to a CRM, in words that fit any vendor.

A new CRM brings a stage of its own and registers it in ``conftest.STAGES``; the clauses stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Protocol

from adapters.contract import Adapter, EventKind, Inbound, InboundRequest

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Time:
    """The present of adapter and CRM alike; it moves when somebody waits or a test says so."""

    def __init__(self) -> None:
        self.at = START
        self.slept: list[float] = []
        self._later: list[tuple[datetime, Callable[[], None]]] = []

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Has something happen when so much time has passed."""
        self._later.append((self.at + timedelta(seconds=seconds), act))

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)

    def pass_by(self, **duration: float) -> None:
        self.at += timedelta(**duration)
        due = [act for when, act in self._later if when <= self.at]
        self._later = [(when, act) for when, act in self._later if when > self.at]
        for act in due:
            act()


class Trouble(Enum):
    """What may befall a call."""

    BUSY_FOR_A_WHILE = auto()
    """Too many calls, with a time after which to try again that is longer than a call waits by itself."""
    BUSY_WITHOUT_A_TIME = auto()
    DAY_SPENT = auto()
    TOKEN_EXPIRED_ONCE = auto()
    TOKEN_REVOKED = auto()
    SCOPE_TAKEN = auto()
    WEB_PAGE = auto()
    GATEWAY_ONCE = auto()
    GATEWAY_FOR_GOOD = auto()
    CUT_OFF_ONCE = auto()


class Stage(Protocol):
    """A CRM account under a test's hands."""

    time: Time
    secret: str
    """The credential that must never be seen."""
    text_field: str
    """A plain text field of a contact that may be written."""
    scope: str
    """What `Trouble.SCOPE_TAKEN` takes away: the right to read deals."""
    knows: frozenset[Trouble]
    """The troubles this vendor has."""
    paced: bool
    """Whether the vendor limits calls in seconds, so that `allow_calls` works."""
    signed: frozenset[str]
    """What of a webhook its signature covers: header, body, time."""
    told: frozenset[EventKind]
    """What a webhook may tell of."""

    def named(self, name: str) -> str:
        """How this CRM spells a field of ours."""

    def in_order(self, ids: Sequence[str]) -> list[str]:
        """These ids in the vendor's own order."""

    def together(self, type: str) -> int:
        """How many contacts one activity of this type may have; two is enough to know."""

    def open(self) -> Adapter:
        """An adapter with a credential that cannot be renewed."""

    def open_renewable(self, keep: Callable[[Mapping[str, str]], None]) -> Adapter:
        """An adapter whose credential can be renewed; new ones go to `keep`."""

    def withdraw(self) -> None:
        """Ends the grant of every renewable credential."""

    def add_contacts(self, count: int) -> Sequence[str]:
        """New contacts, all of one instant; their ids."""

    def change(self, contact_id: str, value: str) -> None:
        """Sets `text_field`."""

    def value(self, contact_id: str) -> str | None:
        """What `text_field` holds."""

    def archive(self, contact_id: str) -> None:
        """Deletes a contact as a user would."""

    def merge(self, winner: str, loser: str) -> str:
        """Makes one contact of two; the id it has then."""

    def hide(self, seconds: float) -> None:
        """What is added or changed from now on appears in the vendor's index only after so long."""

    def add_activity(self, type: str, contact_ids: Sequence[str]) -> str:
        """A new activity of a vendor type; its id."""

    def add_deal(self, contact_ids: Sequence[str], *, won: bool) -> str:
        """A closed deal; its id."""

    def refuse_writes_to(self, *contact_ids: str, nameless: bool = False) -> None:
        """Rows the CRM refuses from now on; `nameless` without saying which they were."""

    def strike(self, trouble: Trouble) -> None:
        """Lets the next calls fail."""

    def allow_calls(self, count: int, seconds: float) -> None:
        """The CRM refuses more calls than these from now on."""

    @property
    def inbound(self) -> Inbound:
        """What receives the CRM's webhooks."""

    @property
    def hook_secret(self) -> str:
        """What the CRM signs with."""

    def listen(self) -> None:
        """Has the CRM send webhooks about contacts from now on."""

    def received(self) -> InboundRequest:
        """The next webhook as it came, waited for if need be."""
