"""Passwords: which are taken, and how they are kept (argon2id with OWASP's parameters)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
LEFT = 6
"""Characters that must be left of a password without the words that anybody would try first."""
DIFFERENT = 5
"""Different characters that it must have at least."""
# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_TRIED_FIRST = (
    "password", "passwort", "passw0rd", "p@ssw0rd", "leadtier", "insurance", "welcome", "letmein", "iloveyou",
    "qwertyuiop", "qwerty", "asdfghjkl", "1q2w3e4r5t", "abcdefghijkl", "abcdef", "1234567890", "0987654321", "123456",
    "admin", "changeme",
)  # fmt: skip
_SHORTEST_WORD = 4


def problem(password: str, email: str, agency: str) -> str:
    """Why this password is not taken, as a sentence; empty when it is."""
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters; this has {len(password)}. Three or four random words are fine."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if len(set(password)) < DIFFERENT:
        return "This repeats a few characters. Use three or four random words."
    plain = left = password.lower()
    for word in sorted(_obvious(email, agency), key=len, reverse=True):
        left = left.replace(word, "")
    if left != plain and len(re.sub(r"[\W\d_]", "", left)) < LEFT:
        return "This is among the first that anybody would try: words such as “password”, the agency or your own name."
    return ""


def _obvious(email: str, agency: str) -> Iterator[str]:
    yield from _TRIED_FIRST
    own = f"{email} {agency}".lower()
    yield from (email.lower(), agency.lower().replace(" ", ""))
    yield from (word for word in re.split(r"[\W_]+", own) if len(word) >= _SHORTEST_WORD)


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _HASHER.hash(_one_way(password))


def fits(kept: str, password: str) -> bool:
    """Whether that is the password. Takes as long where none is kept, so that nobody learns who has an account."""
    instead = _nobodys()
    try:
        return _HASHER.verify(kept or instead, _one_way(password[:LONGEST])) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def is_dated(kept: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(kept)


def _one_way(password: str) -> str:
    """The same text however a keyboard composes it."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
