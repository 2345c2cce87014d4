"""The older associations API, which names a tie's type by a word instead of a number. Only reading."""

from __future__ import annotations

from flask import Response

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import answer, sent
from adapters.sandbox.hubspot.associations import READ_MOST
from adapters.sandbox.hubspot.common import batch_answer, batch_inputs, find_live, number_of, two_kinds
from adapters.sandbox.hubspot.errors import not_found
from adapters.sandbox.hubspot.rendering import inline_ties
from adapters.sandbox.hubspot.routes import api


@api.post("/crm/v3/associations/<start>/<end>/batch/read")
def batch_read_ties_v3(start: str, end: str) -> Response:
    """Ties of up to 1,000 records; records without any are absent."""
    one, other = two_kinds(start, end, "read")
    ids = [number for row in batch_inputs(sent(), READ_MOST) if (number := number_of(row.get("id")))]
    found = inline_ties(hub().store, one, [other], ids)
    results = [{"from": {"id": str(each)}, "to": found[each][other.name]["results"]} for each in sorted(found)]
    return answer(*batch_answer(results, [], 200))


@api.get("/crm/v3/objects/<start>/<id>/associations/<end>")
def read_ties_v3(start: str, id: str, end: str) -> Response:
    """Ties of one record."""
    one, other = two_kinds(start, end, "read")
    item = find_live(one, [id]).get(id)
    if item is None:
        raise not_found()
    found = inline_ties(hub().store, one, [other], [item.id]).get(item.id, {})
    return answer(found.get(other.name, {"results": []}))
