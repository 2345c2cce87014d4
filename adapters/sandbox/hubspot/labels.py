"""Labels of associations: those HubSpot defines and those the account made itself."""

from __future__ import annotations

from flask import Response

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import answer, required, sent
from adapters.sandbox.hubspot.common import two_kinds
from adapters.sandbox.hubspot.routes import api
from adapters.sandbox.hubspot.ties import default_type, shown_type
from adapters.sandbox.tables.associations import PRIMARY_TYPES, Tie


@api.get("/crm/v4/associations/<start>/<end>/labels")
def list_labels(start: str, end: str) -> Response:
    """The types of tie there are between two kinds, in this direction."""
    one, other = two_kinds(start, end, "read")
    defined = [PRIMARY_TYPES.get((one.name, other.name)), default_type(one, other)]
    ties = [Tie(one.number, other.number, 0, 0, type_id) for type_id in defined if type_id is not None]
    own = [Tie(one.number, other.number, 0, 0, each, 1) for each in hub().store.associations.labels(one, other)]
    return answer({"results": [shown_type(one, other, tie) for tie in ties + own]})


@api.post("/crm/v4/associations/<start>/<end>/labels")
def create_label(start: str, end: str) -> Response:
    """A label of the account's own."""
    one, other = two_kinds(start, end, "write")
    body = sent()
    required(body, "name", "label")
    type_id = hub().store.associations.add_label(one, other, str(body["name"]), str(body["label"]))
    both = [(type_id, body["label"]), (type_id + 1, body.get("inverseLabel") or body["label"])]
    return answer({"results": [{"category": "USER_DEFINED", "typeId": each, "label": label} for each, label in both]})
