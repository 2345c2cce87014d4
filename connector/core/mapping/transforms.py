"""From a CRM's string to a canonical value. Nothing here raises: what cannot be read is None.

A transform is applied to whatever people, imports and forms left in a field, so each one is tolerant of the usual
ways to write a thing (``$85k``, ``TX ``, ``06/02/1984``) and strict about the rest. Applied to its own output, a
transform gives the same value again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from connector.core.states import STATES
from connector.core.types import FieldValue

Read = Callable[[str], FieldValue | None]

TEXT_LIMIT = 255
"""Characters kept of a text; nothing a score looks at is longer."""
_READ_LIMIT = 4 * TEXT_LIMIT
"""Characters looked at. A HubSpot property may hold 65,536; the rest of such a text says nothing to us."""

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""Control characters, zero-width marks, direction overrides and lone surrogates, which no database takes."""
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_MARKS = re.compile(r"[\W_]+")


def normal(text: str) -> str:
    """The form in which options are compared: without case, spaces, hyphens and other marks.

    Between digits a mark stays, as a hyphen: the band ``1-5`` is not 15.
    """
    return _MARKS.sub(_hyphen_between_digits, text[:_READ_LIMIT].casefold())


def _hyphen_between_digits(mark: re.Match[str]) -> str:
    start, end = mark.span()
    return "-" if mark.string[start - 1 : start].isdigit() and mark.string[end : end + 1].isdigit() else ""


# ------------------------------------------------------------------------------------------------------------- texts


def read_text(text: str) -> str | None:
    """Text on one line, without tags and control characters, at most 255 characters long."""
    text = text[:_READ_LIMIT]
    if not text.isprintable():
        text = _INVISIBLE.sub(" ", text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    return " ".join(text.split())[:TEXT_LIMIT].rstrip() or None


def read_lower(text: str) -> str | None:
    """Text in lower case with spaces for underscores: HubSpot keeps industries as ``COMPUTER_SOFTWARE``."""
    return read_text(text[:_READ_LIMIT].replace("_", " ").lower())


_COUNTY = re.compile(r"(?:\s+(?:county|parish|borough))+$", re.IGNORECASE)


def read_county(text: str) -> str | None:
    """The name of a county without the word itself: ``Travis County`` is Travis."""
    name = read_text(text)
    return _COUNTY.sub("", name) if name else None


# ----------------------------------------------------------------------------------------------------------- numbers

_DIGITS = r"-?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,2})?"
AMOUNT = rf"(?:usd|us\$|\$)?\s*({_DIGITS})\s*(k|thousand|mm?|mil|million|b|bn|billion)?"
"""An expression for an amount in small letters, with the groups digits and scale."""
_UNIT = r"(?:years?(?:\s+old)?|yrs?|usd|dollars?|people|employees|persons?|vehicles?|cars?|children|kids)?"
_RATE = r"(?:(?:per|a|/)\s*(?:year|yr|annum)|annually|yearly|p\.?a\.?)?"
_BEFORE = (
    r"(?P<under>under|below|less than|up to|<=?)?\s*"
    r"(?:over|above|more than|at least|between|from|about|approx\.?|~|>=?)?"
)
_NUMBER = re.compile(
    rf"{_BEFORE}\s*{AMOUNT}\s*(?:\+|and (?:more|over|up|above)|or more)?"
    rf"(?:\s*(?:-|–|—|to|and)\s*{AMOUNT})?\s*\+?\s*{_UNIT}\s*{_RATE}",
    re.ASCII,
)
_SCALE = {"k": 1e3, "t": 1e3, "m": 1e6, "b": 1e9}
_LARGEST = 1e15


def read_number(text: str) -> int | float | None:
    """A number as people write it: ``$85k``, ``85,000``, ``1.2M``, ``42 years``.

    A band gives its lower end (``100k-150k``, ``1-5``, ``1000+``), a band without one gives 0 (``under 25k``).
    """
    if len(text) < 16 and text.isascii() and text.isdigit():
        return int(text)
    return None if len(text) > 100 else _number_in(" ".join(text.lower().split()))


def _number_in(text: str) -> int | float | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    if found["under"]:
        return 0
    value = _scaled(found[2], found[3] or _scale_of_band(found[2], found[4], found[5]))
    if found[4] and _scaled(found[4], found[5]) < value:
        return None  # 555-0142 is no band
    return None if abs(value) > _LARGEST else int(value) if value.is_integer() else value


def _scaled(digits: str, scale: str | None) -> float:
    return float(digits.replace(",", "")) * (_SCALE[scale[0]] if scale else 1.0)


def _scale_of_band(low: str, high: str | None, scale: str | None) -> str | None:
    """In ``100-150k`` the k is meant for both ends; in ``500-1m`` it cannot be (500 million is above 1 million)."""
    if not (high and scale):
        return None
    return scale if float(low.replace(",", "")) < float(high.replace(",", "")) else None


# ----------------------------------------------------------------------------------------------------- yes and no

_BOOLEANS = dict.fromkeys(("true", "yes", "y", "1", "on", "t", "x", "checked"), True) | dict.fromkeys(
    ("false", "no", "n", "0", "off", "f", "unchecked"), False
)


def read_boolean(text: str) -> bool | None:
    """Yes or no, as a check box (``true``), a form (``Yes``) or an import (``Y``, ``1``) leaves it."""
    return _BOOLEANS.get(text if len(text) > 20 else text.strip().lower())


# -------------------------------------------------------------------------------------------------------------- dates

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].{0,30})?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})", re.ASCII)
_US = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 1880, 2150


def read_filled(text: str) -> bool | None:
    """Yes wherever anything stands: of a bounce or an opt-out many a CRM keeps only the date."""
    return True if text.strip() else None


def read_date(text: str) -> str | None:
    """A day as ``2026-11-22``, from that, an ISO time, ``20261122``, ``11/22/2026`` or milliseconds since 1970.

    HubSpot's date properties are midnight UTC, on older paths as milliseconds:
    https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide
    """
    if len(text) > 60:
        return None
    day = _day_in(text.strip())
    return day.isoformat() if day and _FIRST_YEAR <= day.year <= _LAST_YEAR else None


def _day_in(text: str) -> date | None:
    try:
        if iso := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if us := _US.fullmatch(text):
            return date(int(us[3]), int(us[1]), int(us[2]))
        if _is_milliseconds(text):
            return (_EPOCH + timedelta(milliseconds=int(text))).date()
    except (ValueError, OverflowError):
        return None
    return None


def _is_milliseconds(text: str) -> bool:
    digits = text.removeprefix("-")
    return 6 < len(digits) < 16 and digits.isascii() and digits.isdigit()


def read_time(text: str) -> int | None:
    """A moment as whole seconds since 1970 UTC, from an ISO time or from milliseconds. Without a zone it is UTC."""
    text = text[:60].strip()
    try:
        if _is_milliseconds(text):
            return int(text) // 1000
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


# ------------------------------------------------------------------------------------------------------------- places

_BY_NAME = {normal(name): code for code, name in STATES.items()} | {normal(code): code for code in STATES}
_ZIP = re.compile(r"(\d{5})(?:[- ]?\d{4})?", re.ASCII)


def read_state(text: str) -> str | None:
    """A US state or territory as its postal code, from the code or the name in any case (``tx``, ``Texas``)."""
    return _BY_NAME.get(normal(text)) if len(text) < 100 else None


def read_zip(text: str) -> str | None:
    """The five digits of a ZIP or ZIP+4 code. Fewer digits are not completed: nobody knows which one is lost."""
    found = _ZIP.fullmatch(text.strip()) if len(text) < 40 else None
    return found[1] if found else None
