"""One result per row, in order, whatever HubSpot answers; nothing it does not confirm counts as written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.contract import Adapter, Misconfigured, Reauthorise, Retry, Update, WriteStatus
from tests.adapters.canned import Canned, Reply, Seen

UPDATE = "/crm/v3/objects/contacts/batch/update"


def updates(count: int) -> list[Update]:
    return [Update(str(number), {"leadtier_score": str(number)}) for number in range(1, count + 1)]


def written(*ids: str) -> list[dict[str, Any]]:
    return [{"id": one, "properties": {}} for one in ids]


def problem(category: str, message: str, **context: list[str]) -> dict[str, Any]:
    return {"status": "error", "category": category, "message": message, "context": context}


def partly(good: list[dict[str, Any]], *errors: dict[str, Any]) -> Reply:
    return Reply(207, {"status": "COMPLETE", "results": good, "numErrors": len(errors), "errors": list(errors)})


def refusal(status: int = 400, category: str = "VALIDATION_ERROR", **more: Any) -> Reply:
    return Reply(status, {"status": "error", "category": category, "message": "no good", **more})


def statuses(hubspot: Adapter, count: int) -> list[str]:
    return [result.status for result in hubspot.write(updates(count))]


def choosy(bad: set[str], refuse: Reply) -> Any:
    """A route that refuses every batch with a bad row in it, without saying which."""

    def route(seen: Seen) -> Reply:
        ids = [one["id"] for one in seen.body["inputs"]]
        return refuse if bad & set(ids) else Reply(200, {"results": written(*ids)})

    return route


def test_values_go_out_by_id_with_a_trace_and_none_clears(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(200, {"results": written("1")}))
    hubspot.write([Update("1", {"score": "83", "reason_3": None})])
    assert server.seen[0].body == {
        "inputs": [{"id": "1", "objectWriteTraceId": "1", "properties": {"score": "83", "reason_3": ""}}]
    }


def test_results_keep_order_and_length_however_hubspot_orders_them(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(
        partly(
            written("4", "1"),
            problem("VALIDATION_ERROR", "bad option", objectWriteTraceId=["2"]),
            problem("OBJECT_NOT_FOUND", "no such contact", ids=["3"]),
        )
    )
    results = hubspot.write(updates(4))
    assert [(result.contact_id, result.status, result.message) for result in results] == [
        ("1", WriteStatus.OK, ""),
        ("2", WriteStatus.REJECTED, "bad option"),
        ("3", WriteStatus.GONE, "no such contact"),
        ("4", WriteStatus.OK, ""),
    ]


def test_a_row_that_may_pass_later_is_tried_again(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(partly(written("2"), problem("LOCKED", "in use", objectWriteTraceId=["1"])))
    assert statuses(hubspot, 2) == ["retry", "ok"]


def test_a_row_hubspot_does_not_mention_is_never_taken_for_written(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(Reply(200, {"results": written("1", "999")}))
    assert statuses(hubspot, 2) == ["ok", "retry"]


@pytest.mark.parametrize("bad", [{"1"}, {"50"}, {"100"}, {"1", "2", "77"}])
def test_a_refusal_that_names_no_row_is_halved_down_to_it(hubspot: Adapter, server: Canned, bad: set[str]) -> None:
    server.route = choosy(bad, refusal())
    results = hubspot.write(updates(100))
    assert {result.contact_id for result in results if result.status is WriteStatus.REJECTED} == bad
    assert {result.message for result in results} == {"", "no good"}
    assert len(server.seen) <= 1 + 14 * len(bad)


def test_a_missing_contact_that_fails_its_batch_is_found_and_gone(hubspot: Adapter, server: Canned) -> None:
    server.route = choosy({"3"}, refusal(404, "OBJECT_NOT_FOUND"))
    assert statuses(hubspot, 4) == ["ok", "ok", "gone", "ok"]


def test_a_207_that_names_no_row_is_halved_too(hubspot: Adapter, server: Canned) -> None:
    def route(seen: Seen) -> Reply:
        ids = [one["id"] for one in seen.body["inputs"]]
        good = written(*(one for one in ids if one != "3"))
        return partly(good, problem("VALIDATION_ERROR", "odd")) if "3" in ids else Reply(200, {"results": good})

    server.route = route
    assert statuses(hubspot, 4) == ["ok", "ok", "rejected", "ok"]


def test_a_whole_batch_refused_by_a_207_without_names_is_halved(hubspot: Adapter, server: Canned) -> None:
    def route(seen: Seen) -> Reply:
        ids = [one["id"] for one in seen.body["inputs"]]
        return partly([], problem("VALIDATION_ERROR", "odd")) if "2" in ids else Reply(200, {"results": written(*ids)})

    server.route = route
    assert statuses(hubspot, 4) == ["ok", "rejected", "ok", "ok"]


def test_a_property_that_is_gone_is_one_problem_and_not_a_hundred_bad_rows(hubspot: Adapter, server: Canned) -> None:
    missing = {"message": "gone", "code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["leadtier_score"]}}
    server.will_answer(refusal(errors=[missing]))
    with pytest.raises(Misconfigured, match="leadtier_score") as caught:
        hubspot.write(updates(100))
    assert caught.value.what == ("leadtier_score",)
    assert len(server.seen) == 1


def test_a_property_that_is_gone_is_known_from_row_errors_too(hubspot: Adapter, server: Canned) -> None:
    inner = json.dumps(
        [{"isValid": False, "message": "gone", "error": "PROPERTY_DOESNT_EXIST", "name": "leadtier_score"}]
    )
    errors = [
        problem("VALIDATION_ERROR", f"Property values were not valid: {inner}", objectWriteTraceId=[str(number)])
        for number in range(1, 4)
    ]
    server.will_answer(partly([], *errors))
    with pytest.raises(Misconfigured, match="leadtier_score"):
        hubspot.write(updates(3))


def test_rows_refused_for_different_reasons_stay_rows(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(
        partly(
            [],
            problem("VALIDATION_ERROR", "PROPERTY_DOESNT_EXIST", objectWriteTraceId=["1"]),
            problem("VALIDATION_ERROR", "INVALID_OPTION", objectWriteTraceId=["2"]),
        )
    )
    assert statuses(hubspot, 2) == ["rejected", "rejected"]


def test_a_failure_half_way_says_which_rows_to_send_again(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(refusal(), Reply(200, {"results": written("1", "2")}), *[Reply(503)] * 5)
    assert statuses(hubspot, 4) == ["ok", "ok", "retry", "retry"]


def test_a_failure_before_anything_is_written_is_raised(hubspot: Adapter, server: Canned) -> None:
    server.will_answer(*[Reply(503)] * 5)
    with pytest.raises(Retry):
        hubspot.write(updates(3))
    server.will_answer(refusal(), Reply(401, {}))
    with pytest.raises(Reauthorise):
        hubspot.write(updates(2))


def test_an_update_without_values_costs_no_call(hubspot: Adapter, server: Canned) -> None:
    assert [result.status for result in hubspot.write([Update("1", {})])] == ["ok"]
    assert hubspot.write([]) == []
    assert server.seen == []


def test_more_than_a_hundred_rows_or_a_contact_twice_is_a_mistake_of_ours(hubspot: Adapter) -> None:
    with pytest.raises(ValueError, match="at most 100"):
        hubspot.write(updates(101))
    with pytest.raises(ValueError, match="twice"):
        hubspot.write([Update("1", {"a": "b"}), Update("1", {"a": "c"})])
