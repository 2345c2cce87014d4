"""The associations API, v4 and dated. Docs: "Associate records"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import Response, request

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import answer, mapping_in, mappings_in, nothing, number_in_query, sent
from adapters.sandbox.hubspot.common import batch_answer, batch_inputs, find_live, next_page, number_of, two_kinds
from adapters.sandbox.hubspot.errors import invalid, not_found
from adapters.sandbox.hubspot.kinds import Kind
from adapters.sandbox.hubspot.routes import api
from adapters.sandbox.hubspot.ties import default_type, shown_type, tie_of_type, with_unlabelled
from adapters.sandbox.hubspot.tying import cut, tie_records
from adapters.sandbox.tables.associations import Tie

READ_MOST, CREATE_MOST, PER_RECORD = 1_000, 2_000, 500


@api.post("/crm/v4/associations/<start>/<end>/batch/read")
def batch_read_ties(start: str, end: str) -> Response:
    """Ties of up to 1,000 records. Records without any are absent; above 500 each record has its own paging."""
    one, other = two_kinds(start, end, "read")
    rows = batch_inputs(sent(), READ_MOST)
    after = {number: number_of(row.get("after") or "0") or 0 for row in rows if (number := number_of(row.get("id")))}
    found = hub().store.associations.of(one, other, list(after))
    results = []
    for start_id, ties in groupby(found, key=lambda tie: tie.from_id):
        targets = [tie for tie in ties if tie.to_id >= after[start_id]]
        if targets:
            results.append({"from": {"id": str(start_id)}} | _page(one, other, targets, start_id))
    return answer(*batch_answer(results, [], 200))


@api.get("/crm/v4/objects/<start>/<id>/associations/<end>")
def read_ties(start: str, id: str, end: str) -> Response:
    """Ties of one record."""
    one, other = two_kinds(start, end, "read")
    item = find_live(one, [id]).get(id)
    if item is None:
        raise not_found()
    limit = number_in_query("limit", PER_RECORD, PER_RECORD)
    since = number_of(request.args.get("after") or "0") or 0
    targets = [tie for tie in hub().store.associations.of(one, other, [item.id]) if tie.to_id >= since]
    shown, following = _shown(one, other, targets, limit)
    body: dict[str, Any] = {"results": shown}
    if following is not None:
        body["paging"] = next_page(str(following))
    return answer(body)


@api.put("/crm/v4/objects/<start>/<id>/associations/default/<end>/<other_id>")
def tie_by_default(start: str, id: str, end: str, other_id: str) -> Response:
    """Ties two records without a label."""
    one, other = two_kinds(start, end, "write")
    tie = Tie(one.number, other.number, *_both(one, id, other, other_id), default_type(one, other))
    return answer(*batch_answer(_default_results(one, other, [tie]), [], 200))


@api.put("/crm/v4/objects/<start>/<id>/associations/<end>/<other_id>")
def tie_with_labels(start: str, id: str, end: str, other_id: str) -> Response:
    """Ties two records with the labels in the body."""
    one, other = two_kinds(start, end, "write")
    given = request.get_json(force=True, silent=True)
    if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
        raise invalid("Invalid input JSON: a list of association types is expected")
    ids = _both(one, id, other, other_id)
    ties = [tie_of_type(one, other, *ids, each) for each in given]
    tie_records(hub().store, one, other, [each for tie in ties for each in with_unlabelled(one, other, tie)])
    return answer(_created(one, other, ties), 201)


@api.delete("/crm/v4/objects/<start>/<id>/associations/<end>/<other_id>")
def untie(start: str, id: str, end: str, other_id: str) -> Response:
    """Cuts every tie between two records."""
    one, other = two_kinds(start, end, "write")
    _cut(one, other, [{"from": {"id": id}, "to": [{"id": other_id}]}])
    return nothing()


@api.post("/crm/v4/associations/<start>/<end>/batch/associate/default")
def batch_tie_by_default(start: str, end: str) -> Response:
    """Ties up to 2,000 pairs without a label."""
    one, other = two_kinds(start, end, "write")
    rows = batch_inputs(sent(), CREATE_MOST)
    type_id = default_type(one, other)
    pairs = _pairs(one, other, rows)
    return answer(
        *batch_answer(
            _default_results(one, other, [Tie(one.number, other.number, *pair, type_id) for pair in pairs]), [], 200
        )
    )


@api.post("/crm/v4/associations/<start>/<end>/batch/create")
def batch_tie_with_labels(start: str, end: str) -> Response:
    """Ties up to 2,000 pairs with labels."""
    one, other = two_kinds(start, end, "write")
    rows = batch_inputs(sent(), CREATE_MOST)
    results = []
    for row, pair in zip(rows, _pairs(one, other, rows), strict=True):
        ties = [tie_of_type(one, other, *pair, each) for each in mappings_in(row, "types")]
        if not ties:
            raise invalid("Invalid input JSON: types must not be empty")
        tie_records(hub().store, one, other, [each for tie in ties for each in with_unlabelled(one, other, tie)])
        results.append(_created(one, other, ties))
    return answer(*batch_answer(results, [], 201))


@api.post("/crm/v4/associations/<start>/<end>/batch/archive")
def batch_untie(start: str, end: str) -> Response:
    """Cuts ties."""
    one, other = two_kinds(start, end, "write")
    _cut(one, other, batch_inputs(sent(), CREATE_MOST))
    return nothing()


def _both(one: Kind, id: str, other: Kind, other_id: str) -> tuple[int, int]:
    start, end = find_live(one, [id]).get(id), find_live(other, [other_id]).get(other_id)
    if start is None or end is None:
        raise not_found(f"One or both of {one.singular} {id} and {other.singular} {other_id} could not be found")
    return start.id, end.id


def _pairs(one: Kind, other: Kind, rows: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    asked = [(str(mapping_in(row, "from").get("id")), str(mapping_in(row, "to").get("id"))) for row in rows]
    starts = find_live(one, [pair[0] for pair in asked])
    ends = find_live(other, [pair[1] for pair in asked])
    for start, end in asked:
        if start not in starts or end not in ends:
            raise not_found(f"One or both of {one.singular} {start} and {other.singular} {end} could not be found")
    return [(starts[start].id, ends[end].id) for start, end in asked]


def _shown(one: Kind, other: Kind, ties: Sequence[Tie], limit: int) -> tuple[list[dict[str, Any]], int | None]:
    """The first `limit` targets, and the id of the next one, if there is one."""
    shown: list[dict[str, Any]] = []
    for target, same in groupby(ties, key=lambda tie: tie.to_id):
        if len(shown) == limit:
            return shown, target
        shown.append({"toObjectId": target, "associationTypes": [shown_type(one, other, tie) for tie in same]})
    return shown, None


def _page(one: Kind, other: Kind, ties: Sequence[Tie], id: int) -> dict[str, Any]:
    shown, following = _shown(one, other, ties, PER_RECORD)
    if following is None:
        return {"to": shown}
    link = f"{request.host_url}crm/v4/objects/{one.name}/{id}/associations/{other.name}?after={following}"
    return {"to": shown, "paging": {"next": {"after": str(following), "link": link}}}


def _default_results(one: Kind, other: Kind, ties: Sequence[Tie]) -> list[dict[str, Any]]:
    """Creates unlabelled ties and shows each in both directions."""
    tie_records(hub().store, one, other, ties)
    back = default_type(other, one)
    results = []
    for tie in ties:
        spec = {"associationCategory": "HUBSPOT_DEFINED"}
        results.append(
            {
                "from": {"id": str(tie.from_id)},
                "to": {"id": str(tie.to_id)},
                "associationSpec": spec | {"associationTypeId": tie.type_id},
            }
        )
        results.append(
            {
                "from": {"id": str(tie.to_id)},
                "to": {"id": str(tie.from_id)},
                "associationSpec": spec | {"associationTypeId": back},
            }
        )
    return results


def _created(one: Kind, other: Kind, ties: Sequence[Tie]) -> dict[str, Any]:
    own = [shown_type(one, other, tie)["label"] for tie in ties]
    return {
        "fromObjectTypeId": one.type_id,
        "fromObjectId": str(ties[0].from_id),
        "toObjectTypeId": other.type_id,
        "toObjectId": str(ties[0].to_id),
        "labels": [label for label in own if label],
    }


def _cut(one: Kind, other: Kind, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        start = number_of(mapping_in(row, "from").get("id"))
        ends = {number_of(each.get("id")) for each in mappings_in(row, "to")}
        if start is not None:
            cut(hub().store, one, other, start, ends)
