"""What the reps do: calls, voicemails, texts, mails, meetings, notes and tasks, and what the lead answers."""

from __future__ import annotations

from adapters.sandbox.people.clock import DAY, HOUR, MINUTE
from adapters.sandbox.people.teller import Teller

_PAUSES = (0.0, 0.3, 0.8, 1.4, 2.0, 3.0, 4.5, 6.0, 8.0, 11.0, 15.0, 20.0)
"""Days between one attempt and the next."""


def follow_up(tell: Teller, until: int) -> int | None:
    """Attempts until somebody answers or the rep gives up. Returns when they first talked, or None."""
    if tell.source == "purchased_list" and tell.chance(0.3):
        return None
    _first_steps(tell)
    if "call_out" in tell.impossible:
        return None
    at = tell.created + int(tell.rng.expovariate(1 / tell.rep.reply_hours) * HOUR)
    talked = None
    for pause in _PAUSES:
        at = tell.office(at + int(pause / tell.rep.cadence * DAY * (0.6 + 0.8 * tell.rng.random())))
        if at > min(until, tell.horizon - HOUR) or not tell.chance(0.93):
            break
        if _attempt(tell, at):
            talked = talked or at
            if tell.chance(0.55):
                break
    if talked is None and tell.chance(0.5):
        tell.worked(at + HOUR, "note", "gave_up")
    return talked


def _first_steps(tell: Teller) -> None:
    """What the agency does for every lead it takes on: a task for the owner and, mostly, a first mail."""
    due = tell.office(tell.created + 2 * HOUR)
    if tell.chance(0.8):
        tell.worked(due, "task", "done" if due <= tell.horizon else "open", made=tell.created + MINUTE)
    if tell.chance(0.7):
        tell.worked(tell.created + 3 * MINUTE, "email_out", "welcome")


def _attempt(tell: Teller, at: int) -> bool:
    """One call, and what is left behind when nobody answers; true when they talked."""
    outcome = _who_answers(tell)
    talked = outcome == "connected"
    seconds = 40 + int(tell.rng.expovariate(1 / (90 + 420 * tell.intent))) if talked else int(tell.rng.random() * 35)
    tell.worked(at, "call_out", outcome, seconds)
    if talked:
        _after_a_talk(tell, at + seconds * 1000)
    elif tell.chance(0.5):
        tell.worked(at + 4 * MINUTE, "email_out", "missed_you")
        if tell.chance(0.02 + 0.2 * tell.intent):
            tell.worked(tell.office(at + int(tell.rng.expovariate(1 / 9) * HOUR)), "email_in", "reply")
    elif tell.chance(0.4):
        _texts(tell, at + 6 * MINUTE)
    if not talked and tell.chance(0.22):
        tell.worked(at + 8 * MINUTE, "note", "no_luck")
    return talked


def _who_answers(tell: Teller) -> str:
    roll = tell.rng.random()
    if roll < 0.10 + 0.42 * tell.intent:
        return "connected"
    if roll > 0.985:
        return "wrong_number"
    if roll > 0.955:
        return "busy"
    if roll > 0.93:
        return "live_message"
    return "voicemail" if tell.chance(0.5) else "no_answer"


def _texts(tell: Teller, at: int) -> None:
    tell.worked(at, "sms_out", "reach_out")
    if tell.chance(0.05 + 0.4 * tell.intent):
        tell.worked(at + int(tell.rng.expovariate(1 / 70) * MINUTE) + MINUTE, "sms_in", "reply")


def _after_a_talk(tell: Teller, at: int) -> None:
    if tell.chance(0.75):
        tell.worked(at + 3 * MINUTE, "note", "talked")
    if tell.chance(0.7):
        due = tell.office(at + (1 + int(tell.rng.random() * 6)) * DAY)
        tell.worked(due, "task", "done" if due <= tell.horizon and tell.chance(0.85) else "open", made=at + 4 * MINUTE)
    if tell.chance(0.5):
        tell.worked(at + 9 * MINUTE, "email_out", "summary")
        if tell.chance(0.1 + 0.5 * tell.intent):
            tell.worked(at + int(tell.rng.expovariate(1 / 8) * HOUR) + HOUR, "email_in", "thanks")
    if tell.chance(0.12 * tell.intent):
        tell.worked(tell.office(at + 2 * DAY), "call_in", "connected" if tell.chance(0.7) else "missed", 180)


def meet(tell: Teller, talked: int) -> bool:
    """A meeting after the talk, perhaps; true when it was held."""
    if not tell.chance(0.06 + 0.6 * tell.intent**1.4):
        return False
    booked = talked + 5 * MINUTE
    at = tell.office(booked + (1 + int(tell.rng.random() * 7)) * DAY)
    if at > tell.horizon:
        tell.worked(at, "meeting", "scheduled", 1_800, booked)
        return False
    roll = tell.rng.random()
    if roll < 0.14 - 0.08 * tell.intent:
        tell.worked(at, "meeting", "no_show", 1_800, booked)
        tell.worked(at + HOUR, "sms_out", "missed_meeting")
        return False
    if roll < 0.22:
        tell.worked(at, "meeting", "canceled" if tell.chance(0.6) else "rescheduled", 1_800, booked)
        return False
    tell.worked(at, "meeting", "held", 1_800, booked)
    tell.worked(at + 40 * MINUTE, "note", "met")
    return True


def work_the_case(tell: Teller, since: int, until: int) -> None:
    """Back and forth while an application is open: this is where some records grow long."""
    at = since
    while True:
        at = tell.office(at + int(tell.rng.expovariate(1 / 1.5) * DAY) + HOUR)
        if at > min(until, tell.horizon):
            return
        roll = tell.rng.random()
        if roll < 0.3:
            tell.worked(at, "email_out", "documents")
            if tell.chance(0.3 + 0.5 * tell.intent):
                tell.worked(at + int(tell.rng.expovariate(1 / 10) * HOUR) + HOUR, "email_in", "documents")
        elif roll < 0.55:
            _attempt(tell, at)
        elif roll < 0.72:
            tell.worked(at, "note", "case")
        elif roll < 0.86:
            _texts(tell, at)
        else:
            due = tell.office(at + 2 * DAY)
            tell.worked(due, "task", "done" if due <= tell.horizon else "open", made=at)
