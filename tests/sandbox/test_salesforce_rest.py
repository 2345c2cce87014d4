"""Versions, describe, single records and queries of the sandbox's Salesforce side."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.sandbox.org import SalesforceOrg, empty_org

GONE = "00QHs0000000000AAA"


def test_the_versions_are_told_to_anybody(org: SalesforceOrg) -> None:
    versions = org.client.get("/services/data/").json
    assert versions[0]["version"] == "31.0"
    assert versions[-1] == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    assert {"label": "Summer '26", "url": "/services/data/v67.0", "version": "67.0"} in versions


@pytest.mark.parametrize(("version", "status"), [("v30.0", 410), ("v20.0", 404), ("v99.0", 404), ("latest", 404)])
def test_versions_outside_are_gone_or_not_found(org: SalesforceOrg, version: str, status: int) -> None:
    assert org.call("GET", f"/services/data/{version}/limits").status_code == status


def test_a_version_lists_its_resources(org: SalesforceOrg) -> None:
    listed = org.get("/services/data/v60.0/")
    assert listed["composite"] == "/services/data/v60.0/composite"


def test_unknown_paths_and_wrong_methods_are_refused_in_the_vendors_words(org: SalesforceOrg) -> None:
    answer = org.call("GET", "nosuch")
    assert answer.status_code == 404
    assert answer.json == [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    assert org.refused("POST", "query", 405) == "METHOD_NOT_ALLOWED"
    message = org.call("POST", "query").json[0]["message"]
    assert message == "HTTP Method 'POST' not allowed. Allowed are HEAD,GET"


def test_every_answer_carries_the_usage_and_the_orgs_own_time(org: SalesforceOrg) -> None:
    answer = org.call("GET", "sobjects")
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/118000"
    assert answer.headers["Date"] == "Sun, 22 Nov 2026 12:00:00 GMT"
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"


def test_answers_come_in_gzip_when_asked(org: SalesforceOrg) -> None:
    answer = org.call("GET", "sobjects", headers={"Accept-Encoding": "gzip, deflate"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data).startswith(b'{"encoding":"UTF-8"')


def test_an_address_too_long_is_refused_in_html(org: SalesforceOrg) -> None:
    answer = org.call("GET", "query", query={"q": "SELECT Id FROM Lead WHERE Id IN ('" + "x" * 16_384 + "')"})
    assert answer.status_code == 414
    assert answer.text == "<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>"
    assert org.call("GET", "limits", headers={"X-Long": "x" * 16_384}).status_code == 431


def test_objects_are_described_with_their_fields(org: SalesforceOrg) -> None:
    lead = org.get("sobjects/lead/describe")
    fields = {field["name"]: field for field in lead["fields"]}
    assert (lead["name"], lead["keyPrefix"], lead["custom"]) == ("Lead", "00Q", False)
    assert set(fields["OwnerId"]["referenceTo"]) == {"Group", "User"}
    assert fields["SystemModstamp"]["filterable"]
    assert not fields["SystemModstamp"]["groupable"]
    assert fields["Id"]["soapType"] == "tns:ID"
    assert [each["value"] for each in fields["Status"]["picklistValues"]]
    assert "Lead" in {each["name"] for each in org.get("sobjects")["sobjects"]}
    assert org.get("sobjects/Lead")["objectDescribe"]["urls"]["describe"].endswith("/sobjects/Lead/describe")


def test_a_description_seen_before_is_not_sent_again_until_it_changes(org: SalesforceOrg) -> None:
    first = org.call("GET", "sobjects/Lead/describe")
    seen = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert org.call("GET", "sobjects/Lead/describe", headers=seen).status_code == 304
    org.org.hide("Lead", "Industry")
    changed = org.call("GET", "sobjects/Lead/describe", headers=seen)
    assert changed.status_code == 200
    assert "Industry" not in {field["name"] for field in changed.json["fields"]}


def test_an_object_nobody_may_see_is_not_there(org: SalesforceOrg) -> None:
    org.org.hide_object("Campaign")
    assert org.refused("GET", "sobjects/Campaign/describe", 404) == "NOT_FOUND"
    assert org.refused("GET", "query", 400, q="SELECT Id FROM Campaign") == "INVALID_TYPE"


def test_a_record_is_created_read_changed_and_deleted(org: SalesforceOrg) -> None:
    made = org.post("sobjects/Lead", {"LastName": "Ames", "Company": "Ames Bakery"}, 201)
    assert made == {"id": made["id"], "success": True, "errors": []}
    lead = org.get(f"sobjects/Lead/{made['id']}")
    assert lead["attributes"] == {"type": "Lead", "url": f"/services/data/v67.0/sobjects/Lead/{made['id']}"}
    assert (lead["LastName"], lead["IsDeleted"], lead["Phone"]) == ("Ames", False, None)
    assert lead["CreatedDate"] == "2026-11-22T12:00:00.000+0000"
    assert org.call("PATCH", f"sobjects/Lead/{made['id']}", {"Phone": "555 0100"}).data == b""
    assert org.get(f"sobjects/Lead/{made['id'][:15]}", fields="Phone")["Phone"] == "555 0100"
    org.delete(f"sobjects/Lead/{made['id']}")
    assert org.refused("GET", f"sobjects/Lead/{made['id']}", 404) == "ENTITY_IS_DELETED"
    assert org.refused("PATCH", f"sobjects/Lead/{made['id']}", 404, {"Phone": None}) == "ENTITY_IS_DELETED"


def test_only_the_fields_asked_for_are_read_and_unknown_ones_refused(org: SalesforceOrg) -> None:
    lead = org.add("Lead", FirstName="Ann")
    assert set(org.get(f"sobjects/Lead/{lead}", fields="FirstName,LastName")) == {"attributes", "FirstName", "LastName"}
    assert org.refused("GET", f"sobjects/Lead/{lead}", 400, fields="Nosuch") == "INVALID_FIELD"


def test_records_that_are_not_there_are_not_found(org: SalesforceOrg) -> None:
    for method, body in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        assert org.refused(method, f"sobjects/Lead/{GONE}", 404, body) == "NOT_FOUND"
    assert org.refused("GET", "sobjects/Lead/nonsense", 404) == "NOT_FOUND"
    assert org.refused("GET", f"sobjects/Nosuch/{GONE}", 404) == "NOT_FOUND"


def test_a_refused_record_names_code_and_fields(org: SalesforceOrg) -> None:
    answer = org.call("POST", "sobjects/Lead", {"FirstName": "Ann", "Company": "Us"})
    assert answer.status_code == 400
    assert answer.json[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert answer.json[0]["fields"] == ["LastName"]


def test_bodies_that_are_no_json_objects_are_refused(org: SalesforceOrg) -> None:
    for data in ("{", "[]", "", "\xff"):
        answer = org.client.post(
            "/services/data/v67.0/sobjects/Lead", data=data, headers={"Authorization": f"Bearer {org.token}"}
        )
        assert (answer.status_code, answer.json[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_the_id_does_not_belong_into_the_body_and_relationships_are_passed_over(org: SalesforceOrg) -> None:
    lead = org.add("Lead")
    assert org.refused("PATCH", f"sobjects/Lead/{lead}", 400, {"Id": lead}) == "INVALID_FIELD"
    org.patch(f"sobjects/Lead/{lead}", {"Owner": {"Name": "Somebody"}, "Phone": "555 0100"})
    assert org.get(f"sobjects/Lead/{lead}")["Phone"] == "555 0100"


def test_a_record_changed_meanwhile_is_kept_from_a_conditional_change(org: SalesforceOrg) -> None:
    lead = org.add("Lead")
    seen = org.call("GET", f"sobjects/Lead/{lead}").headers["Last-Modified"]
    assert org.call("GET", f"sobjects/Lead/{lead}", headers={"If-Modified-Since": seen}).status_code == 304
    org.clock.forward(60)
    org.patch(f"sobjects/Lead/{lead}", {"Phone": "555 0100"})
    late = org.call("PATCH", f"sobjects/Lead/{lead}", {"Phone": None}, headers={"If-Unmodified-Since": seen})
    assert late.status_code == 412
    assert org.get(f"sobjects/Lead/{lead}")["Phone"] == "555 0100"


def test_a_record_is_made_or_changed_by_a_key(org: SalesforceOrg) -> None:
    made = org.patch("sobjects/Contact/Email/ann@us.example", {"LastName": "Ames"}, 201)
    assert made["created"]
    again = org.patch("sobjects/Contact/Email/ann@us.example", {"FirstName": "Ann"}, 200)
    assert (again["id"], again["created"]) == (made["id"], False)
    assert org.get("sobjects/Contact/Email/ann@us.example")["FirstName"] == "Ann"
    org.add("Contact", Email="ann@us.example")
    assert len(org.get("sobjects/Contact/Email/ann@us.example", 300)) == 2


def test_a_query_comes_in_pages_of_the_size_asked_for(org: SalesforceOrg) -> None:
    rows = [{"LastName": f"Lead {number}", "Company": "Us", "attributes": {"type": "Lead"}} for number in range(200)]
    for _ in range(2):
        org.post("composite/sobjects", {"records": rows})
    org.add("Lead")
    small = {"Sforce-Query-Options": "batchSize=1"}
    first = org.call("GET", "query", query={"q": "SELECT Id FROM Lead"}, headers=small)
    assert (first.json["totalSize"], first.json["done"], len(first.json["records"])) == (401, False, 200)
    assert first.json["nextRecordsUrl"].endswith("-200")
    second = org.get(first.json["nextRecordsUrl"])
    last = org.get(second["nextRecordsUrl"])
    assert (last["totalSize"], last["done"], len(last["records"])) == (401, True, 1)
    assert "nextRecordsUrl" not in last
    ids = {row["Id"] for page in (first.json, second, last) for row in page["records"]}
    assert len(ids) == 401


def test_a_locator_lives_two_days(tmp_path: Path) -> None:
    with empty_org(tmp_path, page_size=1) as org:
        for _ in range(2):
            org.add("Lead")
        page = org.get("query", q="SELECT Id FROM Lead")["nextRecordsUrl"]
        org.clock.forward(2 * 86_400 - 1)
        assert org.get(page)["done"]
        org.clock.forward(1)
        assert org.refused("GET", page, 400) == "INVALID_QUERY_LOCATOR"
        assert org.refused("GET", "query/0r8Hs00000000zzAAA-1", 400) == "INVALID_QUERY_LOCATOR"


def test_deleted_records_come_with_query_all_alone_and_on_its_later_pages_too(tmp_path: Path) -> None:
    with empty_org(tmp_path, page_size=1) as org:
        kept, gone = org.add("Lead"), org.add("Lead")
        org.delete(f"sobjects/Lead/{gone}")
        assert [row["Id"] for row in org.query("SELECT Id FROM Lead")] == [kept]
        found = org.query("SELECT Id, IsDeleted FROM Lead ORDER BY Id", everything=True)
        assert [(row["Id"], row["IsDeleted"]) for row in found] == [(kept, False), (gone, True)]
        assert "/query/" in org.get("queryAll", q="SELECT Id FROM Lead")["nextRecordsUrl"]


def test_a_count_has_no_records(org: SalesforceOrg) -> None:
    org.add("Lead")
    assert org.get("query", q="SELECT COUNT() FROM Lead") == {"totalSize": 1, "done": True, "records": []}


def test_groups_do_not_come_in_pages(tmp_path: Path) -> None:
    with empty_org(tmp_path, page_size=1) as org:
        for name in ("Ames", "Bell"):
            org.add("Lead", LastName=name)
        refused = org.refused("GET", "query", 400, q="SELECT LastName, COUNT(Id) FROM Lead GROUP BY LastName")
        assert refused == "EXCEEDED_ID_LIMIT"


def test_a_query_that_cannot_be_read_is_refused(org: SalesforceOrg) -> None:
    assert org.refused("GET", "query", 400) == "MALFORMED_QUERY"
    assert org.refused("GET", "query", 400, q="SELEC Id FROM Lead") == "MALFORMED_QUERY"
    assert org.refused("GET", "query", 400, q="SELECT Nosuch FROM Lead") == "INVALID_FIELD"


def test_a_method_may_come_in_disguise(org: SalesforceOrg) -> None:
    lead = org.add("Lead")
    answer = org.call("POST", f"sobjects/Lead/{lead}", {"Phone": "555 0100"}, query={"_HttpMethod": "PATCH"})
    assert answer.status_code == 204


def test_the_assignment_rule_runs_on_every_write_unless_told_not_to(org: SalesforceOrg) -> None:
    rep = org.with_assignment_rule()
    never = {"Sforce-Auto-Assign": "FALSE"}
    lead = org.call("POST", "sobjects/Lead", {"LastName": "Ames", "Company": "Us"}, headers=never).json["id"]
    org.call("PATCH", f"sobjects/Lead/{lead}", {"Rating": "Hot"}, headers=never)
    assert org.get(f"sobjects/Lead/{lead}")["OwnerId"] == org.org.user_id
    org.patch(f"sobjects/Lead/{lead}", {"Rating": "Warm"})
    assert org.get(f"sobjects/Lead/{lead}")["OwnerId"] == rep


def test_a_search_is_refused_with_a_sentence_that_helps(org: SalesforceOrg) -> None:
    answer = org.call("GET", "search", query={"q": "FIND {Ames}"})
    assert (answer.status_code, answer.json[0]["errorCode"]) == (400, "MALFORMED_SEARCH")
    assert "SOQL" in answer.json[0]["message"]
