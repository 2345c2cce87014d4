"""What HubSpot takes, in which form it keeps it, and how it refuses the rest."""

from __future__ import annotations

import json

import pytest

from adapters.sandbox.tables.owners import Owner
from tests.sandbox.account import OWNER, Account

CONTACTS = "/crm/v3/objects/contacts"
GROUP = {"name": "lead_scoring", "label": "Lead scoring"}


@pytest.fixture
def scored(account: Account) -> Account:
    """An account with a property of every type."""
    account.post("/crm/v3/properties/contacts/groups", GROUP, 201)
    types = {"score": "number/number", "seen": "datetime/date", "born": "date/date", "active": "bool/booleancheckbox"}
    for name, both in types.items():
        kept_as, field_type = both.split("/")
        definition = {"name": name, "label": name, "type": kept_as, "fieldType": field_type, "groupName": GROUP["name"]}
        account.post("/crm/v3/properties/contacts", definition, 201)
    options = [{"label": word, "value": word.lower()} for word in ("Hot", "Warm")]
    choice = {"label": "Tier", "type": "enumeration", "groupName": GROUP["name"], "options": options}
    account.post("/crm/v3/properties/contacts", choice | {"name": "tier", "fieldType": "select"}, 201)
    account.post("/crm/v3/properties/contacts", choice | {"name": "tiers", "fieldType": "checkbox"}, 201)
    account.store.owners.add([Owner(int(OWNER), "rep@example.com", "Re", "P", 7, archived=False, created_ms=0)])
    return account


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("score", 83, "83"),
        ("score", "1e2", "100"),
        ("score", " 4.50 ", "4.50"),
        ("active", True, "true"),
        ("active", "FALSE", "false"),
        ("born", "1990-02-28", "1990-02-28"),
        ("born", 636163200000, "1990-02-28"),
        ("seen", "2026-11-20T10:00:00.000Z", "2026-11-20T10:00:00Z"),
        ("seen", "2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00Z"),
        ("seen", 1795348800123, "2026-11-22T12:00:00.123Z"),
        ("tier", "hot", "hot"),
        ("tiers", "hot;warm", "hot;warm"),
        ("email", "Ada@Example.COM", "ada@example.com"),
        ("hubspot_owner_id", OWNER, OWNER),
        ("city", "", None),
        ("city", None, None),
    ],
)
def test_values_are_kept_in_the_vendors_form(scored: Account, name: str, given: object, kept: str | None) -> None:
    lead = scored.add(email="first@example.com", city="Toledo")
    answer = scored.call("PATCH", f"{CONTACTS}/{lead}", {"properties": {name: given}})
    assert answer.json["properties"][name] == kept


@pytest.mark.parametrize(
    ("name", "given", "code", "text"),
    [
        ("nope", "1", "PROPERTY_DOESNT_EXIST", 'Property "nope" does not exist'),
        ("tier", "Hot", "INVALID_OPTION", "Hot was not one of the allowed options: [hot, warm]"),
        ("tiers", "hot;cold", "INVALID_OPTION", "cold was not one of the allowed options: [hot, warm]"),
        ("score", "1,000", "INVALID_INTEGER", "1,000 was not a valid number."),
        ("score", "abc", "INVALID_INTEGER", "abc was not a valid number."),
        ("born", "2026-02-31", "INVALID_DATE", "2026-02-31 was not a valid date."),
        ("born", "1795348800000", "INVALID_DATE", "1795348800000 is at 12:00:00.000 UTC, not midnight!"),
        ("seen", "yesterday", "INVALID_LONG", "yesterday was not a valid long."),
        ("email", "not an address", "INVALID_EMAIL", "Email address not an address is invalid"),
        ("active", "maybe", "INVALID_BOOLEAN", "maybe was not a valid boolean."),
        ("hubspot_owner_id", "5", "INVALID_OWNER_ID", "Owner 5 does not exist"),
        ("createdate", "1", "READ_ONLY_VALUE", '"createdate" is a read only property; its value cannot be set.'),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_code(
    scored: Account, name: str, given: str, code: str, text: str
) -> None:
    lead = scored.add(email="first@example.com")
    answer = scored.call("PATCH", f"{CONTACTS}/{lead}", {"properties": {name: given, "city": "Lima"}})
    assert answer.status_code == 400
    assert answer.json["category"] == "VALIDATION_ERROR"
    assert answer.json["errors"] == [{"message": text, "code": code, "context": {"propertyName": [name]}}]
    details = json.loads(answer.json["message"].removeprefix("Property values were not valid: "))
    assert (details[0]["error"], details[0]["name"], details[0]["isValid"]) == (code, name, False)
    assert scored.get(f"{CONTACTS}/{lead}?properties=city")["properties"]["city"] is None


def test_a_text_longer_than_65536_characters_is_refused(account: Account) -> None:
    lead = account.add(email="a@example.com")
    for length, status in ((65_536, 200), (65_537, 400)):
        answer = account.call("PATCH", f"{CONTACTS}/{lead}", {"properties": {"message": "x" * length}})
        assert answer.status_code == status


def test_two_contacts_never_share_an_email(account: Account) -> None:
    first, second = account.contacts(2)
    body = {"properties": {"email": "LEAD0@example.com"}}
    for answer in (account.call("POST", CONTACTS, body), account.call("PATCH", f"{CONTACTS}/{second}", body)):
        assert (answer.status_code, answer.json["category"]) == (409, "CONFLICT")
        assert answer.json["message"] == f"Contact already exists. Existing ID: {first}"


def test_a_unique_property_of_the_accounts_own_is_kept_unique_and_finds_records(scored: Account) -> None:
    kept_as = {"type": "string", "fieldType": "text", "groupName": GROUP["name"], "hasUniqueValue": True}
    scored.post("/crm/v3/properties/contacts", {"name": "agency_no", "label": "No.", **kept_as}, 201)
    lead = scored.add(email="a@example.com", agency_no="A-7")
    answer = scored.call("POST", CONTACTS, {"properties": {"email": "b@example.com", "agency_no": "A-7"}})
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (400, "CONFLICTING_UNIQUE_VALUE")
    row = {"id": "A-7", "idProperty": "agency_no", "properties": {"city": "Lima"}}
    assert [one["id"] for one in scored.update(row).json["results"]] == [lead]


def test_a_lifecycle_stage_moves_forward_only_unless_cleared_first(account: Account) -> None:
    lead = account.add(email="a@example.com", lifecyclestage="opportunity")

    def stage_after(value: str) -> str | None:
        account.call("PATCH", f"{CONTACTS}/{lead}", {"properties": {"lifecyclestage": value}})
        shown: str | None = account.get(f"{CONTACTS}/{lead}?properties=lifecyclestage")["properties"]["lifecyclestage"]
        return shown

    assert [stage_after("lead"), stage_after("customer"), stage_after(""), stage_after("lead")] == [
        "opportunity",
        "customer",
        None,
        "lead",
    ]


def test_an_activity_needs_a_time(account: Account) -> None:
    answer = account.call("POST", "/crm/v3/objects/notes", {"properties": {"hs_note_body": "Hello"}})
    assert answer.status_code == 400
    assert answer.json["context"] == {"properties": ["hs_timestamp"]}


def test_a_batch_without_trace_ids_is_all_or_nothing(account: Account) -> None:
    first, second = account.contacts(2)
    answer = account.update(
        {"id": first, "properties": {"city": "Lima"}}, {"id": second, "properties": {"nope": "1", "city": "Lima"}}
    )
    assert answer.status_code == 400
    assert answer.json["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert account.get(f"{CONTACTS}/{first}?properties=city")["properties"]["city"] is None


def test_with_trace_ids_only_the_bad_row_fails(account: Account) -> None:
    first, second = account.contacts(2)
    answer = account.update(
        {"id": first, "objectWriteTraceId": "t1", "properties": {"city": "Lima"}},
        {"id": second, "objectWriteTraceId": "t2", "properties": {"nope": "1", "city": "Lima"}},
    )
    assert (answer.status_code, answer.json["numErrors"]) == (207, 1)
    assert [(row["id"], row["objectWriteTraceId"]) for row in answer.json["results"]] == [(first, "t1")]
    assert answer.json["errors"][0]["context"] == {"objectWriteTraceId": ["t2"]}
    assert answer.json["errors"][0]["category"] == "VALIDATION_ERROR"


def test_an_unknown_id_in_a_batch_fails_alone_and_is_named(account: Account) -> None:
    (lead,) = account.contacts(1)
    answer = account.update({"id": lead, "properties": {"city": "Lima"}}, {"id": "999", "properties": {"city": "Lima"}})
    assert (answer.status_code, len(answer.json["results"])) == (207, 1)
    assert answer.json["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert answer.json["errors"][0]["context"] == {"ids": ["999"]}


def test_the_rows_of_one_batch_share_one_modified_date(account: Account) -> None:
    ids = account.contacts(5)
    account.clock.forward(3.217)
    rows = account.update(*({"id": lead, "properties": {"city": "Lima"}} for lead in ids)).json["results"]
    assert {row["updatedAt"] for row in rows} == {"2026-11-22T12:00:03.217Z"}


def test_the_same_id_twice_in_a_batch_is_refused(account: Account) -> None:
    (lead,) = account.contacts(1)
    answer = account.update({"id": lead, "properties": {}}, {"id": lead, "properties": {}})
    assert (answer.status_code, lead in answer.json["message"]) == (400, True)


@pytest.mark.parametrize("verb", ["read", "update", "create", "upsert", "archive"])
def test_a_batch_holds_at_most_a_hundred_rows(account: Account, verb: str) -> None:
    rows = [{"id": str(number), "properties": {}} for number in range(101)]
    answer = account.call("POST", f"{CONTACTS}/batch/{verb}", {"inputs": rows})
    assert (answer.status_code, answer.json["category"]) == (400, "VALIDATION_ERROR")


def test_a_batch_read_names_the_missing_and_sorts_by_id(account: Account) -> None:
    first, second = account.contacts(2)
    body = {"properties": ["email"], "inputs": [{"id": each} for each in (second, "999", first, second)]}
    read = account.post(f"{CONTACTS}/batch/read", body, 207)
    assert [row["id"] for row in read["results"]] == [first, second]
    assert (read["numErrors"], read["errors"][0]["context"]) == (1, {"ids": ["999"]})


def test_a_batch_read_finds_by_email_too(account: Account) -> None:
    ids = account.contacts(2)
    body = {"properties": ["email"], "idProperty": "email", "inputs": [{"id": "lead1@example.com"}]}
    assert [row["id"] for row in account.post(f"{CONTACTS}/batch/read", body)["results"]] == ids[1:]


def test_a_batch_read_with_history_holds_at_most_fifty(account: Account) -> None:
    body = {"propertiesWithHistory": ["city"], "properties": [], "inputs": [{"id": str(each)} for each in range(51)]}
    assert account.call("POST", f"{CONTACTS}/batch/read", body).status_code == 400


def test_an_upsert_by_email_changes_the_known_and_creates_the_others(account: Account) -> None:
    (known,) = account.contacts(1)
    rows = [
        {"id": name, "idProperty": "email", "properties": {"city": "Lima"}}
        for name in ("lead0@example.com", "new@example.com")
    ]
    results = account.post(f"{CONTACTS}/batch/upsert", {"inputs": rows})["results"]
    assert [row["new"] for row in results] == [False, True]
    assert results[0]["id"] == known
    assert account.get(f"{CONTACTS}/new@example.com?idProperty=email&properties=city")["properties"]["city"] == "Lima"


def test_a_batch_update_goes_by_record_id_not_by_email(account: Account) -> None:
    account.contacts(1)
    answer = account.update({"id": "lead0@example.com", "idProperty": "email", "properties": {"city": "Lima"}})
    assert (answer.status_code, "non-unique" in answer.json["message"]) == (400, True)


def test_a_body_that_is_no_json_is_a_400(account: Account) -> None:
    headers = {"Authorization": f"Bearer {account.token}"}
    answer = account.client.post(CONTACTS, data="{broken", headers=headers, content_type="application/json")
    assert (answer.status_code, answer.json["category"]) == (400, "VALIDATION_ERROR")
