"""How alike names are: by their words, and by their letters where somebody mistyped or shortened one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from connector.core.protected import words_of

NEAR = 0.6
"""Names less alike than this say nothing."""
_SAME_LETTERS = 0.74
"""From this share of common letter pairs on, two names are one name with a slip of the key."""
_FILLERS = frozenset(
    {
        "a",
        "an",
        "c",
        "client",
        "contact",
        "current",
        "custom",
        "customer",
        "field",
        "for",
        "hs",
        "insured",
        "lead",
        "my",
    }
    | {"number", "num", "of", "or", "person", "primary", "property", "prospect", "s", "the", "their", "value", "your"}
)
"""Words that do not tell one property from another."""

Matrix = npt.NDArray[np.float32]


@lru_cache(maxsize=8192)
def telling(text: str) -> frozenset[str]:
    """The words of a name that tell what it is about; all of them where none does."""
    words = frozenset(words_of(text))
    return words - _FILLERS or words


def likeness(asked: Sequence[str], given: Sequence[str]) -> Matrix:
    """How alike each asked name (row) is to each given one (column), from 0 to 1; what is not near is 0."""
    found = _letters(asked, given)
    found[found < _SAME_LETTERS] = 0
    places = defaultdict(list)
    words = [telling(text) for text in given]
    for place, own in enumerate(words):
        for word in own:
            places[word].append(place)
    for row, text in enumerate(asked):
        wanted = telling(text)
        for place in {place for word in wanted for place in places[word]}:
            found[row, place] = max(found[row, place], _of_words(wanted, words[place]))
    found[found < NEAR] = 0
    return found


def _of_words(wanted: frozenset[str], own: frozenset[str]) -> float:
    """The share of common words; more where one only says more than the other. A single word says too little for that.

    An annual household income is a household income; the age of a roof is no age.
    """
    share = len(wanted & own) / len(wanted | own)
    more = (wanted <= own or own <= wanted) and min(len(wanted), len(own)) > 1
    return 0.4 + 0.6 * share if more else share


def _letters(asked: Sequence[str], given: Sequence[str]) -> Matrix:
    """Twice the common pairs of letters by all pairs (Dice), where names are long enough to compare."""
    pairs = [_pairs(text) for text in (*asked, *given)]
    places = {pair: place for place, pair in enumerate(sorted({pair for own in pairs for pair in own}))}
    table = np.zeros((len(pairs), len(places) or 1), dtype=np.float32)
    for row, own in enumerate(pairs):
        table[row, [places[pair] for pair in own]] = 1
    one, other = table[: len(asked)], table[len(asked) :]
    sums = one.sum(axis=1)[:, None] + other.sum(axis=1)[None, :]
    alike: Matrix = np.divide(2 * (one @ other.T), sums, out=np.zeros_like(sums), where=sums > 0)
    return alike


@lru_cache(maxsize=8192)
def _pairs(text: str) -> frozenset[str]:
    """Pairs of neighbouring letters of the telling words; none of a short name, where one letter is too much."""
    letters = "".join(word for word in words_of(text) if word not in _FILLERS)
    return frozenset(a + b for a, b in pairwise(letters)) if len(letters) > 5 else frozenset()
