"""The org's daily calls: what is used, and how many we leave to the others who share them.

Every answer says it, in one of two forms: ``api-usage=18/5000``, or with our app's own share behind it,
``api-usage=25/5000; per-app-api-usage=17/250(appName=Leadtier)``.
https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import datetime

from adapters.contract import Quota, QuotaSpent
from adapters.salesforce.errors import PAUSE

HEADER = "sforce-limit-info"

_ORG = re.compile(r"(?<!-)\bapi-usage=(\d+)/(\d+)")
_APP = re.compile(r"per-app-api-usage=(\d+)/(\d+)")


class Allowance:
    """What we may still spend. `free` is the share of the org's daily calls that stays for others, from 0 to 1."""

    def __init__(self, free: float, clock: Callable[[], datetime]) -> None:
        self._free = free
        self._clock = clock
        self._lock = threading.Lock()
        self._org: tuple[int, int] | None = None
        self._app: tuple[int, int] | None = None
        self._under_way = 0
        self._answers = 0
        self._heard: datetime | None = None

    @property
    def quota(self) -> Quota | None:
        """The org's calls as the last answer told them; None before the first."""
        return Quota(*self._org, None) if self._org else None

    def spend(self) -> int:
        """Before each call; gives what `done` wants. Raises `QuotaSpent` where it would eat into what is others'.

        An hour later one call may find out anew: the 24 hours roll, and only an answer tells what has come back.
        """
        with self._lock:
            if self._over() and self._heard is not None and self._clock() - self._heard < PAUSE:
                raise self._spent()
            self._under_way += 1
            return self._answers

    def done(self, header: str, since: int) -> None:
        """After each call, with what its answer said (empty when there was none) and what `spend` gave."""
        with self._lock:
            self._under_way -= 1
            overtaken = since != self._answers
            self._answers += 1
            if (org := _ORG.search(header)) is None:
                return
            # An answer that others overtook tells of an earlier moment, when fewer calls were used.
            before = self._org[0] if self._org and overtaken else 0
            self._org = max(before, int(org[1])), int(org[2])
            app = _APP.search(header)
            self._app = (int(app[1]), int(app[2])) if app else None
            self._heard = self._clock()

    def _over(self) -> bool:
        # Our app's own share is nobody else's, so all of it may be used.
        shares = ((self._org, 1 - self._free), (self._app, 1.0))
        return any(known is not None and known[0] + self._under_way + 1 > known[1] * share for known, share in shares)

    def _spent(self) -> QuotaSpent:
        used, limit = self._org or (0, 0)
        text = (
            f"The Salesforce org has used {used} of its {limit} API calls of the last 24 hours, and the setting "
            f"quota_free leaves {self._free:.0%} of them to other integrations. Leadtier asks again in an hour; lower "
            "quota_free to let it use more."
        )
        return QuotaSpent(text, f"quota: {used}/{limit}, free {self._free}", self._clock() + PAUSE)
