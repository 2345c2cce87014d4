"""What turns of this process work with. The engine calls plain functions, so they find it here."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from connector.flows.pull import Closed
from connector.flows.services import Services


@dataclass(frozen=True, slots=True)
class Broken:
    """Why a run is set aside: it could not even be closed."""

    reason: Exception
    until: float
    """Monotonic seconds."""


@dataclass
class House:
    """The worker of this process as its turns see it."""

    services: Services | None = None
    worker_id: str = ""
    engine_url: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when this process lets go: work in flight ends without a verdict on its run."""
    broken: dict[int, Broken] = field(default_factory=dict)
    """By run."""
    others_wait: bool = False
    """Whether runs wait for a thread of some worker."""
    failures: dict[int, int] = field(default_factory=dict)
    """By connection: how often in a row its live work failed."""
    _begun: dict[str, float] = field(default_factory=dict)
    _not_before: dict[str, float] = field(default_factory=dict)

    def opened(self) -> Services:
        """The services. Raises `RuntimeError` when no worker is started."""
        if self.services is None:
            raise RuntimeError("a workflow was started before the services were assembled")
        return self.services

    @contextmanager
    def under_way(self, lock: str) -> Iterator[None]:
        """A turn under this lock is going on here."""
        self._begun[lock] = time.monotonic()
        try:
            yield
        finally:
            self._begun.pop(lock, None)

    def works_on(self, lock: str) -> bool:
        """Whether a turn under this lock is going on here."""
        return lock in self._begun

    def busy(self) -> bool:
        """Whether any turn is going on here."""
        return bool(self._begun)

    def longest(self) -> float:
        """For how many seconds the oldest turn here has been going on; 0 when there is none."""
        return time.monotonic() - min(list(self._begun.values()), default=time.monotonic())

    def later(self, lock: str, seconds: float) -> None:
        """Leaves what has this lock alone for a while, or for longer where that was said before."""
        self._not_before[lock] = max(self._not_before.get(lock, 0), time.monotonic() + seconds)

    def soon(self, lock: str) -> None:
        """What has this lock need not be left alone any more."""
        self._not_before.pop(lock, None)

    def may_ask(self, lock: str) -> bool:
        """Whether nothing has this lock here and it is not left alone for a while."""
        return lock not in self._begun and self._not_before.get(lock, 0) <= time.monotonic()

    def wait(self, seconds: float) -> None:
        """How adapters wait while this process works. Raises `Closed` when it stops: the rest is the next start's."""
        if self.stopping.wait(seconds):
            raise Closed

    def empty(self) -> None:
        """Forgets everything but that the process stops."""
        self.services = None
        self.others_wait = False
        for kept in (self.broken, self.failures, self._not_before):
            kept.clear()


house = House()
