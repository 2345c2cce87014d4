"""The error family: named by what the engine does next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


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
    """A webhook that is not what it claims to be; nothing of it is kept.

    `reason` is a few words that stay the same, by which such webhooks are counted: ``not signed``, ``wrong signature``,
    ``wrong address``, ``too old``, ``from the future``, ``too large``, ``not json``, ``not xml``, ``wrong family``.
    """

    def __init__(self, admin: str, log: str = "", reason: str = "refused") -> None:
        super().__init__(admin, log)
        self.reason = reason
