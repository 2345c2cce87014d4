"""Who somebody is: place, age, household, work. Drawn once per person, however often the person is in the book."""

from __future__ import annotations

from datetime import date
from random import Random

from adapters.sandbox.people.business import business, pool_size
from adapters.sandbox.people.draw import Table, between, one_of, thousands
from adapters.sandbox.people.lines import LINES, ProductLine
from adapters.sandbox.people.names import FIRST_NAMES, LAST_NAMES
from adapters.sandbox.people.person import Business, Identity
from adapters.sandbox.people.places import PLACES_OF, STATE_SHARES, Place

_LINE = Table(LINES, [line.share for line in LINES])
_STATE = Table(tuple(STATE_SHARES), tuple(STATE_SHARES.values()))
_JOBS = (
    "Teacher",
    "Registered Nurse",
    "Software Developer",
    "Truck Driver",
    "Accountant",
    "Electrician",
    "Sales Manager",
    "Office Manager",
    "Police Officer",
    "Physical Therapist",
    "Warehouse Lead",
    "Dental Hygienist",
)
_OWNER_JOBS = ("Owner", "Owner", "Owner", "President", "Office Manager", "Operations Manager", "CFO", "Foreman")


def identity(rng: Random, seed: int, leads: int, today: date) -> Identity:
    """Draws a person. `leads` sizes the pool of employers, `today` turns the age into a date of birth."""
    line = _LINE.pick(rng)
    employer = _employer(rng, seed, leads, line)
    place = employer.place if employer else one_of(rng, PLACES_OF[_STATE.pick(rng)])
    age = _age(rng, line)
    homeowner = rng.random() < (1.0 if line.key == "home" else min(0.85, 0.15 + age / 90))
    return Identity(
        first_name=one_of(rng, FIRST_NAMES),
        last_name=one_of(rng, LAST_NAMES),
        place=place,
        zip=one_of(rng, place.zips),
        age=age,
        born=_born(rng, age, today),
        line=line,
        income=thousands(line.income_median * rng.lognormvariate(0, 0.42)),
        homeowner=homeowner,
        dependents=_dependents(rng, age),
        property_value=thousands(rng.lognormvariate(12.75, 0.38)) if homeowner else 0,
        vehicles=between(rng, 1, 3) if rng.random() < 0.9 else 4,
        insured=rng.random() < (0.35 if line.key in {"term_life", "whole_life"} else 0.78),
        coverage=one_of(rng, line.coverages) if line.coverages else 0,
        phone=_phone(rng, place),
        job_title=_job(rng, age, employer),
        business=employer,
    )


def _employer(rng: Random, seed: int, leads: int, line: ProductLine) -> Business | None:
    if line.key != "commercial_general_liability":
        return None
    return business(seed, int(rng.random() * pool_size(leads)))


def _age(rng: Random, line: ProductLine) -> int:
    """Most are near the middle of the line's curve; one in six is anybody."""
    low, high = line.age_range
    if rng.random() < 0.16:
        return between(rng, low, high)
    return min(high, max(low, round(rng.gauss(line.age_mean, line.age_spread))))


def _born(rng: Random, age: int, today: date) -> tuple[int, int, int]:
    month, day = between(rng, 1, 12), between(rng, 1, 28)
    birthday_over = (month, day) <= (today.month, today.day)
    return today.year - age - (0 if birthday_over else 1), month, day


def _dependents(rng: Random, age: int) -> int:
    return between(rng, 0, 4) if 26 <= age <= 55 else between(rng, 0, 1)


def _phone(rng: Random, place: Place) -> str:
    """Ten digits that ring nowhere: 555-0100 to 555-0199 are kept free for stories."""
    return f"{place.area_code}55501{between(rng, 0, 99):02d}"


def _job(rng: Random, age: int, employer: Business | None) -> str:
    if employer:
        return one_of(rng, _OWNER_JOBS)
    if age >= 67 and rng.random() < 0.8:
        return "Retired"
    return one_of(rng, _JOBS) if rng.random() < 0.6 else ""
