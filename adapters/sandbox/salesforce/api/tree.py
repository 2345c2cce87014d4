"""``/composite/tree/X``: up to 200 records with their children, created in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response

from adapters.sandbox.salesforce.api.answers import answer, objects_in, sent_object
from adapters.sandbox.salesforce.api.routes import api
from adapters.sandbox.salesforce.api.seeing import object_in_path
from adapters.sandbox.salesforce.api.transaction import all_or_nothing
from adapters.sandbox.salesforce.api.writing import insert
from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.dml import RowResult
from adapters.sandbox.salesforce.errors import ApiError, in_row, too_many

MOST_RECORDS = 200


@dataclass(slots=True)
class Node:
    """One record of the tree, its children below it."""

    reference: str
    sobject: SObject
    fields: dict[str, Any]
    children: list[tuple[str, Node]]
    """Each with the field that names its parent."""
    result: RowResult | None = None


@api.post("/composite/tree/<name>")
def tree(name: str) -> Response:
    """Creates the records, parents first; one refused row undoes all."""
    sobject = object_in_path(name)
    nodes = [_node(sobject, given) for given in objects_in(sent_object(), "records")]
    every = [each for node in nodes for each in _below(node)]
    if len(every) > MOST_RECORDS:
        raise too_many(f"record limit reached. cannot submit more than {MOST_RECORDS} records into this request")
    with all_or_nothing(wanted=True) as undo:
        outcomes = [_created(node) for node in nodes]
        good = all(outcomes)
        if not good:
            undo()
    return answer(_results(every, good=good), 201 if good else 400)


def _node(sobject: SObject, given: dict[str, Any]) -> Node:
    attributes = given.get("attributes") or {}
    reference = attributes.get("referenceId")
    if not reference:
        raise ApiError(400, "INVALID_INPUT", "Include a reference ID for each record in the request.")
    lines = {child.relationship.lower(): child for child in sobject.children if child.relationship}
    fields: dict[str, Any] = {}
    children = []
    for key, value in given.items():
        child = lines.get(key.lower())
        if child is not None and isinstance(value, dict):
            below = object_in_path(child.sobject)
            children += [(child.field, _node(below, each)) for each in objects_in(value, "records")]
        elif key != "attributes":
            fields[key] = value
    return Node(str(reference), sobject, fields, children)


def _below(node: Node) -> list[Node]:
    return [node, *(each for _, child in node.children for each in _below(child))]


def _created(node: Node) -> bool:
    """Whether the record and all below it could be created."""
    node.result = insert(node.sobject, [node.fields])[0]
    if not node.result.success:
        return False
    for field, child in node.children:
        child.fields[field] = node.result.id
    outcomes = [_created(child) for _, child in node.children]
    return all(outcomes)


def _results(nodes: list[Node], *, good: bool) -> dict[str, Any]:
    if good:
        made = [{"referenceId": node.reference, "id": node.result.id} for node in nodes if node.result]
        return {"hasErrors": False, "results": made}
    refused = [node for node in nodes if node.result and not node.result.success]
    rows = [
        {"referenceId": node.reference, "errors": [in_row(error) for error in node.result.errors]}
        for node in refused
        if node.result
    ]
    return {"hasErrors": True, "results": rows}
