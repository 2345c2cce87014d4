"""The whole story of a lead, from the first contact to the sale or the silence."""

from __future__ import annotations

from adapters.sandbox.people.arrival import arrive
from adapters.sandbox.people.clock import DAY, HOUR
from adapters.sandbox.people.mailing import welcome_series
from adapters.sandbox.people.person import Act, Sale
from adapters.sandbox.people.places import LICENSED
from adapters.sandbox.people.research import come_back, look_around
from adapters.sandbox.people.selling import follow_up, meet, work_the_case
from adapters.sandbox.people.teller import Teller

_LEADS_OWN = frozenset(
    {"form", "page", "open", "click", "mail_reply", "optout", "call_in", "email_in", "sms_in", "meeting"}
)
_SHOPPING = frozenset({"form", "page"})
"""What most stop doing once they have bought."""


def tell_story(tell: Teller) -> Sale | None:
    """Fills `tell.acts` with what happened, in order of time, and returns the sale, if selling began."""
    arrive(tell)
    interest_ends = tell.created + int((8 + tell.rng.expovariate(1 / (14 + 50 * tell.intent))) * DAY)
    look_around(tell, interest_ends)
    talked = follow_up(tell, interest_ends + 30 * DAY)
    sale = _sell(tell, talked) if talked else None
    mailing_ends = sale.closed if sale and sale.closed else tell.horizon
    welcome_series(tell, mailing_ends)
    _check_in(tell)
    if tell.created < tell.horizon - 150 * DAY and not sale and tell.chance(0.16):
        _forget(tell, tell.horizon - 118 * DAY)
        come_back(tell)
    if sale and sale.state == "won" and sale.closed and tell.chance(0.85):
        tell.acts = [act for act in tell.acts if act.at <= sale.closed or act.kind not in _SHOPPING]
    tell.acts.sort()
    return sale


def win_chance(tell: Teller, met: bool) -> float:
    """How likely the lead buys: want, fit, the rep's skill and whether they met. Never certain, never nil."""
    who = tell.who
    low, high = who.line.ideal_ages
    chance = 0.05 + 0.85 * tell.intent**2
    chance *= tell.rep.skill * (1.25 if met else 0.8)
    if not low <= who.age <= high:
        chance *= 0.5
    if who.place.state not in LICENSED:
        chance *= 0.05
    return min(0.9, chance)


def _sell(tell: Teller, talked: int) -> Sale | None:
    """A deal is opened for those who want a quote, decided after the line's usual time, or still open.

    Cases that will be won see more work beforehand, as in life; a measured accuracy on this book therefore says that
    the measuring works, and nothing about a real agency.
    """
    if not tell.chance(0.2 + 0.75 * tell.intent):
        return None
    met = meet(tell, talked)
    opened = talked + HOUR
    wait = tell.who.line.days_to_close * tell.rng.lognormvariate(0, 0.55)
    decided = tell.office(opened + int(wait * DAY))
    won = tell.chance(win_chance(tell, met))
    low, high = tell.who.line.premiums
    premium = int(low + (high - low) * tell.rng.betavariate(1.6, 3.4))
    policy = f"HL-{tell.who.line.key[:2].upper()}-{int(tell.rng.random() * 900_000) + 100_000}"
    if met or won or tell.chance(0.35):
        work_the_case(tell, opened + DAY, decided)
    if decided > tell.horizon:
        applied = tell.chance(0.55 if won else 0.25)
        stage = "application" if applied else "meeting" if met else "quoted"
        return Sale("open", stage, opened, None, premium, "")
    return Sale("won" if won else "lost", "decided", opened, decided, premium, policy if won else "")


def _check_in(tell: Teller) -> None:
    """Once a month or so a rep looks in on a lead that is still open; hardly anybody answers."""
    at = max(tell.kept_from, tell.created)
    while tell.chance(0.72):
        at = tell.office(at + int((18 + 24 * tell.rng.random()) * DAY))
        tell.worked(at, "email_out", "check_in")
        if tell.chance(0.5):
            tell.worked(tell.office(at + 3 * DAY), "call_out", "voicemail" if tell.chance(0.6) else "no_answer", 25)
        if tell.chance(0.3):
            tell.worked(at + HOUR, "note", "looked_in")


def _forget(tell: Teller, after: int) -> None:
    """Takes back what the lead did itself after a moment, so that a true silence follows."""
    tell.acts = [act for act in tell.acts if act.recorded <= after or not _by_lead(act)]


def _by_lead(act: Act) -> bool:
    return act.kind in _LEADS_OWN or (act.kind == "call_out" and act.detail == "connected")
