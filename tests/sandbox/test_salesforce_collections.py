"""sObject Collections of the sandbox's Salesforce side."""

from __future__ import annotations

from typing import Any

from tests.sandbox.org import SalesforceOrg

GONE = "00QHs0000000000AAA"


def row(type: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": type}, **fields}


def leads(count: int) -> list[dict[str, Any]]:
    return [row("Lead", LastName=f"Lead {number}", Company="Us") for number in range(count)]


def created(org: SalesforceOrg, count: int) -> list[str]:
    return [each["id"] for each in org.post("composite/sobjects", {"records": leads(count)})]


def change(org: SalesforceOrg, rows: list[dict[str, Any]], *, whole: bool = False) -> Any:
    return org.patch("composite/sobjects", {"allOrNone": whole, "records": rows}, 200)


def test_results_come_in_the_order_sent_and_a_refused_row_has_no_id(org: SalesforceOrg) -> None:
    first, second = created(org, 2)
    told = change(
        org,
        [
            row("Lead", id=second, Phone="555 0100"),
            row("Lead", id=GONE, Phone="555 0100"),
            row("Lead", id=first, Phone="555 0101"),
        ],
    )
    assert [each["success"] for each in told] == [True, False, True]
    assert [each.get("id") for each in told] == [second, None, first]
    assert told[0]["errors"] == []
    assert set(told[1]) == {"success", "errors"}
    assert set(told[1]["errors"][0]) == {"statusCode", "message", "fields"}


def test_the_second_row_of_the_same_record_is_refused(org: SalesforceOrg) -> None:
    (lead,) = created(org, 1)
    told = change(org, [row("Lead", id=lead, Phone="1"), row("Lead", id=lead[:15], Phone="2")])
    assert [each["success"] for each in told] == [True, False]
    assert org.get(f"sobjects/Lead/{lead}")["Phone"] == "1"


def test_all_or_none_undoes_the_good_rows_of_every_object(org: SalesforceOrg) -> None:
    (lead,) = created(org, 1)
    contact = org.add("Contact")
    told = change(
        org, [row("Contact", id=contact, Phone="1"), row("Lead", id=lead, Phone="1"), row("Lead", id=GONE)], whole=True
    )
    assert [each["success"] for each in told] == [False, False, False]
    assert told[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert told[1]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert org.get(f"sobjects/Contact/{contact}")["Phone"] is None
    assert org.get(f"sobjects/Lead/{lead}")["Phone"] is None


def test_more_than_two_hundred_rows_are_refused_as_a_whole(org: SalesforceOrg) -> None:
    assert org.refused("POST", "composite/sobjects", 400, {"records": leads(201)}) == "EXCEEDED_MAX_SIZE_REQUEST"
    assert org.query("SELECT Id FROM Lead") == []


def test_mixed_objects_are_cut_into_at_most_ten_runs(org: SalesforceOrg) -> None:
    mixed = [each for _ in range(5) for each in (*leads(1), row("Contact", LastName="Contact"))]
    assert all(each["success"] for each in org.post("composite/sobjects", {"records": mixed}))
    assert org.refused("POST", "composite/sobjects", 400, {"records": [*mixed, *leads(1)]}) == "INVALID_INPUT"


def test_an_unknown_object_or_a_body_without_records_is_refused(org: SalesforceOrg) -> None:
    assert org.refused("POST", "composite/sobjects", 400, {"records": [row("Nosuch")]}) == "INVALID_TYPE"
    assert org.refused("POST", "composite/sobjects", 400, {"records": [{"LastName": "Ames"}]}) == "INVALID_TYPE"
    assert org.refused("POST", "composite/sobjects", 400, {}) == "JSON_PARSER_ERROR"


def test_rows_are_made_or_changed_by_a_key(org: SalesforceOrg) -> None:
    org.add("Contact", Email="ann@us.example")
    rows = [row("Contact", Email=email, LastName="Ames") for email in ("ann@us.example", "bob@us.example")]
    told = org.patch("composite/sobjects/Contact/Email", {"records": rows}, 200)
    assert [each["created"] for each in told] == [False, True]
    by_id = org.patch("composite/sobjects/Account/Id", {"records": [row("Account", Name="Us", Id=None)]}, 200)
    assert by_id[0]["created"]


def test_records_are_deleted_by_a_list_of_ids(org: SalesforceOrg) -> None:
    first, second = created(org, 2)
    told = org.delete(f"composite/sobjects?ids={first},{GONE},{second}&allOrNone=false", 200)
    assert [each["success"] for each in told] == [True, False, True]
    assert org.query("SELECT Id FROM Lead") == []


def test_records_are_read_in_the_order_asked_with_null_for_the_missing(org: SalesforceOrg) -> None:
    first, second = created(org, 2)
    by_body = org.post("composite/sobjects/Lead", {"ids": [second, GONE, first], "fields": ["LastName"]})
    assert [each and each["LastName"] for each in by_body] == ["Lead 1", None, "Lead 0"]
    assert org.get("composite/sobjects/Lead", ids=f"{second},{GONE},{first}", fields="LastName") == by_body
    too_many = {"ids": [first] * 2001, "fields": ["Id"]}
    assert org.refused("POST", "composite/sobjects/Lead", 400, too_many) == "EXCEEDED_MAX_SIZE_REQUEST"


def test_the_assignment_rule_takes_leads_unless_the_header_forbids_it(org: SalesforceOrg) -> None:
    kept, taken = created(org, 2)
    rep = org.with_assignment_rule()
    body = {"records": [row("Lead", id=kept, Phone="1")]}
    org.patch("composite/sobjects", body, 200, Sforce_Auto_Assign="FALSE")
    change(org, [row("Lead", id=taken, Phone="1")])
    assert org.get(f"sobjects/Lead/{kept}")["OwnerId"] == org.org.user_id
    assert org.get(f"sobjects/Lead/{taken}")["OwnerId"] == rep


def test_a_call_counts_once_however_many_rows_it_has(org: SalesforceOrg) -> None:
    before = org.hub.quota.used
    created(org, 200)
    assert org.hub.quota.used == before + 1
