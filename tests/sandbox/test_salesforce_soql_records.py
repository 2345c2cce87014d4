"""What a query answers with: fields, parents, children, order, pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox.salesforce.catalog.model import make_field
from tests.sandbox.soql import ANN, CARL, DORA, EVA, FINN, GINA, GONE, HIDDEN, HUGO, LEADS, SHOP, TASKS, Soql, open_org


@pytest.fixture(scope="module")
def soql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soql]:
    org = open_org(tmp_path_factory.mktemp("org"))
    yield Soql(org)
    org.close()


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[Soql]:
    """An org a test may write to."""
    org = open_org(tmp_path)
    yield Soql(org)
    org.close()


def test_a_record_has_its_type_address_and_fields_in_the_catalogues_spelling(soql: Soql) -> None:
    (record,) = soql.run(f"select ID, lastname, createddate, isconverted FROM lead WHERE id = '{EVA}'").records(0, 10)
    assert record == {
        "attributes": {"type": "Lead", "url": f"/services/data/v67.0/sobjects/Lead/{EVA}"},
        "Id": EVA,
        "LastName": "Ellis",
        "CreatedDate": "2026-11-22T04:30:00.000+0000",
        "IsConverted": False,
    }


def test_a_parent_is_a_record_inside_and_null_when_there_is_none(soql: Soql) -> None:
    carl, dora = soql.run("SELECT Id, Account.Name, Account.Owner.Email FROM Contact ORDER BY Id LIMIT 2").records(0, 2)
    assert carl["Account"]["attributes"] == {"type": "Account", "url": f"/services/data/v67.0/sobjects/Account/{SHOP}"}
    assert carl["Account"]["Name"] == "Harbor Shop"
    assert carl["Account"]["Owner"]["Email"] == "ann@agency.example"
    assert (dora["Id"], dora["Account"]) == (DORA, None)


def test_a_converted_lead_leads_to_its_contact_and_account(soql: Soql) -> None:
    query = f"SELECT ConvertedContact.Email, ConvertedAccount.Name FROM Lead WHERE Id = '{GINA}'"
    assert soql.records(query) == [
        {"ConvertedContact": {"Email": "carl@home.example"}, "ConvertedAccount": {"Name": "Harbor Shop"}}
    ]


def test_a_polymorphic_parent_answers_by_what_it_is(soql: Soql) -> None:
    rows = soql.run(f"SELECT Owner.Name, Owner.Type FROM Lead WHERE Id IN ('{EVA}', '{FINN}') ORDER BY Id").records(
        0, 2
    )
    assert [(row["Owner"]["Name"], row["Owner"]["Type"]) for row in rows] == [
        ("Ann Agent", "User"),
        ("New leads", "Queue"),
    ]
    assert rows[0]["Owner"]["attributes"] == {"type": "Name", "url": f"/services/data/v67.0/sobjects/User/{ANN}"}


def test_a_polymorphic_parent_has_only_the_fields_of_name(soql: Soql) -> None:
    assert soql.values("SELECT Who.Email FROM Task WHERE Who.Type = 'Contact'") == [{"Email": "carl@home.example"}]
    assert "No such column 'Company' on entity 'Name'" in soql.refused("SELECT Who.Company FROM Task").message


def test_typeof_picks_the_fields_by_the_kind_of_parent(soql: Soql) -> None:
    query = (
        "SELECT TYPEOF Who WHEN Lead THEN Company, Owner.Name WHEN Contact THEN Account.Name ELSE Name END "
        "FROM Task ORDER BY CreatedDate DESC LIMIT 2"
    )
    assert soql.values(query) == [
        {"Account": {"Name": "Harbor Shop"}},
        {"Company": "100% Fit", "Owner": {"Name": "New leads"}},
    ]


def test_children_come_inside_their_parent_and_are_null_when_there_are_none(soql: Soql) -> None:
    query = "SELECT Id, (SELECT Subject FROM Tasks WHERE IsClosed = true ORDER BY ActivityDate DESC LIMIT 1) FROM Lead"
    by_lead = {row["Id"]: row["Tasks"] for row in soql.records(query)}
    assert by_lead[EVA] == {"totalSize": 1, "done": True, "records": [{"Subject": "Email"}]}
    assert by_lead[FINN] is None


def test_children_that_are_deleted_or_archived_show_only_to_those_who_ask_for_all(soql: Soql) -> None:
    query = f"SELECT Id, (SELECT Id FROM Tasks) FROM Contact WHERE Id = '{CARL}'"
    assert soql.records(query)[0]["Tasks"]["totalSize"] == 1
    assert soql.records(query, everything=True)[0]["Tasks"]["totalSize"] == 2


def test_fields_of_a_person_account_are_the_contacts(soql: Soql) -> None:
    query = "SELECT PersonEmail, LastName, PersonContactId FROM Account WHERE PersonEmail LIKE 'HANNA%'"
    assert soql.records(query) == [{"PersonEmail": "hanna@home.example", "LastName": None, "PersonContactId": HIDDEN}]
    assert soql.values("SELECT Account.PersonEmail FROM Contact WHERE IsPersonAccount = true") == [
        {"PersonEmail": "hanna@home.example"}
    ]


def test_an_address_is_put_together_from_its_parts(soql: Soql) -> None:
    (address,) = soql.values(f"SELECT MailingAddress FROM Contact WHERE Id = '{CARL}'")
    assert (address["city"], address["postalCode"], address["street"]) == ("Boston", "02101", None)
    assert soql.values(f"SELECT MailingAddress FROM Contact WHERE Id = '{DORA}'") == [None]


def test_fields_all_selects_every_visible_field_of_at_most_200_rows(soql: Soql) -> None:
    record = soql.records("SELECT FIELDS(ALL) FROM Lead LIMIT 200")[0]
    assert len(record) == len(soql.org.view(None).object("Lead").fields)
    for refused in ("SELECT FIELDS(ALL) FROM Lead", "SELECT FIELDS(CUSTOM) FROM Lead LIMIT 201"):
        assert "The SOQL FIELDS function must have a LIMIT of at most 200" in soql.refused(refused).message
    assert soql.records("SELECT FIELDS(STANDARD) FROM Lead")


def test_functions_over_single_fields_keep_the_name_of_the_field_or_take_an_alias(soql: Soql) -> None:
    items = "toLabel(Status), convertCurrency(AnnualRevenue), FORMAT(AnnualRevenue) shown"
    assert soql.records(f"SELECT {items} FROM Lead WHERE Id = '{EVA}'") == [
        {"Status": "Open - Not Contacted", "AnnualRevenue": 1000.5, "shown": "$1,000"}
    ]


def test_text_sorts_regardless_of_case_with_empty_ones_first(soql: Soql) -> None:
    assert soql.values("SELECT LastName FROM Lead ORDER BY LastName") == ["Ellis", "Gray", "hayes", "o'Hara"]
    assert soql.values("SELECT NumberOfEmployees FROM Lead ORDER BY NumberOfEmployees DESC, Id")[2:] == [7, 3]
    assert soql.values("SELECT NumberOfEmployees FROM Lead ORDER BY NumberOfEmployees NULLS LAST, Id")[:2] == [3, 7]


def test_a_picklist_sorts_in_the_order_of_its_values(soql: Soql) -> None:
    order = soql.org.catalog.objects["lead"].fields["status"].picklist
    found = soql.values("SELECT Status FROM Lead ORDER BY Status")
    assert found == sorted(found, key=order.index)
    assert found != sorted(found)


def test_without_an_order_nothing_promises_rising_ids(soql: Soql) -> None:
    found = soql.values("SELECT Id FROM Lead")
    assert sorted(found) == [EVA, FINN, GINA, HUGO]
    assert found != sorted(found)
    assert found == soql.values("SELECT Id FROM Lead")


def test_limit_and_offset_cut_the_result_and_its_total(soql: Soql) -> None:
    assert soql.values("SELECT Id FROM Lead ORDER BY Id LIMIT 2 OFFSET 1") == [FINN, GINA]
    assert soql.run("SELECT Id FROM Lead LIMIT 3").total == 3
    assert soql.run("SELECT Id FROM Lead LIMIT 0").records(0, 10) == []


def test_deleted_and_archived_rows_are_for_query_all(soql: Soql) -> None:
    assert GONE not in soql.values("SELECT Id FROM Lead")
    assert soql.values("SELECT Id FROM Lead WHERE IsDeleted = true AND MasterRecordId != null", everything=True) == [
        GONE
    ]
    assert soql.run("SELECT Id FROM Lead ALL ROWS").total == len(LEADS)
    assert soql.run("SELECT Id FROM Task").total == 4
    assert soql.run("SELECT Id FROM Task", everything=True).total == len(TASKS)


def test_a_result_keeps_its_records_but_not_their_values(changing: Soql) -> None:
    rows = changing.run("SELECT Id, LastName FROM Lead ORDER BY Id")
    with changing.org.writing() as connection:
        connection.execute('UPDATE "Lead" SET "LastName" = ? WHERE "Id" = ?', ("Evans", EVA))
        connection.execute('UPDATE "Lead" SET "IsDeleted" = 1 WHERE "Id" = ?', (FINN,))
    changing.org.load("Lead", [{"LastName": "Late", "Company": "Late"}])
    assert rows.total == 4
    assert [record["LastName"] for record in rows.records(0, 4)] == ["Evans", "Gray", "hayes"]


def test_pages_follow_each_other_without_gaps(changing: Soql) -> None:
    changing.org.load("Lead", ({"LastName": f"L{n}", "Company": "C"} for n in range(1300)))
    rows = changing.run("SELECT Id FROM Lead")
    found = [record["Id"] for start in range(0, rows.total, 200) for record in rows.records(start, 200)]
    assert len(found) == len(set(found)) == rows.total == 1304


def test_a_page_has_200_records_with_two_long_texts(changing: Soql) -> None:
    for name in ("One__c", "Two__c"):
        field = make_field(name, "textarea", label=name, length=32_000, custom=True)
        changing.org.add_custom_field("Lead", field, visible=False)
    assert changing.run("SELECT Id, One__c FROM Lead").page_size(2000) == 2000
    assert changing.run("SELECT Id, One__c, Two__c FROM Lead").page_size(2000) == 200


def test_a_hidden_field_does_not_exist_not_even_behind_a_parent_or_among_children(changing: Soql) -> None:
    user = Soql(changing.org, ANN)
    changing.org.hide("Contact", "Email")
    changing.org.hide("Task", "Subject")
    for query in (
        "SELECT Email FROM Contact",
        "SELECT Id FROM Contact WHERE Email = 'x'",
        "SELECT ConvertedContact.Email FROM Lead",
        "SELECT PersonEmail FROM Account",
        "SELECT Id, (SELECT Subject FROM Tasks) FROM Contact",
    ):
        assert user.refused(query).message.count("No such column") == 1, query
    assert "Email" not in user.records("SELECT FIELDS(ALL) FROM Contact LIMIT 1")[0]


def test_definitions_answer_from_the_catalogue(soql: Soql) -> None:
    where = "EntityDefinition.QualifiedApiName = 'Lead' AND DataType = 'Email'"
    assert soql.values(f"SELECT QualifiedApiName FROM FieldDefinition WHERE {where}") == ["Email"]
    assert soql.values("SELECT Label FROM EntityDefinition WHERE QualifiedApiName IN ('Task')") == ["Task"]
    assert soql.run("SELECT COUNT() FROM FieldDefinition WHERE EntityDefinitionId = 'Lead'").total > 20
    assert "reified column" in soql.refused("SELECT Label FROM FieldDefinition").message


def test_definitions_are_told_apart_by_their_durable_id(soql: Soql) -> None:
    fields = "SELECT Id, DurableId, EntityDefinition.DurableId FROM FieldDefinition WHERE EntityDefinitionId = 'Lead'"
    found = soql.run(f"{fields} AND QualifiedApiName IN ('Email', 'Phone')").records(0, 10)
    assert {each["DurableId"] for each in found} == {"Lead.Email", "Lead.Phone"}
    assert {each["Id"] for each in found} == {"000000000000000AAA"}
    assert found[0]["attributes"]["url"].endswith("/FieldDefinition/000000000000000AAA")
    assert found[0]["EntityDefinition"]["DurableId"] == "Lead"
