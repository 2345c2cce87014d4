"""The parser's output turned into the tree: one method for each rule of the grammar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lark import Token, Transformer, Tree
from lark.exceptions import VisitError

from adapters.sandbox.salesforce.soql.errors import SoqlError, located
from adapters.sandbox.salesforce.soql.tree import (
    AllOf,
    AnyOf,
    Call,
    Children,
    Comparison,
    Item,
    Membership,
    NoneOf,
    Ordering,
    Path,
    Query,
    Source,
    TypeOf,
    Value,
    When,
)

_LONGEST_STRING = 4_000
_LARGEST_OFFSET = 2_000
_MODES = {"SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"}
_LOCKS = {"VIEW", "REFERENCE", "UPDATE", "TRACKING", "VIEWSTAT"}


def build(tree: Tree[Token], text: str) -> Query:
    """The statement's tree. Raises SoqlError for what the grammar lets through and the language does not."""
    try:
        query: Query = _Builder(text).transform(tree)
    except VisitError as wrapped:
        raise wrapped.orig_exc from None
    return query


class _Builder(Transformer[Token, Query]):
    """Turns each rule of the grammar into its class."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def start(self, parts: list[Any]) -> Query:
        return parts[0]  # type: ignore[no-any-return]

    def query(self, parts: list[Any]) -> Query:
        items = tuple(part for part in parts if isinstance(part, Item | Children | TypeOf))
        source = next(part for part in parts if isinstance(part, Source))
        clauses: Mapping[str, Any] = dict(part for part in parts if isinstance(part, tuple))
        return Query(
            items,
            source,
            clauses.get("where"),
            clauses.get("group", ()),
            clauses.get("having"),
            clauses.get("order", ()),
            clauses.get("limit"),
            clauses.get("offset", 0),
            clauses.get("all_rows", False),
            self._text,
        )

    def item(self, parts: list[Any]) -> Item:
        if len(parts) == 1:
            return Item(parts[0], None)
        return Item(parts[0], self._single(parts[1]))

    def children(self, parts: list[Any]) -> Children:
        return Children(parts[0])

    def typeof(self, parts: list[Any]) -> TypeOf:
        whens = tuple(part for part in parts[1:] if isinstance(part, When))
        otherwise = next((part for part in parts[1:] if isinstance(part, tuple)), ())
        return TypeOf(_path(parts[0]), whens, otherwise)

    def when(self, parts: list[Any]) -> When:
        return When(self._single(parts[0]), _at(parts[0]), parts[1])

    def names(self, parts: list[Token]) -> tuple[Path, ...]:
        return tuple(_path(part) for part in parts)

    def path(self, parts: list[Token]) -> Path:
        return _path(parts[0])

    def call(self, parts: list[Any]) -> Call:
        return Call(self._single(parts[0]), tuple(parts[1:]), _at(parts[0]))

    def value_argument(self, parts: list[Token]) -> Value:
        return self.value(parts)

    def source(self, parts: list[Any]) -> Source:
        names = [part for part in parts if isinstance(part, Token)]
        alias = self._single(names[1]) if len(names) > 1 else None
        more = tuple(part for part in parts if isinstance(part, tuple))
        return Source(str(names[0]), _at(names[0]), alias, more)

    def more(self, parts: list[Token]) -> tuple[Path, str]:
        return _path(parts[0]), self._single(parts[1])

    def where(self, parts: list[Any]) -> tuple[str, Any]:
        return "where", parts[0]

    def having(self, parts: list[Any]) -> tuple[str, Any]:
        return "having", parts[0]

    def group(self, parts: list[Any]) -> tuple[str, Any]:
        return "group", tuple(parts)

    def order(self, parts: list[Any]) -> tuple[str, Any]:
        return "order", tuple(parts)

    def ordering(self, parts: list[Any]) -> Ordering:
        words = [str(part).upper() for part in parts[1:]]
        nulls_last = True if "LAST" in words else False if "FIRST" in words else None
        return Ordering(parts[0], "DESC" in words, nulls_last)

    def direction(self, parts: list[Token]) -> Token:
        return parts[0]

    def nulls(self, parts: list[Token]) -> Token:
        return parts[0]

    def limit(self, parts: list[Token]) -> tuple[str, int]:
        return "limit", self._whole(parts[0])

    def offset(self, parts: list[Token]) -> tuple[str, int]:
        rows = self._whole(parts[0])
        if rows > _LARGEST_OFFSET:
            sentence = f"Maximum SOQL offset allowed is {_LARGEST_OFFSET}"
            raise located("NUMBER_OUTSIDE_VALID_RANGE", self._text, _at(parts[0]), sentence)
        return "offset", rows

    def scope(self, parts: list[Token]) -> tuple[str, str]:
        return "scope", str(parts[0])

    def lock(self, parts: list[Token]) -> tuple[str, str]:
        return "lock", self._one_of(parts[0], _LOCKS)

    def mode(self, parts: list[Token]) -> tuple[str, str]:
        return "mode", self._one_of(parts[0], _MODES)

    def all_rows(self, _: Sequence[Any]) -> tuple[str, bool]:
        return "all_rows", True

    def all_of(self, parts: list[Any]) -> AllOf:
        return AllOf(tuple(parts))

    def any_of(self, parts: list[Any]) -> AnyOf:
        return AnyOf(tuple(parts))

    def none_of(self, parts: list[Any]) -> NoneOf:
        return NoneOf(parts[0])

    def comparison(self, parts: list[Any]) -> Comparison:
        operator = str(parts[1]).upper()
        return Comparison(parts[0], "!=" if operator == "<>" else operator, parts[2])

    def membership(self, parts: list[Any]) -> Membership:
        operator = " ".join(str(part).upper() for part in parts[1:] if isinstance(part, Token))
        values = [part for part in parts[1:] if not isinstance(part, Token)]
        return Membership(parts[0], operator, values[0] if isinstance(values[0], Query) else tuple(values))

    def value(self, parts: list[Token]) -> Value:
        first = parts[0]
        if first.type == "STRING" and len(first) > _LONGEST_STRING + 2:
            sentence = f"String literals in a WHERE clause cannot be longer than {_LONGEST_STRING} characters."
            raise SoqlError("MALFORMED_QUERY", sentence)
        return Value(first.type, str(first), _at(first), str(parts[1]) if len(parts) > 1 else None)

    def _single(self, token: Token) -> str:
        if "." in token:
            raise self._unexpected(token)
        return str(token)

    def _one_of(self, token: Token, words: set[str]) -> str:
        if token.upper() not in words:
            raise self._unexpected(token)
        return token.upper()

    def _whole(self, token: Token) -> int:
        if not token.isdecimal():
            raise self._unexpected(token)
        return int(token)

    def _unexpected(self, token: Token) -> SoqlError:
        return located("MALFORMED_QUERY", self._text, _at(token), f"unexpected token: '{token}'")


def _path(token: Token) -> Path:
    return Path(tuple(token.split(".")), _at(token))


def _at(token: Token) -> int:
    return token.start_pos or 0
