"""Transforms an admin chooses for values that the usual ones leave out: none of them is applied by itself.

Like every transform they never raise, and give their own result again.
"""

from __future__ import annotations

import re
from datetime import date

from connector.core.mapping.transforms import AMOUNT, read_boolean, read_date, read_number, read_state, read_zip
from connector.core.states import STATES

_LOOKED_AT = 300
"""Characters looked at."""

# ----------------------------------------------------------------------------------------------------------- numbers

_IN_TEXT = re.compile(rf"(?<![\w.,/-]){AMOUNT}(?![\w/-]|[.,]\d)", re.ASCII)


def read_number_in_text(text: str) -> int | float | None:
    """The only number a text has: ``about 42 (est.)``, ``income: $85,000 before tax``. None where it has two."""
    plain = read_number(text)
    if plain is not None:
        return plain
    found = {read_number(part[0].strip()) for part in _IN_TEXT.finditer(text[:_LOOKED_AT].lower())}
    return found.pop() if len(found) == 1 else None


def read_thousands(text: str) -> int | float | None:
    """A number that counts thousands where it is below a thousand: an income of ``85`` is 85,000."""
    value = read_number(text)
    if value is None or not 1 <= value < 1000:
        return value
    scaled = value * 1000
    return int(scaled) if float(scaled).is_integer() else scaled


_ENDS = re.compile(rf"(?:between|from)?\s*{AMOUNT}\s*(?:-|–|—|to|and)\s*{AMOUNT}\s*\D*", re.ASCII)


def read_band_middle(text: str) -> int | float | None:
    """The middle of a band: ``$100k - $150k`` is 125,000; a number, or a band with one end, as it is."""
    low, found = read_number(text), _ENDS.fullmatch(" ".join(text[:100].lower().split()))
    if low is None or found is None:
        return low
    high = read_number(f"{found[3]}{found[4] or ''}")
    if high is None or high <= low:
        return low
    middle = (low + high) / 2
    return int(middle) if middle.is_integer() else middle


# ----------------------------------------------------------------------------------------------------- yes and no

_LEADING = re.compile(r"\s*(yes|no|true|false|y|n)\s*(?:[,;:.(\[/–—-].*)?", re.IGNORECASE | re.DOTALL)


def read_yes_no_text(text: str) -> bool | None:
    """Yes or no at the head of a text: ``Yes - verified``, ``No, rents``."""
    plain = read_boolean(text)
    if plain is not None:
        return plain
    found = _LEADING.fullmatch(text[:_LOOKED_AT])
    return read_boolean(found[1]) if found else None


def read_more_than_none(text: str) -> bool | None:
    """Yes where a number is above 0: how many cars somebody has says whether there is one."""
    plain = read_boolean(text)
    if plain is not None:
        return plain
    value = read_number(text)
    return None if value is None else value > 0


# -------------------------------------------------------------------------------------------------------------- dates

_PARTS = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_MONTH_FIRST = re.compile(rf"(?:[a-z]+,\s*)?{_MONTH}\s+{_DAY},?\s+(\d{{4}})", re.ASCII)
_DAY_BEFORE = re.compile(rf"(?:[a-z]+,\s*)?{_DAY}[\s-]+{_MONTH},?[\s-]+(\d{{4}})", re.ASCII)
_CENTURY_ENDS = 30
"""Of years in two digits, those below are of this century."""


def read_date_day_first(text: str) -> str | None:
    """A day as most of the world writes it: ``25/12/1984``."""
    found = _PARTS.fullmatch(text.strip()[:60])
    if found is None:
        return read_date(text)
    return _day(_year(found[3]), int(found[2]), int(found[1]))


def read_date_short_year(text: str) -> str | None:
    """An American day whose year may have two digits: ``6/2/84`` is in 1984, ``6/2/27`` in 2027."""
    found = _PARTS.fullmatch(text.strip()[:60])
    if found is None:
        return read_date(text)
    return _day(_year(found[3]), int(found[1]), int(found[2]))


def read_date_words(text: str) -> str | None:
    """A day with its month in English: ``Jun 2, 1984``, ``2 June 1984``."""
    plain = " ".join(text[:60].lower().split())
    if found := _MONTH_FIRST.fullmatch(plain):
        return _day(int(found[3]), _MONTHS.index(found[1]) + 1, int(found[2]))
    if found := _DAY_BEFORE.fullmatch(plain):
        return _day(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1]))
    return read_date(text)


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < _CENTURY_ENDS else 1900)


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return read_date(date(year, month, day).isoformat())
    except ValueError:
        return None


# ------------------------------------------------------------------------------------------------------------- places

_CODE = re.compile(rf"\b({'|'.join(STATES)})\b", re.ASCII)
_NAME = re.compile(rf"\b({'|'.join(sorted(STATES.values(), key=len, reverse=True))})\b", re.IGNORECASE)


def read_state_in_text(text: str) -> str | None:
    """The only state a text names: ``Austin, TX 78701``, ``TX - Texas``, ``US-TX``. None where it names two."""
    plain = read_state(text)
    if plain is not None:
        return plain
    for pattern in (_CODE, _NAME):
        found: set[str | None] = {read_state(name) for name in pattern.findall(text[:_LOOKED_AT])}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


_SHORT_ZIP = re.compile(r"(\d{3,4})(?:\.0)?(?:-\d{4})?", re.ASCII)


def read_zip_padded(text: str) -> str | None:
    """A ZIP code whose leading zeros a spreadsheet ate: ``2134`` is 02134."""
    plain = read_zip(text)
    if plain is not None:
        return plain
    found = _SHORT_ZIP.fullmatch(text.strip()[:40])
    return found[1].zfill(5) if found else None


_ZIP_INSIDE = re.compile(r"(?<![\d-])(\d{5})(?:-\d{4})?(?![\d-])", re.ASCII)


def read_zip_in_text(text: str) -> str | None:
    """The ZIP code at the end of an address: ``Austin, TX 78701``."""
    plain = read_zip(text)
    if plain is not None:
        return plain
    found: list[str] = _ZIP_INSIDE.findall(text[:_LOOKED_AT])
    return found[-1] if found else None
