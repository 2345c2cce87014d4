"""What a CRM's contacts look like just now, in memory only: for ten minutes, for few connections, read once for all."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field, replace

from adapters.contract import CrmField, Record
from connector.core.mapping.sample import Sample
from connector.store.database import Scope

LASTS = 600
"""Seconds for which a look is good."""
FAILED_LASTS = 30
"""Seconds for which a failed one is: a page that is loaded again does not knock at once."""
MOST = 6
"""Connections whose looks are kept."""
PATIENCE = 20.0
"""Seconds a request waits for the CRM."""
SLOW = "The CRM is slow to answer. Leadtier goes on reading; look again in a moment."


@dataclass(frozen=True, slots=True)
class Look:
    """The live properties of an account and what its newest contacts hold in them.

    The values are people's data: shown to the agency's admins, never logged and never stored.
    """

    fields: Sequence[CrmField] = ()
    samples: Mapping[str, Sample] = field(default_factory=dict)
    """By property; one that no contact holds anything in has a sample as well."""
    looked_at: int = 0
    """When, in seconds since 1970 UTC; 0: never."""
    contacts: int = 0
    """How many contacts were read."""
    trouble: str = ""
    """Why there is not more, in a sentence for the admin; empty when all went well."""
    records: Sequence[Record] = ()
    """The contacts themselves, long values cut."""
    calls: int = 0
    """Calls to the CRM it took to read the contacts."""

    @property
    def live(self) -> Mapping[str, CrmField]:
        """The properties by name."""
        return {field.name: field for field in self.fields}

    def sample(self, name: str) -> Sample:
        """What the contacts hold in a property; nothing where it is not known."""
        return self.samples.get(name, Sample(of=self.contacts))


@dataclass
class Looks:
    """The looks of this process. Safe to share between threads: requests at the same time make one reading."""

    patience: float = PATIENCE
    _kept: OrderedDict[Scope, Look] = field(default_factory=OrderedDict)
    _under_way: dict[Scope, _Reading] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _readers: ThreadPoolExecutor | None = None

    def get(self, scope: Scope, now: int, read: Callable[[], Look], *, fresh: bool) -> Look:
        """The look kept, or what `read` makes; with `fresh` a new one. One that takes too long comes the next time."""
        with self._lock:
            kept = self._kept.get(scope)
            if kept is not None and not fresh and _is_good(kept, now):
                self._kept.move_to_end(scope)
                return kept
            reading = self._under_way.get(scope) or self._begin(scope, read)
        try:
            return reading.future.result(self.patience)
        except NotYet:
            return replace(kept or Look(), trouble=SLOW)

    def forget(self, scope: Scope) -> None:
        """Drops what is known of a connection, also what is just being read."""
        with self._lock:
            self._kept.pop(scope, None)
            self._under_way.pop(scope, None)

    def close(self) -> None:
        """Drops everything; a reading under way ends by itself."""
        with self._lock:
            self._kept.clear()
            self._under_way.clear()
            if self._readers is not None:
                self._readers.shutdown(wait=False, cancel_futures=True)
                self._readers = None

    def _begin(self, scope: Scope, read: Callable[[], Look]) -> _Reading:
        if self._readers is None:
            self._readers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="look")
        reading = self._under_way[scope] = _Reading()
        self._readers.submit(self._read, scope, read, reading)
        return reading

    def _read(self, scope: Scope, read: Callable[[], Look], reading: _Reading) -> None:
        try:
            found = read()
        except BaseException as error:
            with self._lock:
                self._ends(scope, reading)
            reading.future.set_exception(error)
            return
        with self._lock:
            if self._ends(scope, reading):
                found = self._keep(scope, found)
        reading.future.set_result(found)

    def _ends(self, scope: Scope, reading: _Reading) -> bool:
        """Whether the reading is still wanted: what was forgotten meanwhile stays so."""
        wanted = self._under_way.get(scope) is reading
        if wanted:
            del self._under_way[scope]
        return wanted

    def _keep(self, scope: Scope, found: Look) -> Look:
        self._kept[scope] = found = _with_what_was(found, self._kept.get(scope))
        self._kept.move_to_end(scope)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return found


class _Reading:
    """A look that somebody is taking."""

    def __init__(self) -> None:
        self.future: Future[Look] = Future()


def _is_good(look: Look, now: int) -> bool:
    return 0 <= now - look.looked_at < (FAILED_LASTS if look.trouble else LASTS)


def _with_what_was(found: Look, before: Look | None) -> Look:
    """A failed reading keeps what an earlier one brought, with the sentence."""
    if not found.trouble or before is None or found.contacts or not before.contacts:
        return found
    return replace(before, fields=found.fields or before.fields, trouble=found.trouble, looked_at=found.looked_at)
