"""What every CRM adapter promises: the shapes that cross the gate, the protocols, and the error family.

The engine knows only this file. A third CRM is one folder that satisfies `Adapter` (registered in the entry-point
group ``leadtier.adapters``) and one mapping file. The clauses behind the protocols are held by ``tests/contract``.

Laws, for every adapter:

* reading is *at least once* with overlap; ingest is idempotent, so seeing a record again costs nothing;
* a cursor is opaque to everyone but its adapter, and never lies beyond the start of the pass that made it;
* one bad row never stops a page: it becomes a `RowProblem`;
* writing is by record id, one result per row in the order of the rows; an absent key leaves a field alone,
  ``None`` clears it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

# --------------------------------------------------------------------------------------------- what is read


@dataclass(frozen=True, slots=True)
class Record:
    """A CRM contact as its vendor names it, untouched. Every property value is the vendor's string, or None."""

    id: str
    properties: Mapping[str, str | None]
    created_at: datetime | None = None
    updated_at: datetime | None = None
    archived: bool = False
    replaces: tuple[str, ...] = ()
    """Ids of records that were merged into this one."""


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """One activity as its vendor names it. `type` is the vendor's object name (``calls``); others pass through."""

    id: str
    """Unique within the connection, type included (``calls:5512``); the same however often the act is read."""
    type: str
    contact_ids: tuple[str, ...]
    occurred_at: datetime | None
    properties: Mapping[str, str | None]
    updated_at: datetime | None = None
    archived: bool = False


class OutcomeState(StrEnum):
    """How the sale stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """A deal or opportunity, reduced to what evaluation needs. `amount` is in the account's currency."""

    id: str
    contact_ids: tuple[str, ...]
    state: OutcomeState
    created_at: datetime | None
    closed_at: datetime | None
    amount: float | None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """A CRM user who may own leads. `id` is the value the owner property holds."""

    id: str
    name: str
    email: str
    active: bool


@dataclass(frozen=True, slots=True)
class PastValue:
    """One version of a property: the value it took at `at`."""

    at: datetime
    value: str | None


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row the adapter could not read or understand; the page went on without it."""

    record_id: str
    text: str
    """A sentence for the admin: what is wrong and what to do."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a reading pass.

    `cursor` continues after this page when the pass is interrupted. On the last page `complete` is true and `cursor` is
    where the *next* pass starts: at or before the start of this one, less the adapter's overlap.
    """

    items: Sequence[T]
    cursor: str
    complete: bool
    problems: Sequence[RowProblem] = ()
    total: int | None = None
    """How many rows the pass will deliver, where the vendor says so; an estimate for the progress display only."""


# --------------------------------------------------------------------------------------------- what is written


@dataclass(frozen=True, slots=True)
class Update:
    """New values for one record. An absent key leaves the field alone, ``None`` clears it."""

    contact_id: str
    values: Mapping[str, str | None]


class WriteStatus(StrEnum):
    """What became of one row."""

    OK = "ok"
    GONE = "gone"
    REJECTED = "rejected"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The vendor's answer for one row, same position as its `Update`."""

    contact_id: str
    status: WriteStatus
    message: str = ""
    """The vendor's own sentence, for the admin; empty when all went well."""


class FieldType(StrEnum):
    """The types the contract knows; an adapter translates them to its vendor's."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    CHOICES = "choices"


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a choice field: what is stored and what people see."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class CrmField:
    """A live property of the CRM's contact object."""

    name: str
    label: str
    type: FieldType
    read_only: bool = False
    choices: tuple[Choice, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class WantedField:
    """A property we need in the CRM, as described in the mapping file."""

    name: str
    label: str
    type: FieldType
    description: str
    choices: tuple[Choice, ...] = ()


class FieldState(StrEnum):
    """What `ensure_fields` found or did."""

    EXISTS = "exists"
    CREATED = "created"
    DIFFERS = "differs"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FieldOutcome:
    """One line of `ensure_fields`; `message` says what to do when the state is `DIFFERS` or `FAILED`."""

    name: str
    state: FieldState
    message: str = ""


# --------------------------------------------------------------------------------------------- what is received


@dataclass(frozen=True, slots=True)
class InboundRequest:
    """A webhook as it came: raw bytes, and the *configured public* URL rather than the one the proxy shows us."""

    method: str
    url: str
    headers: Mapping[str, str]
    """Header names in lower case."""
    body: bytes
    received_at: datetime


class EventKind(StrEnum):
    """What a webhook hints at. The payload is never a fact: the record is read again."""

    CHANGED = "changed"
    DELETED = "deleted"
    RESTORED = "restored"
    MERGED = "merged"
    PRIVACY_DELETED = "privacy_deleted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class InboundEvent:
    """One hint from a webhook."""

    event_id: str
    """Unique per delivery content, stable across redeliveries."""
    account_id: str
    kind: EventKind
    record_id: str
    occurred_at: datetime
    field: str | None = None
    value: str | None = None
    bulk: bool = False
    """Sent by an import or a bulk edit: a sync will follow up, one job per event would drown us."""
    merged_ids: tuple[str, ...] = ()


# --------------------------------------------------------------------------------------------- who we are talking to


@dataclass(frozen=True, slots=True)
class Account:
    """The CRM account behind a connection."""

    id: str
    name: str
    time_zone: str
    currency: str
    record_url: str
    """Where a person opens a contact, with ``{id}`` for its id."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls the account still has. `resets_at` is None where the vendor does not say."""

    used: int
    limit: int
    resets_at: datetime | None


class Need(StrEnum):
    """What a permission is for; the admin sees the sentence in the mapping of the adapter."""

    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing the connection may or may not do, found out by asking the CRM."""

    scope: str
    why: str
    need: Need
    granted: bool


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the adapter can do: feeds the README table, the screens and the engine's batch sizes."""

    name: str
    write_batch: int
    sees_deletes: bool
    sees_merges: bool
    creates_fields: bool
    activity_types: tuple[str, ...]
    webhooks: bool
    history: bool


@dataclass(slots=True)
class Usage:
    """Calls made since the adapter was opened; a call that was refused counts, as the vendor counts it."""

    calls: int = 0
    throttled: int = 0
    """Answers with HTTP 429 (or the vendor's equal)."""
    retried: int = 0
    by_family: dict[str, int] = field(default_factory=dict)


# --------------------------------------------------------------------------------------------- the protocols


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

    def ensure_fields(self, group: str, label: str, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
        """Creates what is missing, leaves what exists; safe to repeat."""


class Inbound(Protocol):
    """Webhooks. `verify` runs before anything is parsed."""

    def verify(self, request: InboundRequest, secrets: Sequence[str]) -> None:
        """Raises `HookRejected` unless one of `secrets` signed this very request within five minutes either way."""

    def parse(self, request: InboundRequest) -> Sequence[InboundEvent]:
        """The events of a verified request, unknown ones as `EventKind.UNKNOWN`. Raises `HookRejected` on rubbish."""


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


class AdapterFactory(Protocol):
    """Opens an account. Registered per kind in the entry-point group ``leadtier.adapters``."""

    def __call__(
        self,
        credentials: Mapping[str, str],
        *,
        base_url: str | None,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        on_credentials: Callable[[Mapping[str, str]], None] | None,
    ) -> Adapter:
        """`clock` gives the aware time, `sleep` waits that many seconds.

        `on_credentials` keeps refreshed credentials; it is called before they are used.
        """


# --------------------------------------------------------------------------------------------- the error family


class AdapterError(Exception):
    """Root of the family. Each kind is named by what the engine does next.

    `admin` is a sentence for a person, without vendor jargon or traceback, that says what to do; `log` is for the
    operator. Neither ever holds a credential.
    """

    def __init__(self, admin: str, log: str = "") -> None:
        super().__init__(admin)
        self.admin = admin
        self.log = log or admin


class Retry(AdapterError):
    """Try again after `after` seconds; None: the vendor did not say, use back-off."""

    def __init__(self, admin: str, log: str = "", after: float | None = None) -> None:
        super().__init__(admin, log)
        self.after = after


class QuotaSpent(AdapterError):
    """The day's calls are used up: stop until `until` (aware), do not spin. None: unknown, ask again in an hour."""

    def __init__(self, admin: str, log: str = "", until: datetime | None = None) -> None:
        super().__init__(admin, log)
        self.until = until


class Reauthorise(AdapterError):
    """The grant is dead: only a person can mend it by connecting again. Retrying is pointless."""


class Misconfigured(AdapterError):
    """The account or the app lacks something a person can add; `what` names it (a scope, a property, an option)."""

    def __init__(self, admin: str, log: str = "", what: Sequence[str] = ()) -> None:
        super().__init__(admin, log)
        self.what = tuple(what)


class Broken(AdapterError):
    """An answer that makes no sense (an HTML page, truncated JSON, an unknown status): the operator must look."""


class HookRejected(AdapterError):
    """A webhook that is not what it claims to be; nothing of it is kept."""
