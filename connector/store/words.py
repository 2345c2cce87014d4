"""The words by which a lead is looked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

LONGEST_WORD, LONGEST_ADDRESS = 40, 80
_FROM = ("first_name", "last_name", "company", "email")


def words_of(fields: Mapping[str, Any]) -> set[str]:
    """Of a lead's names, company and e-mail address: small letters without marks, and the address as a whole."""
    email = str(fields.get("email", "")).lower()
    found = words_in(" ".join(str(fields.get(name, "")) for name in _FROM))
    return set(found) | ({email[:LONGEST_ADDRESS]} if email else set())


def words_in(text: str) -> list[str]:
    """The words of what somebody typed, spelled as `words_of` keeps them, in their order."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return [word[:LONGEST_WORD] for word in re.findall(r"\w+", plain.casefold())]
