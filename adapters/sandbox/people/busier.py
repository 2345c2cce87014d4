"""A busier agency: more logged work with every lead than the stories tell, for load tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from adapters.sandbox.people.book import STORY_DAYS
from adapters.sandbox.people.clock import DAY, MINUTE
from adapters.sandbox.people.draw import between, one_of
from adapters.sandbox.people.person import Act, Person

MOST_EXTRA = 500
"""Ids leave room for a thousand acts a lead, and the busiest story takes some hundred of them."""

_NOTES = (("note", "looked_in"), ("note", "no_luck"), ("note", "talked"))
_CALLS = (("call_out", "no_answer"), ("call_out", "voicemail"), ("call_out", "connected"))
_EMAILS = (("email_out", "check_in"), ("email_out", "summary"), ("email_in", "reply"))


def with_extra(person: Person, extra: int, seed: int, horizon: int) -> Person:
    """The same person with `extra` more calls, e-mails and notes between their arrival and `horizon` (milliseconds).

    They come from a random stream of their own, so the rest of the book stays as it is without them.
    """
    if not extra:
        return person
    return replace(person, acts=tuple(sorted([*person.acts, *_extra(person, extra, seed, horizon)])))


def _extra(person: Person, extra: int, seed: int, horizon: int) -> Iterator[Act]:
    rng = Random(f"{seed}/{person.number}/extra")  # noqa: S311 - made-up data, not secrets
    occasions = _NOTES + (_CALLS if person.typed.phone else ()) + (_EMAILS if person.typed.email else ())
    since = max(person.created, horizon - STORY_DAYS * DAY)
    for _ in range(extra):
        kind, detail = one_of(rng, occasions)
        at = since + int(rng.random() * (horizon - since))
        seconds = between(rng, 1, 20) * MINUTE // 1000 if detail == "connected" else 0
        yield Act(at // 1000 * 1000, kind, detail, seconds)
