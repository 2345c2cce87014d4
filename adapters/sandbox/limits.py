"""Counting calls against the vendor's limits: rolling windows and the day.

Limits and policy names: docs, "API usage guidelines".
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from adapters.sandbox.settings import Settings

BURST_SECONDS = 10.0
_NO_LIMIT = 190


class RollingWindow:
    """Calls of the last `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque()

    def used(self, now: float) -> int:
        """How many calls the window holds."""
        while self._times and now - self._times[0] >= self._seconds:
            self._times.popleft()
        return len(self._times)

    def take(self, now: float, limit: int | None) -> bool:
        """Counts a call if it fits; a refused one does not prolong the wait."""
        if limit is not None and self.used(now) >= limit:
            return False
        if limit is not None:
            self._times.append(now)
        return True


class Limits:
    """All counters of the account."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._bursts: dict[str, RollingWindow] = {}
        self._search = RollingWindow(1.0)
        self._day = ""
        self.used_today = 0
        self.refused = 0
        """Calls that one of the limits forbade; those that a fault refused are not among them."""

    def take(self, token: str, *, search: bool) -> str | None:
        """Counts a call; returns the name of the policy that forbids it, or None. Refused calls count for the day."""
        with self._lock:
            policy = self._policy(token, search=search)
            self.refused += policy is not None
            return policy

    def _policy(self, token: str, *, search: bool) -> str | None:
        settings, now = self._settings, self._settings.clock()
        self._begin_day()
        if settings.daily_limit is not None and self.used_today >= settings.daily_limit:
            return "DAILY"
        self.used_today += 1
        if search:
            return None if self._search.take(now, settings.search_limit) else "SECONDLY"
        burst = self._bursts.setdefault(token, RollingWindow(BURST_SECONDS))
        return None if burst.take(now, settings.burst_limit) else "TEN_SECONDLY_ROLLING"

    def headers(self, token: str) -> dict[str, str]:
        """What the vendor tells with every answer but a search's."""
        settings, now = self._settings, self._settings.clock()
        most = settings.burst_limit if settings.burst_limit is not None else _NO_LIMIT
        with self._lock:
            burst = self._bursts.get(token)
            left = most - (burst.used(now) if burst else 0)
        headers = {
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(max(left, 0)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(BURST_SECONDS * 1000)),
            "X-HubSpot-RateLimit-Secondly": str(most // 10),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(max(min(left, most // 10), 0)),
        }
        if settings.daily_limit is not None:
            headers["X-HubSpot-RateLimit-Daily"] = str(settings.daily_limit)
            headers["X-HubSpot-RateLimit-Daily-Remaining"] = str(max(settings.daily_limit - self.used_today, 0))
        return headers

    def resets_at(self) -> datetime:
        """The next midnight of the account's time zone, in UTC."""
        zone = ZoneInfo(self._settings.time_zone)
        today = datetime.fromtimestamp(self._settings.clock(), zone).date()
        midnight = datetime.combine(today + timedelta(days=1), datetime.min.time(), zone)
        return midnight.astimezone(UTC)

    def _begin_day(self) -> None:
        zone = ZoneInfo(self._settings.time_zone)
        day = datetime.fromtimestamp(self._settings.clock(), zone).date().isoformat()
        if day != self._day:
            self._day, self.used_today = day, 0
