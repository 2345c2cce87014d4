"""Employers that want commercial cover: a small shared pool, so that several leads may work for one."""

from __future__ import annotations

from functools import lru_cache
from random import Random

from adapters.sandbox.people.draw import Table, between, one_of, thousands
from adapters.sandbox.people.names import BUSINESS_FIRST
from adapters.sandbox.people.person import Business
from adapters.sandbox.people.places import PLACES_OF, STATE_SHARES

_TRADES = (
    ("construction", ("Builders", "Contracting", "Framing", "Concrete"), 22),
    ("plumbing and heating", ("Plumbing", "Heating & Air", "Mechanical"), 13),
    ("landscaping", ("Landscaping", "Tree Care", "Lawn & Garden"), 12),
    ("restaurants", ("Kitchen", "Grill", "Bakery", "Coffee House"), 14),
    ("retail", ("Hardware", "Outfitters", "Home Goods"), 12),
    ("auto repair", ("Auto Care", "Collision", "Tire & Brake"), 9),
    ("cleaning services", ("Cleaning", "Janitorial"), 8),
    ("professional services", ("Consulting", "Accounting", "Design"), 10),
)
_TRADE = Table(_TRADES, [share for _, _, share in _TRADES])
_STATE = Table(tuple(STATE_SHARES), tuple(STATE_SHARES.values()))


def pool_size(leads: int) -> int:
    """How many employers a book of so many leads knows."""
    return max(3, leads * 8 // 100)


@lru_cache(maxsize=4096)
def business(seed: int, number: int) -> Business:
    """The employer with this number; the same for everybody who asks."""
    rng = Random(f"{seed}/business/{number}")  # noqa: S311 - made-up data, not secrets
    industry, kinds, _ = _TRADE.pick(rng)
    place = one_of(rng, PLACES_OF[_STATE.pick(rng)])
    first, kind = one_of(rng, BUSINESS_FIRST), one_of(rng, kinds)
    employees = max(1, int(rng.lognormvariate(2.3, 1.1)))
    return Business(
        number=number,
        name=f"{first} {kind} {one_of(rng, ('LLC', 'Inc.', 'Co.', 'Group'))}",
        domain=f"{first}-{kind}-{number}.example".lower().replace(" & ", "-").replace(" ", "-"),
        industry=industry,
        employees=employees,
        revenue=thousands(employees * rng.lognormvariate(11.6, 0.5)),
        years=between(rng, 0, 12) + (between(rng, 0, 30) if rng.random() < 0.4 else 0),
        place=place,
        phone=f"({place.area_code}) 555-01{between(rng, 0, 99):02d}",
    )
