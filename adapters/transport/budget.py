"""Call budgets: never more calls in a rolling window than the vendor allows, and nearly as many.

A vendor counts a call when it *arrives*. We only know when it left and when its answer came back, so a call holds its
slot from leaving until a whole window after its answer: whatever instant the vendor looks at, every call it counts
holds one of our slots, so the limit cannot be passed however uneven the network is. The price is the round trip, some
hundredths of a window.

Where several processes call one account, each takes a slot here first and then one of the ledger's, which counts for
all of them by the same rule.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from adapters.contract import CROSSING, Ledger

MARGIN = 0.05
"""Seconds added to every window: the vendor's clock is not ours."""

POLL = 0.02
"""Seconds between two looks when every slot is held by a call still on its way."""


class Budget:
    """One limit of one vendor: `limit` calls in any `window` seconds. Safe to share between threads."""

    def __init__(
        self,
        limit: int,
        window: float,
        *,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        ledger: Ledger | None = None,
        family: str = "",
    ) -> None:
        self._limit = limit
        self._window = window + MARGIN
        self._now = now
        self._sleep = sleep
        self._ledger = ledger
        self._family = family
        self._lock = threading.Lock()
        self._at_ledger = threading.Lock()
        self._under_way = 0
        self._ended: deque[float] = deque()
        self._closed_until = 0.0

    @property
    def limit(self) -> int:
        """Calls allowed in one window, as far as is known."""
        return self._limit

    def acquire(self) -> None:
        """Waits until a call may leave, and takes its slot. Every `acquire` is followed by a `release`.

        Raises what the ledger raises; no slot is held then.
        """
        while (wait := self._try()) > 0:
            self._sleep(wait)
        if self._ledger is None:
            return
        try:
            # One thread asks for all: those behind it would only ask the same again and again.
            with self._at_ledger:
                while (wait := self._ledger.take(self._family, self._limit, self._window)) > 0:
                    self._sleep(wait)
        except BaseException:
            with self._lock:
                self._under_way -= 1
            raise

    def release(self) -> None:
        """The answer is here, or the call has failed: its slot comes back one window from now."""
        with self._lock:
            self._under_way -= 1
            self._ended.append(self._now())
        if self._ledger is not None:
            self._ledger.give_back(self._family)

    def pause(self, seconds: float) -> None:
        """The vendor said "too many": nobody leaves for that long."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._now() + seconds)
        if self._ledger is not None:
            self._ledger.pause(self._family, seconds)

    def learn(self, limit: int, window: float) -> None:
        """The vendor named its limit."""
        with self._lock:
            before = self._limit, self._window
            self._limit, self._window = limit, window + MARGIN
            news = before != (self._limit, self._window)
        if news and self._ledger is not None:
            self._ledger.learn(self._family, limit, window + MARGIN)

    def observe(self, remaining: int) -> None:
        """The vendor says `remaining` calls are left; what we did not spend, somebody else did.

        That is another program with the same credentials, or this one before it was killed. Small differences are only
        calls that crossed on the way. With a ledger it is the ledger that knows what we spent.
        """
        if self._ledger is not None:
            self._ledger.observe(self._family, self._limit - remaining)
            return
        with self._lock:
            others = self._limit - remaining - self._under_way - len(self._ended)
            if others > CROSSING:
                self._ended.extend([self._now()] * others)

    def _try(self) -> float:
        with self._lock:
            now = self._now()
            self._forget(now)
            if now < self._closed_until:
                return self._closed_until - now
            if self._under_way + len(self._ended) < self._limit:
                self._under_way += 1
                return 0.0
            return max(self._ended[0] + self._window - now, POLL) if self._ended else POLL

    def _forget(self, now: float) -> None:
        # A clock that was set back must not freeze us until it has caught up.
        if self._ended and now < self._ended[-1]:
            self._ended = deque([now] * len(self._ended))
            self._closed_until = min(self._closed_until, now + self._window)
        while self._ended and self._ended[0] + self._window <= now:
            self._ended.popleft()
