"""The protocols an adapter satisfies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from adapters.contract.account import Account, Capabilities, Permission, Quota, Usage
from adapters.contract.inbound import Example, InboundRequest, Parsed
from adapters.contract.records import ActivityRecord, OutcomeRecord, Owner, Page, PastValue, Record
from adapters.contract.writing import CrmField, FieldOutcome, Update, WantedField, WriteResult


class Reader(Protocol):
    """Reading. Every iterator may raise any of the error family between pages; pages already given stay good."""

    def contacts(self, cursor: str | None, fields: Sequence[str]) -> Iterator[Page[Record]]:
        """All contacts when `cursor` is None, else those changed since, or the rest of an interrupted pass.

        A full pass also delivers archived contacts (``archived=True``), so that deletions are seen.
        """

    def activities(self, type: str, cursor: str | None) -> Iterator[Page[ActivityRecord]]:
        """Activities of one vendor type with their contacts, by the same rules."""

    def outcomes(self, cursor: str | None) -> Iterator[Page[OutcomeRecord]]:
        """Deals with their contacts, by the same rules."""

    def contacts_by_id(self, ids: Sequence[str], fields: Sequence[str]) -> Page[Record]:
        """The truth about these contacts now. Ids that are gone are absent; merged ones come under their new id."""

    def newest(self, limit: int) -> Sequence[str]:
        """Ids of about so many contacts that were made last, the newest first, by as few calls as there may be."""

    def activities_of(self, contact_ids: Sequence[str]) -> Iterator[Page[ActivityRecord]]:
        """All activities of these contacts, every type."""

    def history(self, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, Sequence[PastValue]]]:
        """Past values, newest first, by contact id and property; as deep as the vendor keeps them."""

    def owners(self) -> Sequence[Owner]:
        """Every user who may own a lead, inactive ones included."""

    def fields(self) -> Sequence[CrmField]:
        """The live properties of the contact object."""


class Writer(Protocol):
    """Writing."""

    def write(self, updates: Sequence[Update]) -> Sequence[WriteResult]:
        """One result per row, same order. At most `Capabilities.write_batch` rows; no id twice.

        Raises `ValueError` when that is broken, and the error family when the whole call failed and nothing is known
        to be written.
        """

    def backfill(self, updates: Iterable[Update]) -> Iterator[WriteResult]:
        """Writes any number of rows by the vendor's way for many; one result per row, same order, no id twice.

        Called only where `Capabilities.backfill_from` says so. The rows are drawn once, before the first result.
        Raises the error family when nothing is known of the rows not yet reported; writing them again harms nothing.
        """

    def judge_fields(self, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
        """What `ensure_fields` would find, in the order of `wanted`; changes nothing."""

    def ensure_fields(self, group: str, label: str, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
        """Creates what is missing, leaves what exists; safe to repeat."""


class Inbound(Protocol):
    """Webhooks. `verify` runs before anything is parsed."""

    @property
    def own_address(self) -> bool:
        """Whether the proof is a secret part of the address, so that every connection has one of its own.

        False: requests are signed, and one address serves every account of an app.
        """

    @property
    def signs(self) -> Collection[str]:
        """Properties, mapped or not, whose change tells that something was done with a record: a call, a mail.

        Named where the vendor has no event for the activity itself; then its record's activities are read.
        """

    @property
    def largest(self) -> int:
        """Bytes of the largest body the vendor may send, with room to spare; a larger one is not read."""

    def verify(self, request: InboundRequest, secrets: Sequence[str]) -> None:
        """Raises `HookRejected` unless one of `secrets` signed this very request within five minutes either way.

        With `own_address`: unless the address ends in one of them.
        """

    def parse(self, request: InboundRequest) -> Parsed:
        """The events of a verified request, unknown ones as `EventKind.UNKNOWN`, and what in it was no event.

        Raises `HookRejected` when it is rubbish as a whole, or belongs to another address.
        """

    def ack(self) -> tuple[str, bytes]:
        """Content type and body of the answer after which the vendor does not send again; no body: any 2xx will do."""

    def setup(self, address: str, fields: Sequence[str]) -> Sequence[str]:
        """What to set up in the CRM so that it sends to `address`, step by step, for an admin.

        `fields` are the properties whose changes matter. A line that begins with four blanks is to be copied.
        """

    def sample(self, example: Example, secret: str, now: datetime) -> InboundRequest:
        """A webhook as the vendor would send it now, proven by `secret`: for trying our own door."""


class Adapter(Reader, Writer, Protocol):
    """One CRM account, open."""

    @property
    def capabilities(self) -> Capabilities:
        """What this adapter can do."""

    @property
    def usage(self) -> Usage:
        """Calls made so far through this object."""

    def check(self) -> Account:
        """The account behind the credentials; the cheapest call that proves they work."""

    def permissions(self) -> Sequence[Permission]:
        """What is granted and what is missing, found by asking; some calls, so for `connect` and `doctor`."""

    def quota(self) -> Quota | None:
        """The day's call quota, or None where the account has none or does not say."""

    def close(self) -> None:
        """Lets go of connections. The object is not used afterwards."""


class Vault(Protocol):
    """Where the credentials of one connection are kept, for every thread and process that uses them."""

    def renewing(self) -> AbstractContextManager[Mapping[str, str]]:
        """Waits until nobody else renews them, in whatever process; gives them as they are kept now.

        A vendor that rotates refresh tokens withdraws the whole grant when an old one is shown again, so two must never
        renew at once, and whoever comes second must look before it asks.
        """

    def keep(self, fresh: Mapping[str, str]) -> None:
        """Keeps renewed credentials, durably; called inside `renewing`, before they are used."""


CROSSING = 5
"""Calls by which our count and the vendor's may differ because answers cross on the way."""


class Ledger(Protocol):
    """Counts the calls to one account for every process that makes them. Safe to share between threads.

    `family` names one of the vendor's limits. A call holds a slot from before it leaves until a whole window after its
    answer. How often the vendor looks, and from where, does not matter then; see `adapters.transport.Budget`.
    """

    def take(self, family: str, limit: int, window: float) -> float:
        """Takes a slot where fewer than `limit` are held: 0.0. Otherwise the seconds after which to ask again.

        `limit` and `window` (seconds) hold until somebody has learned better. May raise what the engine raises when
        its database is out of reach.
        """

    def give_back(self, family: str) -> None:
        """A call that took a slot has its answer, or has failed. Never raises."""

    def learn(self, family: str, limit: int, window: float) -> None:
        """The vendor named its limit: it holds for every process from now on. Never raises."""

    def observe(self, family: str, used: int) -> None:
        """The vendor counts `used` calls. Those we know nothing of hold slots as well. Never raises."""

    def pause(self, family: str, seconds: float) -> None:
        """The vendor said "too many": no process gets a slot for that long. Never raises."""


class AdapterFactory(Protocol):
    """Opens an account."""

    def __call__(
        self,
        credentials: Mapping[str, str],
        *,
        base_url: str | None,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        vault: Vault | None = None,
        ledger: Ledger | None = None,
    ) -> Adapter:
        """`clock` gives the aware time, `sleep` waits that many seconds.

        `credentials` holds the values of `Crm.settings` and what was renewed since. Without a `vault` renewed
        credentials live as long as the adapter. Where several processes call the account, a `ledger` counts for all of
        them; without one this process is alone. Raises `Misconfigured` naming what is missing.
        """
