"""Text into a tree. The parser is built once per process, when the first statement comes."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from adapters.sandbox.salesforce.soql.building import build
from adapters.sandbox.salesforce.soql.errors import SoqlError, located
from adapters.sandbox.salesforce.soql.tree import Query

_LONGEST_STATEMENT = 100_000


@lru_cache(maxsize=128)
def parse(text: str) -> Query:
    """The statement as a tree, names unchecked. Raises SoqlError when it is no SOQL or too long.

    Kept for a while, since clients send the same statements again and again.

    Limits: SOQL and SOSL reference, "SOQL SELECT syntax" (100,000 characters, 4,000 per string).
    """
    if len(text) > _LONGEST_STATEMENT:
        raise SoqlError("MALFORMED_QUERY", f"SOQL statements cannot be longer than {_LONGEST_STATEMENT} characters.")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise SoqlError("MALFORMED_QUERY", "The query string is not valid Unicode.")
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as refused:
        raise _refusal(text, refused) from None
    try:
        return build(tree, text)
    except RecursionError:
        sentence = "Query is either selecting too many fields or too deeply nested."
        raise SoqlError("QUERY_TOO_COMPLICATED", sentence) from None


@cache
def _parser() -> Lark:
    grammar = resources.files("adapters.sandbox.salesforce.soql").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", lexer="contextual", propagate_positions=False)


def _refusal(text: str, refused: UnexpectedInput) -> SoqlError:
    at = refused.pos_in_stream
    if isinstance(refused, UnexpectedToken) and refused.token.type != "$END":
        return located("MALFORMED_QUERY", text, at or 0, f"unexpected token: '{refused.token}'")
    if isinstance(refused, UnexpectedCharacters) and at is not None:
        return SoqlError("MALFORMED_QUERY", _no_alternative(text, at))
    return SoqlError("MALFORMED_QUERY", "unexpected token: '<EOF>'")


def _no_alternative(text: str, at: int) -> str:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at) - 1
    if text[at] == "'":
        return f"line {line}:{column} mismatched character '<EOF>' expecting '''"
    return f"line {line}:{column} no viable alternative at character '{text[at]}'"
