"""Batches of records read by id or by a unique property. Docs: "Using object APIs"."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import answer, flag_in_query, names_in, sent
from adapters.sandbox.hubspot.common import batch_answer, batch_inputs, find_by, gone, key_of, kind_of, number_of
from adapters.sandbox.hubspot.errors import invalid
from adapters.sandbox.hubspot.gate import require_records
from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.hubspot.rendering import View
from adapters.sandbox.hubspot.routes import api
from adapters.sandbox.tables.objects import StoredObject

HISTORY_MOST = 50


@api.post("/crm/v3/objects/<type>/batch/read")
def batch_read(type: str) -> Response:
    """Up to 100 records (50 with history), in ascending order of id, whatever order was asked."""
    kind = kind_of(type)
    require_records(kind, "read")
    body = sent()
    history = names_in(body, "propertiesWithHistory")
    asked = [str(row.get("id")) for row in batch_inputs(body)]
    if history and len(asked) > HISTORY_MOST:
        raise invalid(
            "The maximum number of inputs supported in a batch request for property histories is "
            f"{HISTORY_MOST}. Received {len(asked)}."
        )
    unique = key_of(body)
    found = _archived(kind, asked) if flag_in_query("archived") else find_by(kind, unique, asked)
    items = sorted({item.id: item for item in found.values()}.values())
    view = View(hub().store, kind, names_in(body, "properties"), history)
    missing = [each for each in dict.fromkeys(asked) if each not in found]
    errors = [gone(kind, missing).row({"ids": missing})] if missing else []
    return answer(*batch_answer(view.show_all(items), errors, 200))


def _archived(kind: Kind, ids: Sequence[str]) -> dict[str, StoredObject]:
    numbers = {each: number for each in ids if (number := number_of(each)) is not None}
    found = hub().store.objects.get_many(kind, numbers.values())
    return {
        each: found[number]
        for each, number in numbers.items()
        if number in found and found[number].archived_ms is not None
    }
