"""Simple queries over what the Tooling API shows of an org: CustomField and EntityLimit.

The rows are made from the catalogue when they are asked for; the conditions =, !=, <, >, IN, NOT IN, AND, OR and NOT
are understood, anything else is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from adapters.sandbox.salesforce.metadata.fields import field_id
from adapters.sandbox.salesforce.metadata.plan import FIELDS_MOST
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.soql.errors import SoqlError, no_such_column
from adapters.sandbox.salesforce.soql.texts import text_of
from adapters.sandbox.salesforce.soql.tree import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Expression,
    Item,
    Membership,
    NoneOf,
    Path,
    Query,
    Value,
)

Row = Mapping[str, Any]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_WORDS = {"true": True, "false": False, "null": None}


def custom_fields(org: Org) -> Iterator[Row]:
    """The rows of CustomField."""
    for sobject in org.catalog.objects.values():
        for field in sobject.fields.values():
            if field.custom:
                yield {
                    "Id": field_id(f"{sobject.name}.{field.name}"),
                    "DeveloperName": field.name.removesuffix("__c"),
                    "TableEnumOrId": sobject.name,
                    "EntityDefinitionId": sobject.name,
                    "NamespacePrefix": None,
                    "FullName": f"{sobject.name}.{field.name}",
                }


def entity_limits(org: Org) -> Iterator[Row]:
    """The rows of EntityLimit: the custom fields of each object."""
    for sobject in org.catalog.objects.values():
        used = sum(field.custom for field in sobject.fields.values())
        yield {
            "DurableId": f"{sobject.name}.CustomFields",
            "EntityDefinitionId": sobject.name,
            "Type": "CustomFields",
            "Label": "Custom Fields",
            "Max": FIELDS_MOST,
            "Remaining": FIELDS_MOST - used,
        }


TABLES: dict[str, Callable[[Org], Iterator[Row]]] = {"customfield": custom_fields, "entitylimit": entity_limits}


def select(org: Org, query: Query) -> list[dict[str, Any]]:
    """The records of a query over one of `TABLES`. Raises `SoqlError`."""
    rows = [*TABLES[query.source.name.lower()](org)]
    wanted = [_name(query, item.expression) for item in query.items if isinstance(item, Item)]
    if query.group or query.order or query.having or len(wanted) != len(query.items):
        raise SoqlError("MALFORMED_QUERY", "Only fields, WHERE and LIMIT are understood in this Tooling query.")
    found = [row for row in rows if query.where is None or _holds(query, query.where, row)]
    shown = found[query.offset :][: query.limit if query.limit is not None else None]
    return [{name: _value(query, name, row) for name in wanted} for row in shown]


def _holds(query: Query, condition: Condition, row: Row) -> bool:
    match condition:
        case AllOf(parts):
            return all(_holds(query, part, row) for part in parts)
        case AnyOf(parts):
            return any(_holds(query, part, row) for part in parts)
        case NoneOf(part):
            return not _holds(query, part, row)
        case Comparison(left, sign, value) if sign in _COMPARE:
            mine, asked = _plain(_value(query, _name(query, left), row)), _plain(_literal(value))
            return (sign in ("=", "!=") or None not in (mine, asked)) and _COMPARE[sign](mine, asked)
        case Membership(left, sign, tuple(values)) if sign in ("IN", "NOT IN"):
            asked = [_plain(_literal(value)) for value in values]
            return (_plain(_value(query, _name(query, left), row)) in asked) == (sign == "IN")
    raise SoqlError("MALFORMED_QUERY", "This condition is not understood in a Tooling query.")


def _name(query: Query, expression: Expression) -> str:
    if isinstance(expression, Path) and len(expression.names) == 1:
        return expression.names[0]
    raise SoqlError("MALFORMED_QUERY", f"Only fields of {query.source.name} itself can be queried here.")


def _value(query: Query, name: str, row: Row) -> Any:
    for key, value in row.items():
        if key.lower() == name.lower():
            return value
    raise no_such_column(query.text, query.text.find(name), name, query.source.name)


def _literal(value: Value) -> Any:
    if value.kind == "NUMBER":
        return float(value.text)
    if value.kind == "STRING":
        return text_of(value.text)
    return _WORDS.get(value.text.lower(), value.text)


def _plain(value: Any) -> Any:
    """Text compares whatever its case, as in SOQL."""
    return value.lower() if isinstance(value, str) else value
