"""The book: one lead after the other, each from its own random stream, none remembered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from random import Random

from adapters.sandbox.people.agency import REPS, SOURCES, Source
from adapters.sandbox.people.clock import DAY, MINUTE
from adapters.sandbox.people.draw import Table, between
from adapters.sandbox.people.identity import identity
from adapters.sandbox.people.person import Identity, Person
from adapters.sandbox.people.places import LICENSED
from adapters.sandbox.people.story import tell_story
from adapters.sandbox.people.teller import Teller
from adapters.sandbox.people.typing_in import typed

STORY_DAYS = 120
"""How many days of the reps' own records the book holds."""

_SOURCE = Table(SOURCES, [source.share for source in SOURCES])
_REP = Table(range(len(REPS)), (20, 19, 18, 17, 14, 12, 0))
_LEFT = len(REPS) - 1


def people(leads: int, seed: int, as_of: datetime) -> Iterator[Person]:
    """Exactly `leads` entries, the same for the same arguments whatever the process. `as_of` must be aware.

    Raises `ValueError` for a naive `as_of` or a number of leads below zero.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of needs a time zone: give an aware datetime.")
    if leads < 0:
        raise ValueError("The number of leads cannot be below zero.")
    book = Book(leads, seed, as_of)
    return (book.person(number) for number in range(leads))


def archived_numbers(leads: int, seed: int) -> list[int]:
    """Numbers of the entries somebody put in the bin, about one in a hundred, ascending."""
    rng = Random(f"{seed}/archived")  # noqa: S311 - made-up data, not secrets
    return sorted({int(rng.random() * leads) for _ in range(leads // 100)})


class Book:
    """What all entries have in common."""

    def __init__(self, leads: int, seed: int, as_of: datetime) -> None:
        self.leads = leads
        self.seed = seed
        self.today: date = as_of.astimezone(UTC).date()
        self.horizon = int(as_of.timestamp()) * 1000
        self._archived = frozenset(archived_numbers(leads, seed))

    def person(self, number: int) -> Person:
        """The entry with this number, from 0."""
        rng = Random(f"{self.seed}/{number}")  # noqa: S311 - made-up data, not secrets
        twin_of, who = self._who(rng, number)
        source: Source = _SOURCE.pick(rng)
        pressed = _pressed(rng, source, who)
        intent = _intent(rng, source, pressed)
        created = self._created(rng, pressed)
        rep = _LEFT if created < self.horizon - 200 * DAY and rng.random() < 0.25 else _REP.pick(rng)
        tell = Teller(rng, who, intent, source.key, REPS[rep])
        entered = typed(rng, who, number, listed=source.key == "purchased_list")
        tell.reachable(email=bool(entered.email), phone=bool(entered.phone))
        tell.span(created, self.horizon - STORY_DAYS * DAY, self.horizon)
        sale = tell_story(tell)
        return Person(
            number=number,
            identity=who,
            typed=entered,
            source=source.key,
            intent=intent,
            rep=rep,
            created=created,
            renewal_day=self._renewal(rng, who),
            do_not_contact=rng.random() < 0.012,
            acts=tuple(tell.acts),
            sale=sale,
            twin_of=twin_of,
            merged=_merged(rng),
            archived=number in self._archived,
            in_import=rng.random() < 0.22,
        )

    def _who(self, rng: Random, number: int) -> tuple[int | None, Identity]:
        """Somebody new, or, for one entry in forty, somebody the book holds already."""
        if number and rng.random() < 0.026:
            earlier = int(rng.random() * number)
            first = Random(f"{self.seed}/{earlier}")  # noqa: S311
            twin_of, who = self._who(first, earlier)
            return (earlier if twin_of is None else twin_of), who
        return None, identity(rng, self.seed, self.leads, self.today)

    def _created(self, rng: Random, pressed: bool) -> int:
        """Four in five came within the days of the story, more of them lately; the rest up to fourteen months ago."""
        lately = rng.random() < (0.92 if pressed else 0.78)
        age = STORY_DAYS * rng.random() ** (1.7 if pressed else 1.45) if lately else STORY_DAYS + 300 * rng.random()
        return self.horizon - int(age * DAY) - 30 * MINUTE

    def _renewal(self, rng: Random, who: Identity) -> int | None:
        if not who.insured or rng.random() < 0.35:
            return None
        return self.horizon // DAY + between(rng, -20, 360)


def _pressed(rng: Random, source: Source, who: Identity) -> bool:
    """Whether life presses: a new house, a birth, a birthday. Advertising reaches those the agency can serve best."""
    low, high = who.line.ideal_ages
    served = low <= who.age <= high and who.place.state in LICENSED
    return source.key != "purchased_list" and rng.random() < (0.23 if served else 0.09)


def _intent(rng: Random, source: Source, pressed: bool) -> float:
    """How much the lead wants to buy, 0 to 1."""
    intent = rng.betavariate(*source.intent)
    return 1 - (1 - intent) * 0.25 if pressed else intent


def _merged(rng: Random) -> tuple[int, ...]:
    roll = rng.random()
    return (1, 2) if roll < 0.002 else (1,) if roll < 0.012 else ()
