"""The pen of the story: collects acts, to the second, and keeps them out of the future."""

from __future__ import annotations

from random import Random

from adapters.sandbox.people.agency import FORM_PAGES, Rep
from adapters.sandbox.people.clock import MINUTE, leisure_time, office_time
from adapters.sandbox.people.person import Act, Identity

_BY_MAIL = frozenset({"mail", "open", "click", "mail_reply", "bounce", "optout", "email_out", "email_in"})
_BY_PHONE = frozenset({"call_out", "call_in", "sms_out", "sms_in"})


class Teller:
    """One lead's story while it is told. All times are milliseconds since 1970 UTC."""

    __slots__ = ("acts", "created", "horizon", "impossible", "intent", "kept_from", "rep", "rng", "source", "who")

    def __init__(self, rng: Random, who: Identity, intent: float, source: str, rep: Rep) -> None:
        self.rng = rng
        self.who = who
        self.intent = intent
        self.source = source
        self.rep = rep
        self.created = self.horizon = self.kept_from = 0
        self.impossible: frozenset[str] = frozenset()
        self.acts: list[Act] = []

    def reachable(self, email: bool, phone: bool) -> None:
        """Nobody mails without an address or rings without a number."""
        self.impossible = (frozenset() if email else _BY_MAIL) | (frozenset() if phone else _BY_PHONE)

    def span(self, created: int, kept_from: int, horizon: int) -> None:
        """The story runs from `created` to `horizon`; the reps' own records go back to `kept_from` only."""
        self.created, self.kept_from, self.horizon = created, kept_from, horizon

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.rng.random() < probability

    def did(self, at: int, kind: str, detail: str = "", seconds: int = 0) -> None:
        """Something the lead did online, or a mailing did: kept however long ago it was."""
        if at <= self.horizon and kind not in self.impossible:
            self.acts.append(Act(at // 1000 * 1000, kind, detail, seconds))

    def worked(self, at: int, kind: str, detail: str = "", seconds: int = 0, made: int = 0) -> None:
        """Something a rep records. What was planned before the horizon may lie behind it."""
        recorded = made or at
        if self.kept_from <= recorded <= self.horizon and kind not in self.impossible:
            self.acts.append(Act(at // 1000 * 1000, kind, detail, seconds, made // 1000 * 1000))

    def visits(self, at: int, *paths: str) -> int:
        """The lead looks at these pages in turn; returns when the last one was opened."""
        for path in paths:
            self.did(at, "page", path)
            at += MINUTE // 2 + int(self.rng.random() * 3 * MINUTE)
        return at

    def fills(self, at: int, form: str) -> int:
        """The lead sends a form, from its page; returns when."""
        at = self.visits(at, FORM_PAGES[form])
        self.did(at, "form", form)
        return at

    def office(self, at: int) -> int:
        """The next moment the office is open where the lead lives."""
        return office_time(self.rng, at, self.who.place.utc_offset)

    def leisure(self, at: int) -> int:
        """A likely moment that day for somebody at home."""
        return leisure_time(self.rng, at, self.who.place.utc_offset)
