"""What people may not be scored by, what stands in for it, and where that is written.

A name is judged by whole words: "sex" is not in "Essex", nor "race" in "trace". Sources are the NAIC model bulletin
on AI (December 2023), which names marketing and sales, and Colorado's SB21-169. Not legal advice: a carrier's contract
or a state may ask for more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from connector.core.protected_words import RULES, Rule

PROXIES: Mapping[str, str] = {
    "household_income": "Income goes together with race and national origin",
    "zip": "A ZIP code goes together with race and national origin",
    "county": "A county goes together with race and national origin",
    "city": "A city goes together with race and national origin",
    "dependents": "Having children is protected where housing is concerned",
}
"""Fields of ours that are allowed, but can stand in for a protected attribute."""


class Ruling(StrEnum):
    """What may be done with a property."""

    ALLOWED = "allowed"
    WARNED = "warned"
    """Allowed, and a person should know what it stands in for."""
    REFUSED = "refused"
    """No score may read it."""


class Verdict(NamedTuple):
    """A ruling with its reason and source in words; both are empty where nothing speaks against the property."""

    ruling: Ruling
    reason: str = ""
    source: str = ""
    certainty: str = ""
    """How sure the source is: ``high``, ``medium``, or ``our own caution``."""

    @property
    def refused(self) -> bool:
        """Whether no score may read it."""
        return self.ruling is Ruling.REFUSED

    @property
    def warned(self) -> bool:
        """Whether it is allowed with a warning."""
        return self.ruling is Ruling.WARNED


ALLOWED = Verdict(Ruling.ALLOWED)

_LOOKED_AT = 200
"""Characters of a name that are looked at."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FILLERS = frozenset(
    {"a", "an", "c", "client", "contact", "contacts", "current", "custom", "customer", "field", "hs", "insured", "is"}
    | {"lead", "leads", "my", "of", "or", "our", "person", "primary", "prospect", "s", "the", "their", "value", "your"}
)
"""Words that do not change what a name is about."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of an API name or a label in lower case: ``MaritalStatus__c`` is marital, status, c."""
    plain = unicodedata.normalize("NFKC", text[:_LOOKED_AT])
    return tuple(re.findall(r"[^\W\d_]+|\d+", _HUMP.sub(" ", plain).casefold()))


@lru_cache(maxsize=4096)
def judge(name: str, label: str = "") -> Verdict:
    """May people be scored by a property of this API name and label? The stricter of both names decides."""
    texts = [words for words in (words_of(name), words_of(label)) if words]
    context = frozenset(word for words in texts for word in words)
    for rule, pattern in _PATTERNS:
        if context & rule.unless:
            continue
        if any(pattern.search(_plain(words)) for words in texts):
            return Verdict(Ruling(rule.ruling), rule.reason, rule.source, rule.certainty)
    return ALLOWED


def _plain(words: tuple[str, ...]) -> str:
    """The words between blanks; the whole of it, without fillers, between bars."""
    bare = [word for word in words if word not in _FILLERS]
    return f" {' '.join(words)} |{' '.join(bare)}|"


def _pattern(rule: Rule) -> re.Pattern[str]:
    """Any phrase of the rule as whole words, also written together; one that begins with = must be all there is."""
    parts = []
    for phrase in rule.phrases:
        words = " ?".join(map(re.escape, phrase.removeprefix("=").split()))
        parts.append(rf"\|{words}\|" if phrase.startswith("=") else f" {words} ")
    return re.compile("|".join(parts))


_PATTERNS = tuple((rule, _pattern(rule)) for rule in RULES)
