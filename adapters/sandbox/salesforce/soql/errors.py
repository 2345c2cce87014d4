"""What a query is refused with: the vendor's code, and a message that shows where the mistake stands."""

from __future__ import annotations

from dataclasses import dataclass

_AROUND = 32
_GAPS = " ,\t\r\n("


@dataclass
class SoqlError(Exception):
    """A statement that is not run. ``code`` is the vendor's errorCode; every one of them is an HTTP 400."""

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def located(code: str, text: str, at: int, sentence: str) -> SoqlError:
    """An error at a place of the statement: its surroundings, a caret, row and column, then the sentence.

    A long statement is shown in part only, cut between words, as the vendor does.
    """
    line = text.count("\n", 0, at)
    begin = text.rfind("\n", 0, at) + 1
    stop = text.find("\n", at)
    shown_from = _cut_before(text, begin, at)
    shown = text[shown_from : _cut_after(text, at, len(text) if stop < 0 else stop)]
    caret = " " * (at - shown_from) + "^"
    return SoqlError(code, f"\n{shown}\n{caret}\nERROR at Row:{line + 1}:Column:{at - begin + 1}\n{sentence}")


def no_such_column(text: str, at: int, column: str, entity: str) -> SoqlError:
    """A field that is not there, or that this user may not see: the vendor does not tell which."""
    sentence = f"No such column '{column}' on entity '{entity}'. {_advice('field', '__c', 'custom field')}"
    return located("INVALID_FIELD", text, at, sentence)


def no_such_relationship(text: str, at: int, name: str) -> SoqlError:
    """A dot path through a relationship that is not there."""
    sentence = f"Didn't understand relationship '{name}' in field path. {_RELATIONSHIP}"
    return located("INVALID_FIELD", text, at, sentence)


def no_such_children(text: str, at: int, name: str) -> SoqlError:
    """A sub-query over a child relationship that is not there."""
    sentence = f"Didn't understand relationship '{name}' in FROM part of query call. {_RELATIONSHIP}"
    return located("INVALID_TYPE", text, at, sentence)


def no_such_type(text: str, at: int, name: str) -> SoqlError:
    """An object that is not there, that is hidden, or that cannot be queried."""
    sentence = f"sObject type '{name}' is not supported. {_advice('object', '__c', 'entity')}"
    return located("INVALID_TYPE", text, at, sentence)


def _advice(kind: str, ending: str, name: str) -> str:
    return (
        f"If you are attempting to use a custom {kind}, be sure to append the '{ending}' after the {name} name. "
        "Please reference your WSDL or the describe call for the appropriate names."
    )


_RELATIONSHIP = _advice("relationship", "__r", "custom relationship")


def _cut_before(text: str, begin: int, at: int) -> int:
    if at - begin <= _AROUND:
        return begin
    return next((place + 1 for place in range(at - _AROUND, at) if text[place] in _GAPS), at)


def _cut_after(text: str, at: int, end: int) -> int:
    if end - at <= _AROUND:
        return end
    return next((place for place in range(at + _AROUND, at, -1) if text[place] in _GAPS), at + _AROUND)
