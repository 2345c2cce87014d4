"""The welcome series by e-mail: what was delivered, opened, clicked, and who had enough of it."""

from __future__ import annotations

from adapters.sandbox.people.agency import DRIP_DAYS, PRICING_PAGE, mail_name
from adapters.sandbox.people.clock import DAY, HOUR, MINUTE
from adapters.sandbox.people.teller import Teller


def welcome_series(tell: Teller, until: int) -> None:
    """Sends the series until it is over, the lead unsubscribes, the address bounces or `until` comes.

    Some inboxes let a scanner open every mail within seconds: opens that mean nothing, as in life.
    """
    scanned = tell.chance(0.045)
    for number, day in enumerate(DRIP_DAYS, start=1):
        at = tell.created + day * DAY + int(tell.rng.random() * HOUR)
        if at > min(until, tell.horizon):
            return
        if not _one_mail(tell, at, mail_name(tell.who.line.label, number), number, scanned):
            return


def _one_mail(tell: Teller, at: int, name: str, number: int, scanned: bool) -> bool:
    """One mail and what came of it; false when it was the last one that may be sent."""
    if number == 1 and tell.chance(0.025):
        tell.did(at, "bounce", name)
        return False
    tell.did(at, "mail", name)
    if scanned:
        tell.did(at + 2_000 + int(tell.rng.random() * 3_000), "open", name)
    _reads(tell, at, name)
    if tell.chance(0.003 + 0.022 * (1 - tell.intent) ** 2):
        tell.did(at + int(tell.rng.random() * 9 * HOUR), "optout", name)
        return False
    return True


def _reads(tell: Teller, sent: int, name: str) -> None:
    if not tell.chance(0.03 + 0.82 * tell.intent**1.4):
        return
    at = sent + int(tell.rng.expovariate(1 / 5) * HOUR) + MINUTE
    for _ in range(_times_opened(tell)):
        tell.did(at, "open", name)
        if tell.chance(0.06 + 0.3 * tell.intent**2):
            tell.did(at + MINUTE // 2, "click", name)
            tell.visits(at + MINUTE // 2, tell.who.line.page if tell.chance(0.6) else PRICING_PAGE)
        at += int(tell.rng.expovariate(1 / 16) * HOUR) + 10 * MINUTE
    if tell.chance(0.12 * tell.intent**2):
        tell.did(at, "mail_reply", name)


def _times_opened(tell: Teller) -> int:
    """Those who mean it come back to the same mail: to compare, to show it to somebody."""
    times = 1
    while times < 6 and tell.chance(0.08 + 0.76 * tell.intent**1.5):
        times += 1
    return times
