"""How facts end up in a CRM: typed by hand, by different people, with every mistake a real book holds."""

from __future__ import annotations

from random import Random

from adapters.sandbox.people.draw import Table, between, one_of
from adapters.sandbox.people.names import PLAIN
from adapters.sandbox.people.person import Identity, Typed
from adapters.sandbox.people.places import STATE_NAMES

_ABSURD_AGES = ("abc", "199", "forty-two", "0", "-5", "see notes", "20260", "?")
_NO_INCOMES = ("prefer not to say", "n/a", "unknown")
_IMPOSSIBLE_BIRTHS = ("1971-02-31", "02/31/1964", "1985-13-04", "00/00/0000")
_MAIL_DOMAINS = Table(("example.com", "example.org", "example.net"), (6, 2, 2))

_PHONE_STYLE = Table(
    ("({0}) {1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "{0}{1}{2}", "+1 {0} {1} {2}", "{1}-{2}", "{0} {1} {2} x12"),
    (50, 22, 6, 8, 8, 2, 1),
)
_INCOME_STYLE = Table(
    ("{income}", "{income:,}", "${thousands}k", "${income:,}", "{low}k-{high}k"),
    (42, 15, 17, 14, 12),
)
_ASKED = (
    ("line", 0.92),
    ("county", 0.86),
    ("homeowner", 0.74),
    ("dependents", 0.5),
    ("coverage", 0.62),
    ("property", 0.66),
    ("vehicles", 0.7),
    ("insured", 0.68),
    ("business", 0.85),
)
"""The facts a form or a rep asks for, and how often the answer is entered."""


def typed(rng: Random, who: Identity, number: int, listed: bool) -> Typed:
    """What was typed in. `number` keeps e-mail addresses apart; a `listed` lead came with a list and lacks more."""
    first, last = _shape_names(rng, who)
    return Typed(
        first_name=first,
        last_name=last,
        email=_email(rng, who, number),
        phone=_phone(rng, who.phone) if rng.random() < 0.94 else "",
        mobile=_phone(rng, who.phone) if rng.random() < 0.35 else "",
        state=_state(rng, who.place.state),
        zip=_zip(rng, who.zip),
        age=_age(rng, who.age, known=0.72 if listed else 0.92),
        born=_born(rng, who, known=0.08 if listed else 0.34),
        income=_income(rng, who.income, known=0.45 if listed else 0.74),
        known=tuple(fact for fact, share in _ASKED if rng.random() < share),
    )


def _shape_names(rng: Random, who: Identity) -> tuple[str, str]:
    roll = rng.random()
    if roll < 0.028:
        return who.first_name.upper(), who.last_name.upper()
    if roll < 0.04:
        return who.first_name.lower(), who.last_name.lower()
    if roll < 0.045:
        return f" {who.first_name} ", who.last_name
    return who.first_name, who.last_name


def _email(rng: Random, who: Identity, number: int) -> str:
    """Unique by its number, as HubSpot wants it; one lead in thirty gave none."""
    if rng.random() < 0.033:
        return ""
    first, last = PLAIN[who.first_name], PLAIN[who.last_name]
    local = one_of(rng, (f"{first}.{last}", f"{first[0]}{last}", f"{first}{last[0]}", f"{last}.{first}"))
    return f"{local}{number + 10}@{_MAIL_DOMAINS.pick(rng)}"


def _phone(rng: Random, digits: str) -> str:
    if rng.random() < 0.012:
        return one_of(rng, ("n/a", "none", "call the office", "555-01"))
    return _PHONE_STYLE.pick(rng).format(digits[:3], digits[3:6], digits[6:])


def _state(rng: Random, state: str) -> str:
    roll = rng.random()
    if roll < 0.88:
        return state
    if roll < 0.93:
        return STATE_NAMES[state]
    if roll < 0.95:
        return state.lower()
    if roll < 0.96:
        return STATE_NAMES[state].upper()
    return f"{state} " if roll < 0.965 else "" if roll < 0.99 else state


def _zip(rng: Random, zip_code: str) -> str:
    roll = rng.random()
    if roll < 0.9:
        return zip_code
    if roll < 0.95:
        return f"{zip_code}-{between(rng, 1000, 9899)}"
    return zip_code[:4] if roll < 0.955 else ""


def _age(rng: Random, age: int, known: float) -> str:
    roll = rng.random()
    if roll > known:
        return ""
    if roll < 0.012:
        return one_of(rng, _ABSURD_AGES)
    return f"{age} years" if roll < 0.02 else str(age)


def _born(rng: Random, who: Identity, known: float) -> str:
    roll = rng.random()
    if roll > known:
        return ""
    if roll < 0.008:
        return one_of(rng, _IMPOSSIBLE_BIRTHS)
    year, month, day = who.born
    return f"{month:02d}/{day:02d}/{year}" if roll < 0.05 else f"{year}-{month:02d}-{day:02d}"


def _income(rng: Random, income: int, known: float) -> str:
    if rng.random() > known:
        return ""
    if rng.random() < 0.015:
        return one_of(rng, _NO_INCOMES)
    low = income // 25_000 * 25
    return _INCOME_STYLE.pick(rng).format(income=income, thousands=income // 1000, low=low, high=low + 25)
