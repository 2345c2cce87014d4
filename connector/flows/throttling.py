"""Attempts to sign in become slower the more of them fail, by whom they are for and by where they come from.

Nobody is locked out for good: a wait ends after a quarter of an hour at most, a good attempt starts anew, and a browser
in which the person signed in before has a count of its own, so that a stranger who guesses does not keep them out.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import NamedTuple

import sqlalchemy as sa

from connector.flows.services import Services
from connector.store import throttle

FREE, FREE_BY_ADDRESS = 5, 30
"""Attempts that fail without a wait: for one person, and from one address, behind which a whole office may sit."""
FIRST, LONGEST = 15, 900
"""Seconds: the first wait, twice as long each time, and the longest."""


class Attempt(NamedTuple):
    """An attempt that was counted, by its keys."""

    person: str
    address: str


class Wait(Exception):
    """No attempt is taken now; the text says for how long."""

    def __init__(self, seconds: int) -> None:
        minutes = -(-seconds // 60)
        long = f"{seconds} seconds" if seconds < 60 else f"{minutes} minute{'s' if minutes > 1 else ''}"
        super().__init__(f"Too many attempts failed. Wait {long}, then try again; nothing is locked.")
        self.seconds = seconds


def attempt(svc: Services, email: str, address: str, *, known: bool) -> Attempt:
    """Counts an attempt before it is looked at, so that many at once are counted too. Raises `Wait`.

    `known`: the browser proved that this person signed in there before.
    """
    made = Attempt(_key("known" if known else "person", email), _key("address", address))
    now = svc.now()
    with svc.store.write() as conn:
        # Keys in order: two attempts that wait for each other's rows would wait for ever.
        if until := throttle.closed_until(conn, made, now):
            raise Wait(until - now)
        for key in sorted(made):
            free = FREE if key == made.person else FREE_BY_ADDRESS
            if not throttle.count(conn, key, now, partial(wait_after, free=free)):
                raise Wait(FIRST)
    return made


def good(conn: sa.Connection, made: Attempt, now: int) -> None:
    """The attempt was a good one."""
    throttle.forget(conn, made.person, now)
    throttle.take_back(conn, made.address)


def wait_after(failures: int, free: int) -> int:
    """Seconds to wait after so many, of which some are free."""
    beyond = failures - free
    return 0 if beyond < 0 else min(FIRST * 2 ** min(beyond, 10), LONGEST)


def _key(what: str, of: str) -> str:
    """Digests, so that a copy of the table tells nobody who lives here."""
    return hashlib.sha256(f"{what} {of}".encode()).hexdigest()
