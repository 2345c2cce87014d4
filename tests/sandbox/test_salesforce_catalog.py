"""The objects of an org, what describe says of them, and custom fields in the catalogue."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.sandbox.salesforce.catalog import Catalog, Field, make_field
from adapters.sandbox.salesforce.catalog.describing import describe_global, describe_sobject
from adapters.sandbox.salesforce.view import View

EVERY_OBJECT = [
    "Lead",
    "Contact",
    "Account",
    "Task",
    "Event",
    "TaskRelation",
    "EventRelation",
    "EmailMessage",
    "EmailMessageRelation",
    "Campaign",
    "CampaignMember",
    "Opportunity",
    "OpportunityContactRole",
    "OpportunityHistory",
    "OpportunityFieldHistory",
    "OpportunityStage",
    "LeadStatus",
    "LeadHistory",
    "ContactHistory",
    "User",
    "Group",
    "Profile",
    "Organization",
    "PermissionSet",
    "PermissionSetAssignment",
    "FieldPermissions",
    "ObjectPermissions",
    "AssignmentRule",
    "DuplicateRule",
    "FieldDefinition",
    "EntityDefinition",
    "RecordType",
]
PREFIXES = {
    "Lead": "00Q", "Contact": "003", "Account": "001", "Opportunity": "006", "Task": "00T", "Event": "00U",
    "EmailMessage": "02s", "Campaign": "701", "CampaignMember": "00v", "OpportunityContactRole": "00K", "User": "005",
    "Group": "00G", "Organization": "00D",
}  # fmt: skip


@pytest.fixture
def catalog() -> Catalog:
    return Catalog()


def field(catalog: Catalog, path: str) -> Field:
    sobject, _, name = path.partition(".")
    found = catalog.objects[sobject.lower()].field(name)
    assert found is not None, path
    return found


def test_the_objects_a_connector_reads_are_there(catalog: Catalog) -> None:
    assert [name for name in EVERY_OBJECT if catalog.object(name) is None] == []
    assert {name: catalog.objects[name.lower()].prefix for name in PREFIXES} == PREFIXES


def test_names_are_found_whatever_their_case(catalog: Catalog) -> None:
    lead = catalog.object("lEAD")
    assert lead is not None
    assert lead.field("HASOPTEDOUTOFEMAIL") is lead.fields["hasoptedoutofemail"]
    assert catalog.object("Widget__c") is None


def test_every_reference_and_child_names_fields_that_exist(catalog: Catalog) -> None:
    for sobject in catalog.objects.values():
        for child in sobject.children:
            back = field(catalog, f"{child.sobject}.{child.field}")
            assert sobject.name in back.reference_to, (sobject.name, child.relationship)
        assert sobject.history is None or sobject.history.lower() in catalog.objects
        assert {name.lower() for name in sobject.tracked} <= sobject.fields.keys()


def test_compound_fields_have_parts_and_no_column(catalog: Catalog) -> None:
    address = field(catalog, "Lead.Address")
    parts = [each.name for each in catalog.objects["lead"].fields.values() if each.compound == "Address"]
    assert not address.stored
    assert {"Street", "City", "State", "PostalCode", "Country"} <= set(parts)


@pytest.mark.parametrize(
    ("path", "relationship", "targets"),
    [
        ("Lead.OwnerId", "Owner", {"Group", "User"}),
        ("Contact.OwnerId", "Owner", {"User"}),
        ("Task.WhoId", "Who", {"Contact", "Lead"}),
        ("Lead.ConvertedContactId", "ConvertedContact", {"Contact"}),
        ("EmailMessageRelation.RelationId", "Relation", {"Contact", "Lead", "User"}),
    ],
)
def test_references_name_their_targets(catalog: Catalog, path: str, relationship: str, targets: set[str]) -> None:
    found = field(catalog, path)
    assert found.relationship == relationship
    assert set(found.reference_to) == targets
    assert found.polymorphic == (len(targets) > 1)
    owner = catalog.objects[path.partition(".")[0].lower()].following(relationship.upper())
    assert owner is found


def test_what_the_vendor_cannot_filter_sort_or_group_is_marked(catalog: Catalog) -> None:
    stamp, text, who = (field(catalog, path) for path in ("Lead.SystemModstamp", "Lead.Description", "Task.WhoId"))
    assert (stamp.filterable, stamp.sortable, stamp.groupable) == (True, True, False)
    assert (text.filterable, text.sortable, text.groupable) == (False, False, False)
    assert who.groupable
    old = field(catalog, "LeadHistory.OldValue")
    assert (old.filterable, old.sortable) == (False, True)


def test_history_rows_have_no_modification_of_their_own(catalog: Catalog) -> None:
    assert "lastmodifieddate" not in catalog.objects["leadhistory"].fields
    assert "systemmodstamp" not in catalog.objects["leadhistory"].fields
    assert "systemmodstamp" in catalog.objects["opportunityhistory"].fields


def test_without_person_accounts_their_fields_do_not_exist() -> None:
    names = Catalog(person_accounts=False).objects["account"].fields
    assert not [name for name in names if name.startswith(("person", "isperson")) or name.endswith("__pc")]
    assert "ispersonaccount" not in Catalog(person_accounts=False).objects["contact"].fields


def test_a_lead_needs_a_company_only_where_people_cannot_be_accounts(catalog: Catalog) -> None:
    assert field(catalog, "Lead.Company").nillable
    assert not field(Catalog(person_accounts=False), "Lead.Company").nillable


def test_a_longer_picklist_of_contact_serves_person_accounts(catalog: Catalog) -> None:
    catalog.extend_picklist("Contact", "LeadSource", ["Radio", "Web"])
    assert field(catalog, "Contact.LeadSource").picklist.count("Web") == 1
    assert field(catalog, "Contact.LeadSource").picklist[-1] == "Radio"
    assert "Radio" in field(catalog, "Account.PersonLeadSource").picklist
    assert "Radio" not in field(catalog, "Lead.LeadSource").picklist


def test_person_account_fields_are_read_through_the_contact(catalog: Catalog) -> None:
    mail = field(catalog, "Account.PersonEmail")
    assert mail.through == ("PersonContactId", "Email")
    assert not mail.stored
    assert field(catalog, "Account.PersonMailingCity").compound == "PersonMailingAddress"
    assert field(catalog, "Account.PersonContactId").relationship == "PersonContact"


def test_a_custom_field_of_contact_shows_on_account(catalog: Catalog) -> None:
    catalog.add_field("contact", make_field("Score__c", "double", label="Score", custom=True, precision=3))
    mirror = field(catalog, "Account.Score__pc")
    assert mirror.through == ("PersonContactId", "Score__c")
    assert mirror.custom
    catalog.drop_field("Contact", "Score__c")
    assert catalog.objects["account"].field("Score__pc") is None
    assert catalog.objects["contact"].field("Score__c") is None


def test_catalogs_do_not_share_custom_fields(catalog: Catalog) -> None:
    catalog.add_field("Lead", make_field("Mine__c", "string", label="Mine", custom=True))
    assert Catalog().objects["lead"].field("Mine__c") is None


def test_activities_of_several_people_need_the_setting() -> None:
    catalog = Catalog(shared_activities=False)
    assert catalog.object("TaskRelation") is None
    assert catalog.objects["lead"].child("TaskRelations") is None
    assert catalog.objects["lead"].child("Tasks") is not None


def described(catalog: Catalog, name: str) -> dict[str, Any]:
    body = describe_sobject(View(None, catalog.objects), name)
    return dict(json.loads(json.dumps(body)))


def test_describe_speaks_the_vendors_shape(catalog: Catalog) -> None:
    lead = described(catalog, "lead")
    assert (lead["name"], lead["keyPrefix"], lead["labelPlural"]) == ("Lead", "00Q", "Leads")
    assert lead["urls"]["rowTemplate"] == "/services/data/v67.0/sobjects/Lead/{ID}"
    assert lead["recordTypeInfos"][0]["recordTypeId"] == "012000000000000AAA"
    status = next(each for each in lead["fields"] if each["name"] == "Status")
    assert status["picklistValues"][0] == {
        "active": True,
        "defaultValue": True,
        "label": "Open - Not Contacted",
        "validFor": None,
        "value": "Open - Not Contacted",
    }
    assert (status["type"], status["soapType"], status["byteLength"]) == ("picklist", "xsd:string", 765)


def test_describe_lists_children_that_the_user_can_see(catalog: Catalog) -> None:
    contact = described(catalog, "Contact")
    tasks = next(each for each in contact["childRelationships"] if each["relationshipName"] == "Tasks")
    assert (tasks["childSObject"], tasks["field"], tasks["cascadeDelete"]) == ("Task", "WhoId", True)
    rest = {key: each for key, each in catalog.objects.items() if key != "task"}
    seen = describe_sobject(View("005", rest), "Contact")
    assert "Tasks" not in [each["relationshipName"] for each in seen["childRelationships"]]


def test_the_list_of_objects_leaves_key_prefixes_of_history_out(catalog: Catalog) -> None:
    rows = {each["name"]: each for each in describe_global(View(None, catalog.objects), "v60.0")["sobjects"]}
    assert rows["LeadHistory"]["keyPrefix"] is None
    assert rows["Lead"]["keyPrefix"] == "00Q"
    assert rows["Lead"]["urls"]["describe"] == "/services/data/v60.0/sobjects/Lead/describe"
    assert (rows["OpportunityHistory"]["createable"], rows["Lead"]["createable"]) == (False, True)
