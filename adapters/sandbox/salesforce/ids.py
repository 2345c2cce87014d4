"""Record ids: fifteen characters that tell upper from lower case, and three that check them.

An id is a three-character prefix that names the object, the server's pod, a reserved character and a serial number to
the base of 62. The last three characters say which of the first fifteen are upper case, so that the long form survives
software that ignores case (https://help.salesforce.com/s/articleView?id=000385203).
"""

from __future__ import annotations

import re

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_POD = "Hs0"
_SERIAL_LENGTH = 9
_SHORT, _LONG = 15, 18
_WELL_FORMED = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")


def make_id(prefix: str, serial: int) -> str:
    """The 18-character id of an object's nth record. Ids rise with the serial, compared byte by byte."""
    digits = ""
    while serial:
        serial, digit = divmod(serial, 62)
        digits = _DIGITS[digit] + digits
    short = prefix + _POD + digits.rjust(_SERIAL_LENGTH, "0")
    return short + _check(short)


def to18(text: str) -> str | None:
    """The 18-character form of an id given in 15 or 18 characters; None when it is none.

    The vendor repairs the case of an 18-character id by its check characters; so does this.
    """
    if not _WELL_FORMED.fullmatch(text):
        return None
    if len(text) == _SHORT:
        return text + _check(text)
    return _repaired(text)


def prefix_of(id: str) -> str:
    """The three characters that name the object, "00Q" for a lead."""
    return id[:3]


def serial_of(id: str) -> int:
    """The serial number an id of this org was made of."""
    serial = 0
    for character in id[len("00Q") + len(_POD) : _SHORT]:
        serial = serial * len(_DIGITS) + _DIGITS.index(character)
    return serial


def _check(short: str) -> str:
    return "".join(_check_character(short[start : start + 5]) for start in (0, 5, 10))


def _check_character(five: str) -> str:
    return _CHECKS[sum(1 << place for place, character in enumerate(five) if "A" <= character <= "Z")]


def _repaired(text: str) -> str | None:
    checks = text[_SHORT:].upper()
    if any(character not in _CHECKS for character in checks):
        return None
    short = "".join(_recased(text[start * 5 : start * 5 + 5], _CHECKS.index(checks[start])) for start in range(3))
    return short + checks if _check(short) == checks else None


def _recased(five: str, upper: int) -> str:
    return "".join(
        character.upper() if upper >> place & 1 else character.lower() for place, character in enumerate(five)
    )
