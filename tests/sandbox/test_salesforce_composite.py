"""Composite, batch, graph and tree requests of the sandbox's Salesforce side."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.org import ROOT, SalesforceOrg


def part(reference: str, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
    given: dict[str, Any] = {"referenceId": reference, "method": method, "url": f"{ROOT}/{path}"}
    if headers:
        given["httpHeaders"] = {name.replace("_", "-"): value for name, value in headers.items()}
    return given if body is None else given | {"body": body}


def run(org: SalesforceOrg, *parts: dict[str, Any], whole: bool = False, **headers: str) -> list[dict[str, Any]]:
    body = {"allOrNone": whole, "compositeRequest": list(parts)}
    answers: list[dict[str, Any]] = org.post("composite", body, **headers)["compositeResponse"]
    return answers


ACCOUNT = part("account", "POST", "sobjects/Account", {"Name": "Ames Bakery"})
CONTACT = part("contact", "POST", "sobjects/Contact", {"LastName": "Ames", "AccountId": "@{account.id}"})
WRONG = part("wrong", "POST", "sobjects/Contact", {"FirstName": "Nameless"})


def test_a_later_request_uses_what_an_earlier_one_was_answered(org: SalesforceOrg) -> None:
    found = part("found", "GET", "query?q=SELECT Id, Account.Name FROM Contact WHERE Id = '@{contact.id}'")
    again = part("again", "GET", "sobjects/Contact/@{found.records[0].Id}?fields=LastName")
    answers = run(org, ACCOUNT, CONTACT, found, again)
    assert [each["httpStatusCode"] for each in answers] == [201, 201, 200, 200]
    assert answers[2]["body"]["records"][0]["Account"]["Name"] == "Ames Bakery"
    assert answers[3]["body"]["LastName"] == "Ames"
    assert [each["referenceId"] for each in answers] == ["account", "contact", "found", "again"]


def test_a_failed_request_fails_alone_and_with_it_what_refers_to_it(org: SalesforceOrg) -> None:
    answers = run(org, WRONG, part("next", "GET", "sobjects/Contact/@{wrong.id}"), ACCOUNT)
    assert [each["httpStatusCode"] for each in answers] == [400, 400, 201]
    assert answers[0]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert answers[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_all_or_none_undoes_everything_and_says_whose_fault_it_was(org: SalesforceOrg) -> None:
    answers = run(org, ACCOUNT, WRONG, CONTACT, whole=True)
    codes = [each["body"][0]["errorCode"] for each in answers]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]
    assert org.query("SELECT Id FROM Account") == []


def test_all_or_none_keeps_everything_when_all_went_well(org: SalesforceOrg) -> None:
    run(org, ACCOUNT, CONTACT, whole=True)
    assert len(org.query("SELECT Id FROM Contact WHERE Account.Name = 'Ames Bakery'")) == 1


def test_a_composite_takes_twenty_five_requests_of_which_five_query(org: SalesforceOrg) -> None:
    gets = [part(f"r{number}", "GET", "limits") for number in range(26)]
    assert len(run(org, *gets[:25])) == 25
    assert org.refused("POST", "composite", 400, {"compositeRequest": gets}) == "LIMIT_EXCEEDED"
    queries = [part(f"q{number}", "GET", "query?q=SELECT Id FROM Lead") for number in range(6)]
    assert len(run(org, *queries[:5])) == 5
    assert org.refused("POST", "composite", 400, {"compositeRequest": queries}) == "LIMIT_EXCEEDED"


def test_a_composite_counts_as_one_call(org: SalesforceOrg) -> None:
    run(org, ACCOUNT, CONTACT, part("limits", "GET", "limits"))
    assert org.hub.quota.used == 1


def test_requests_that_lead_nowhere_are_answered_in_their_place(org: SalesforceOrg) -> None:
    answers = run(
        org,
        part("foo", "GET", "sobjects/Foo"),
        part("inner", "POST", "composite", {"compositeRequest": []}),
        {"referenceId": "out", "method": "GET", "url": "/services/oauth2/userinfo"},
    )
    assert [each["httpStatusCode"] for each in answers] == [404, 400, 404]
    assert answers[0]["body"] == [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]


def test_malformed_composites_are_refused_as_a_whole(org: SalesforceOrg) -> None:
    assert org.refused("POST", "composite", 400, {}) == "JSON_PARSER_ERROR"
    assert org.refused("POST", "composite", 400, {"compositeRequest": [{"method": "GET"}]}) == "JSON_PARSER_ERROR"
    assert org.refused("POST", "composite", 400, {"compositeRequest": [ACCOUNT, ACCOUNT]}) == "DUPLICATE_VALUE"


@pytest.mark.parametrize("where", ["outer", "inner"])
def test_the_assignment_rule_is_forbidden_by_the_outer_or_the_inner_header(org: SalesforceOrg, where: str) -> None:
    lead = org.add("Lead")
    rep = org.with_assignment_rule()
    never = {"Sforce_Auto_Assign": "FALSE"}
    write = ("write", "PATCH", f"sobjects/Lead/{lead}", {"Rating": "Hot"})
    if where == "outer":
        run(org, part(*write), **never)
    else:
        run(org, part(*write, **never))
    assert org.get(f"sobjects/Lead/{lead}")["OwnerId"] == org.org.user_id
    run(org, part(*write))
    assert org.get(f"sobjects/Lead/{lead}")["OwnerId"] == rep


def test_a_batch_runs_requests_that_know_nothing_of_one_another(org: SalesforceOrg) -> None:
    lead = org.add("Lead")
    used = org.hub.quota.used
    body = {
        "batchRequests": [
            {"method": "PATCH", "url": f"v67.0/sobjects/Lead/{lead}", "richInput": {"Phone": "555 0100"}},
            {"method": "GET", "url": f"v67.0/sobjects/Lead/{lead}?fields=Phone"},
            {"method": "GET", "url": "v67.0/sobjects/Nosuch"},
        ]
    }
    told = org.post("composite/batch", body)
    assert told["hasErrors"]
    assert [each["statusCode"] for each in told["results"]] == [204, 200, 404]
    assert told["results"][0]["result"] is None
    assert told["results"][1]["result"]["Phone"] == "555 0100"
    assert org.hub.quota.used == used + 3


def test_a_batch_that_halts_on_error_leaves_the_rest_undone(org: SalesforceOrg) -> None:
    wrong = {"method": "GET", "url": "v67.0/sobjects/Nosuch"}
    make = {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Name": "Us"}}
    told = org.post("composite/batch", {"haltOnError": True, "batchRequests": [wrong, make]})
    assert [each["statusCode"] for each in told["results"]] == [404, 412]
    assert org.query("SELECT Id FROM Account") == []
    many = {"batchRequests": [wrong] * 26}
    assert org.refused("POST", "composite/batch", 400, many) == "LIMIT_EXCEEDED"


def test_each_graph_is_a_transaction_of_its_own(org: SalesforceOrg) -> None:
    graphs = [
        {"graphId": "good", "compositeRequest": [ACCOUNT, CONTACT]},
        {"graphId": "bad", "compositeRequest": [ACCOUNT, WRONG]},
    ]
    told = org.post("composite/graph", {"graphs": graphs})["graphs"]
    assert [(each["graphId"], each["isSuccessful"]) for each in told] == [("good", True), ("bad", False)]
    assert len(org.query("SELECT Id FROM Account")) == 1
    assert len(told[0]["graphResponse"]["compositeResponse"]) == 2


def test_a_graph_takes_five_hundred_nodes(org: SalesforceOrg) -> None:
    nodes = [part(f"r{number}", "GET", "limits") for number in range(501)]
    body = {"graphs": [{"graphId": "big", "compositeRequest": nodes}]}
    assert org.refused("POST", "composite/graph", 400, body) == "LIMIT_EXCEEDED"


def tree(reference: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Account", "referenceId": reference}, **fields}


def test_a_tree_creates_parents_and_their_children(org: SalesforceOrg) -> None:
    child = {"attributes": {"type": "Contact", "referenceId": "child"}, "LastName": "Ames"}
    told = org.post(
        "composite/tree/Account", {"records": [tree("parent", Name="Us", Contacts={"records": [child]})]}, 201
    )
    assert not told["hasErrors"]
    assert [each["referenceId"] for each in told["results"]] == ["parent", "child"]
    found = org.query("SELECT AccountId FROM Contact")
    assert [row["AccountId"] for row in found] == [told["results"][0]["id"]]


def test_one_wrong_record_undoes_the_tree(org: SalesforceOrg) -> None:
    told = org.post("composite/tree/Account", {"records": [tree("good", Name="Us"), tree("bad", Nosuch="x")]}, 400)
    assert told["hasErrors"]
    assert [each["referenceId"] for each in told["results"]] == ["bad"]
    assert org.query("SELECT Id FROM Account") == []
