"""Deploying custom fields and permission sets: REST, SOAP as simple-salesforce sends it, and the Tooling API."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from simple_salesforce.messages import CHECK_DEPLOY_STATUS_MSG, DEPLOY_MSG

from tests.sandbox.org import SalesforceOrg, empty_org
from tests.sandbox.wire import simple_salesforce

SCORE = "<type>Number</type><precision>3</precision><scale>0</scale>"
NS = {"env": "http://schemas.xmlsoap.org/soap/envelope/", "met": "http://soap.sforce.com/2006/04/metadata"}


@pytest.fixture
def org(tmp_path: Path) -> Iterator[SalesforceOrg]:
    with empty_org(tmp_path) as found:
        yield found


def field(name: str, described: str = SCORE, label: str = "Score") -> str:
    return f"<fields><fullName>{name}</fullName><label>{label}</label>{described}</fields>"


def sobject(*fields: str) -> str:
    return f'<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata">{"".join(fields)}</CustomObject>'


def grants(*fields: str, edit: bool = True, more: str = "") -> str:
    said = "".join(
        f"<fieldPermissions><editable>{str(edit).lower()}</editable><field>{name}</field><readable>true</readable>"
        "</fieldPermissions>"
        for name in fields
    )
    return f'<PermissionSet xmlns="http://soap.sforce.com/2006/04/metadata"><label>Scores</label>{said}{more}</PermissionSet>'


def package(files: dict[str, str], **members: list[str]) -> bytes:
    types = "".join(
        f"<types>{''.join(f'<members>{name}</members>' for name in names)}<name>{kind}</name></types>"
        for kind, names in members.items()
    )
    manifest = f'<Package xmlns="http://soap.sforce.com/2006/04/metadata">{types}<version>67.0</version></Package>'
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        for name, text in ({"package.xml": manifest} | files).items():
            archive.writestr(name, text)
    return zipped.getvalue()


def score_package() -> bytes:
    return package(
        {
            "objects/Lead.object": sobject(field("Lead_Score__c")),
            "permissionsets/Scores.permissionset": grants("Lead.Lead_Score__c"),
        },
        CustomField=["Lead.Lead_Score__c"],
        PermissionSet=["Scores"],
    )


def start(org: SalesforceOrg, zipped: bytes, status: int = 201, **options: Any) -> Any:
    parts = {
        "json": (io.BytesIO(json.dumps({"deployOptions": options}).encode()), None, "application/json"),
        "file": (io.BytesIO(zipped), "deploy.zip", "application/zip"),
    }
    answer = org.call("POST", "metadata/deployRequest", data=parts, content_type="multipart/form-data")
    assert answer.status_code == status, answer.text
    return answer.json


def deploy(org: SalesforceOrg, zipped: bytes, **options: Any) -> dict[str, Any]:
    """The finished deploy's result with its details."""
    made = start(org, zipped, **options)
    return dict(org.get(f"metadata/deployRequest/{made['id']}", includeDetails="true")["deployResult"])


def problems(result: dict[str, Any]) -> list[str]:
    return [each["problem"] for each in result["details"]["componentFailures"]]


def one_field(name: str, described: str, **more: Any) -> bytes:
    return package({"objects/Lead.object": sobject(field(name, described, **more))}, CustomField=[f"Lead.{name}"])


def described(org: SalesforceOrg, name: str) -> dict[str, Any] | None:
    fields = org.get("sobjects/Lead/describe")["fields"]
    return next((dict(each) for each in fields if each["name"] == name), None)


def assign(org: SalesforceOrg, name: str) -> None:
    found = {row["Name"]: row["Id"] for row in org.query("SELECT Id, Name FROM PermissionSet")}
    row = {"AssigneeId": org.org.user_id, "PermissionSetId": found[name]}
    org.post("sobjects/PermissionSetAssignment", row, 201)


def test_a_deployed_field_shows_to_nobody_until_a_permission_set_is_assigned(org: SalesforceOrg) -> None:
    result = deploy(org, score_package())
    before = described(org, "Lead_Score__c")
    refused = org.refused("GET", "query", 400, q="SELECT Lead_Score__c FROM Lead")
    assign(org, "Scores")

    assert (result["status"], result["done"], result["success"]) == ("Succeeded", True, True)
    assert (result["numberComponentsTotal"], result["numberComponentErrors"]) == (3, 0)
    assert (before, refused) == (None, "INVALID_FIELD")
    found = described(org, "Lead_Score__c")
    assert found is not None
    assert (found["type"], found["precision"], found["scale"], found["custom"]) == ("double", 3, 0, True)
    lead = org.add("Lead", Lead_Score__c=87)
    assert org.get(f"sobjects/Lead/{lead}")["Lead_Score__c"] == 87


def test_a_deploy_is_pending_first_and_tells_its_components_when_asked(org: SalesforceOrg) -> None:
    made = start(org, score_package(), rollbackOnError=True)

    assert made["id"].startswith("0Af")
    assert made["deployOptions"]["rollbackOnError"] is True
    assert (made["deployResult"]["status"], made["deployResult"]["done"]) == ("Pending", False)
    assert "details" not in org.get(f"metadata/deployRequest/{made['id']}")["deployResult"]
    told = org.get(f"metadata/deployRequest/{made['id']}", includeDetails="true")["deployResult"]["details"]
    names = {(each["componentType"], each["fullName"]): each for each in told["componentSuccesses"]}
    assert names["CustomField", "Lead.Lead_Score__c"]["created"] is True
    assert names["PermissionSet", "Scores"]["id"].startswith("0PS")


def test_read_only_permission_makes_a_field_read_only(org: SalesforceOrg) -> None:
    deploy(org, one_field("Lead_Score__c", SCORE))
    zipped = package(
        {"permissionsets/Readers.permissionset": grants("Lead.Lead_Score__c", edit=False)}, PermissionSet=["Readers"]
    )
    deploy(org, zipped)
    assign(org, "Readers")

    assert (described(org, "Lead_Score__c") or {})["updateable"] is False
    lead = org.add("Lead")
    refused = org.refused("PATCH", f"sobjects/Lead/{lead}", 400, {"Lead_Score__c": 1})
    assert refused == "INVALID_FIELD_FOR_INSERT_UPDATE"


@pytest.mark.parametrize(
    ("kind", "type", "length"),
    [
        ("<type>Text</type><length>40</length>", "string", 40),
        ("<type>LongTextArea</type><length>2000</length><visibleLines>3</visibleLines>", "textarea", 2000),
        ("<type>Html</type><length>2000</length><visibleLines>10</visibleLines>", "textarea", 2000),
        ("<type>Checkbox</type><defaultValue>false</defaultValue>", "boolean", 0),
        ("<type>Date</type>", "date", 0),
        ("<type>DateTime</type>", "datetime", 0),
        ("<type>Currency</type><precision>18</precision><scale>2</scale>", "currency", 0),
        ("<type>Percent</type><precision>5</precision><scale>2</scale>", "percent", 0),
        ("<type>Phone</type>", "phone", 40),
        ("<type>Email</type>", "email", 80),
        ("<type>Url</type>", "url", 255),
    ],
)
def test_fields_of_every_type_can_be_made(org: SalesforceOrg, kind: str, type: str, length: int) -> None:
    assert problems(deploy(org, one_field("Made__c", kind))) == []

    found = org.org.catalog.objects["lead"].fields["made__c"]
    assert (found.type, found.length) == (type, length)


def test_a_contacts_field_shows_on_person_accounts_too(org: SalesforceOrg) -> None:
    zipped = package(
        {
            "objects/Contact.object": sobject(field("Lead_Score__c")),
            "permissionsets/Scores.permissionset": grants("Contact.Lead_Score__c"),
        },
        CustomField=["Contact.Lead_Score__c"],
        PermissionSet=["Scores"],
    )
    deploy(org, zipped)
    assign(org, "Scores")

    assert org.query("SELECT Id, Lead_Score__pc FROM Account") == []


def picklist(*values: str, kind: str = "Picklist") -> str:
    listed = "".join(
        f"<value><fullName>{each}</fullName><default>false</default><label>{each}</label></value>" for each in values
    )
    lines = "<visibleLines>4</visibleLines>" if kind == "MultiselectPicklist" else ""
    return (
        f"<type>{kind}</type>{lines}<valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>"
        f"{listed}</valueSetDefinition></valueSet>"
    )


def test_a_restricted_picklist_takes_its_values_and_a_later_deploy_adds_some(org: SalesforceOrg) -> None:
    deploy(org, one_field("Tier__c", picklist("A", "B")))
    deploy(org, package({"permissionsets/P.permissionset": grants("Lead.Tier__c")}, PermissionSet=["P"]))
    assign(org, "P")
    lead = org.add("Lead", Tier__c="A")
    before = org.refused("PATCH", f"sobjects/Lead/{lead}", 400, {"Tier__c": "C"})

    result = deploy(org, one_field("Tier__c", picklist("A", "B", "C"), label="Tier"))

    assert before == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    changed = next(e for e in result["details"]["componentSuccesses"] if e["componentType"] == "CustomField")
    assert changed["created"] is False
    org.patch(f"sobjects/Lead/{lead}", {"Tier__c": "C"})
    assert (described(org, "Tier__c") or {})["label"] == "Tier"


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        ("Score__c", "<type>Number</type><precision>19</precision><scale>0</scale>", "less than or equal to 18"),
        ("Score__c", "<type>Number</type>", "Must specify 'precision'"),
        ("Score__c", "<type>Text</type>", "Must specify 'length'"),
        ("Score__c", "<type>Text</type><length>256</length>", "between 1 and 255"),
        ("Score__c", "<type>LongTextArea</type><length>2000</length>", "Must specify 'visibleLines'"),
        ("Score__c", "<type>Checkbox</type>", "Must specify 'defaultValue'"),
        ("Score__c", "<type>Date</type><length>10</length>", "Can not specify 'length'"),
        ("Score__c", "<type>Picklist</type>", "Must specify 'valueSet'"),
        ("Score__c", picklist("A", "a"), "Duplicate label"),
        ("Score__c", f"{SCORE}<colour>red</colour>", "metadata}colour invalid at this location in type CustomField"),
        ("Score__c", "<type>Colour</type>", "not a valid value for the enum 'FieldType'"),
        ("Score", SCORE, "API Name"),
        ("Lead__Score__c", SCORE, "API Name"),
        ("9Score__c", SCORE, "API Name"),
    ],
)
def test_a_field_that_cannot_be_is_refused_with_its_reason(
    org: SalesforceOrg, name: str, kind: str, sentence: str
) -> None:
    result = deploy(org, one_field(name, kind), rollbackOnError=True)

    assert (result["status"], result["success"], result["numberComponentErrors"]) == ("Failed", False, 1)
    assert sentence in problems(result)[0]
    (failure,) = result["details"]["componentFailures"]
    assert (failure["componentType"], failure["fileName"]) == ("CustomField", "objects/Lead.object")
    assert (failure["problemType"], failure["fullName"]) == ("Error", f"Lead.{name}")


def test_another_type_for_a_field_that_exists_is_refused(org: SalesforceOrg) -> None:
    deploy(org, one_field("Score__c", SCORE))

    assert "Cannot change field type" in problems(deploy(org, one_field("Score__c", "<type>Date</type>")))[0]


def test_names_of_deleted_fields_are_taken(org: SalesforceOrg) -> None:
    deploy(org, one_field("Score__c", SCORE))
    assert org.hub.deployments.drop_field("Lead", "Score__c")

    assert "deleted field" in problems(deploy(org, one_field("Score__c", SCORE)))[0]


def test_an_object_takes_so_many_fields_and_no_more(org: SalesforceOrg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.sandbox.salesforce.metadata.plan.FIELDS_MOST", 1)
    fields = {"objects/Lead.object": sobject(field("One__c"), field("Two__c"))}

    result = deploy(org, package(fields, CustomField=["Lead.One__c", "Lead.Two__c"]))

    assert "maximum number of custom fields" in problems(result)[0]


def test_the_options_come_under_the_name_jsforce_gives_them_too(org: SalesforceOrg) -> None:
    parts = {
        "entity_content": (io.BytesIO(b'{"deployOptions": {"checkOnly": true}}'), None, "application/json"),
        "file": (io.BytesIO(score_package()), "package.xml", "application/zip"),
    }

    answer = org.call("POST", "metadata/deployRequest", data=parts, content_type="multipart/form-data")

    assert (answer.status_code, answer.json["deployOptions"]["checkOnly"]) == (201, True)
    assert start(org, b"", 201, checkOnly=False)["deployOptions"]["checkOnly"] is False


def test_one_bad_component_undoes_the_deploy_when_it_is_to(org: SalesforceOrg) -> None:
    fields = {"objects/Lead.object": sobject(field("Good__c"), field("Bad__c", "<type>Text</type>"))}
    zipped = package(fields, CustomField=["Lead.Good__c", "Lead.Bad__c"])

    rolled_back = deploy(org, zipped, rollbackOnError=True)
    nothing = "good__c" in org.org.catalog.objects["lead"].fields
    partial = deploy(org, zipped, rollbackOnError=False)

    assert (rolled_back["status"], nothing) == ("Failed", False)
    assert partial["status"] == "SucceededPartial"
    assert "good__c" in org.org.catalog.objects["lead"].fields


def test_a_check_changes_nothing(org: SalesforceOrg) -> None:
    result = deploy(org, score_package(), checkOnly=True)

    assert (result["status"], result["checkOnly"]) == ("Succeeded", True)
    assert "lead_score__c" not in org.org.catalog.objects["lead"].fields


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (grants("Lead.Nonsense__c"), "In field: field - no CustomField named Lead.Nonsense__c found"),
        (grants("Lead.LastName"), "You cannot deploy to a required field: Lead.LastName"),
        (
            grants(more="<objectPermissions><object>Leads</object><allowRead>true</allowRead></objectPermissions>"),
            "In field: object - no CustomObject named Leads found",
        ),
        (
            grants(more="<objectPermissions><object>Lead</object><allowEdit>true</allowEdit></objectPermissions>"),
            "Permission allowEdit Lead depends on permission(s): allowRead Lead",
        ),
        ("<PermissionSet><description>no label</description></PermissionSet>", "Required field is missing: label"),
        ("<PermissionSet><label>cut off", "Error parsing file"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><PermissionSet><label>&a;</label></PermissionSet>', "Error parsing file"),
    ],
)
def test_a_permission_set_that_cannot_be_is_refused(org: SalesforceOrg, content: str, sentence: str) -> None:
    result = deploy(org, package({"permissionsets/Bad.permissionset": content}, PermissionSet=["Bad"]))

    assert sentence in problems(result)[0]


def test_a_later_deploy_of_a_permission_set_replaces_what_it_granted(org: SalesforceOrg) -> None:
    deploy(org, score_package())
    assign(org, "Scores")

    deploy(org, package({"permissionsets/Scores.permissionset": grants()}, PermissionSet=["Scores"]))

    assert described(org, "Lead_Score__c") is None


def test_files_and_package_xml_must_agree(org: SalesforceOrg) -> None:
    missing = package({}, CustomField=["Lead.Score__c"])
    unlisted = package({"objects/Lead.object": sobject(field("Score__c"))}, PermissionSet=[])

    assert "was named in package.xml, but was not found" in problems(deploy(org, missing))[0]
    assert deploy(org, missing, allowMissingFiles=True)["success"] is True
    assert problems(deploy(org, unlisted)) == ["Not in package.xml"]


def test_a_zip_that_is_none_fails_the_deploy(org: SalesforceOrg) -> None:
    for content in (b"no zip", package({})[:40]):
        result = deploy(org, content)
        assert (result["status"], result["success"]) == ("Failed", False)
        assert result["errorMessage"].startswith("INVALID_ZIP")


def test_who_may_not_change_metadata_is_told(org: SalesforceOrg) -> None:
    org.org.settings.may_deploy = False

    assert start(org, score_package(), 403)[0]["errorCode"] == "INSUFFICIENT_ACCESS"


def soap(org: SalesforceOrg, path: str, envelope: str, status: int = 200) -> Element:
    headers = {"Content-Type": "text/xml", "SOAPAction": "deploy"}
    answer = org.client.post(f"/services/Soap/m/67.0/{path}", data=envelope.encode(), headers=headers)
    assert answer.status_code == status, answer.text
    root: Element = fromstring(answer.text)
    return root


def deploy_envelope(org: SalesforceOrg, zipped: bytes, session: str | None = None) -> str:
    flags = dict.fromkeys(
        ("allowMissingFiles", "autoUpdatePackage", "ignoreWarnings", "performRetrieve", "purgeOnDelete"), False
    )
    return DEPLOY_MSG.format(
        client="test",
        sessionId=session or org.token,
        ZipFile=base64.b64encode(zipped).decode(),
        checkOnly=False,
        rollbackOnError=True,
        singlePackage=True,
        testLevel="",
        tests="",
        **flags,
    )


def test_simple_salesforces_deploy_over_soap_works(org: SalesforceOrg) -> None:
    answer = soap(org, "deployRequest", deploy_envelope(org, score_package()))
    deploy_id = answer.findtext("env:Body/met:deployResponse/met:result/met:id", None, NS)
    check = CHECK_DEPLOY_STATUS_MSG.format(
        client="test", sessionId=org.token, asyncProcessId=deploy_id, includeDetails="true"
    )

    result = soap(org, f"deployRequest/{deploy_id}", check).find(
        "env:Body/met:checkDeployStatusResponse/met:result", NS
    )

    assert result is not None
    assert result.findtext("met:status", None, NS) == "Succeeded"
    assert result.findtext("met:numberComponentErrors", None, NS) == "0"
    assert len(result.findall("met:details/met:componentSuccesses", NS)) == 3
    assert "lead_score__c" in org.org.catalog.objects["lead"].fields


def test_soap_says_no_with_a_fault(org: SalesforceOrg) -> None:
    answer = soap(org, "deployRequest", deploy_envelope(org, score_package(), "dead"), 500)

    assert (answer.findtext("env:Body/env:Fault/faultcode", None, NS) or "").endswith("INVALID_SESSION_ID")
    assert soap(org, "", "<nonsense", 500).find("env:Body/env:Fault", NS) is not None


TOOLING = {"type": "Number", "label": "Lead Score", "precision": 3, "scale": 0, "required": False}


def test_the_tooling_api_makes_one_field_that_nobody_sees(org: SalesforceOrg) -> None:
    body = {"FullName": "Lead.Lead_Score__c", "Metadata": TOOLING}
    made = org.post("tooling/sobjects/CustomField", body, 201)

    assert made["success"] is True
    assert made["id"].startswith("00N")
    assert described(org, "Lead_Score__c") is None
    assert org.refused("POST", "tooling/sobjects/CustomField", 400, body) == "FIELD_INTEGRITY_EXCEPTION"
    assert org.get(f"tooling/sobjects/CustomField/{made['id']}")["FullName"] == "Lead.Lead_Score__c"
    org.delete(f"tooling/sobjects/CustomField/{made['id']}")
    assert "lead_score__c" not in org.org.catalog.objects["lead"].fields


def test_the_tooling_api_tells_how_many_fields_are_left(org: SalesforceOrg) -> None:
    soql = "SELECT Label, Max, Remaining FROM EntityLimit WHERE EntityDefinitionId='Lead' AND Type = 'CustomFields'"
    before = org.get("tooling/query", q=soql)["records"][0]["Remaining"]
    deploy(org, one_field("Score__c", SCORE))

    (row,) = org.get("tooling/query", q=soql)["records"]
    assert (row["Max"], row["Remaining"]) == (500, before - 1)
    found = org.get("tooling/query", q="SELECT Id FROM CustomField WHERE DeveloperName IN ('Score', 'Other')")
    assert (found["size"], found["records"][0]["attributes"]["type"]) == (1, "CustomField")
    assert org.refused("GET", "tooling/query", 400, q="SELECT Nonsense FROM CustomField") == "INVALID_FIELD"


def test_simple_salesforce_deploys_and_creates_fields_unmodified(org: SalesforceOrg) -> None:
    client = simple_salesforce(org)

    deployed = client.deploy(io.BytesIO(score_package()), sandbox=False)
    status = client.checkDeployStatus(deployed["asyncId"])
    made = client.mdapi.CustomField(
        fullName="Lead.Made__c", label="Made", type=client.mdapi.FieldType("Number"), precision=5, scale=1
    )
    client.mdapi.CustomField.create([made])

    assert status["state"] == "Succeeded"
    assert status["deployment_detail"]["failed_count"] == "0"
    found = org.org.catalog.objects["lead"].fields
    assert (found["made__c"].scale, found["lead_score__c"].precision) == (1, 3)
    with pytest.raises(Exception, match="already a field named Made__c"):
        client.mdapi.CustomField.create([made])


MADE: dict[str, dict[str, Any]] = {
    "Digits": {"type": "Number", "precision": 5, "scale": 1},
    "Words": {"type": "Text", "length": 40, "unique": True, "externalId": True},
    "Story": {"type": "LongTextArea", "length": 5000, "visibleLines": 3},
    "Yes": {"type": "Checkbox", "defaultValue": "true"},
}


def test_simple_salesforce_reads_a_field_changes_it_and_saves_it(org: SalesforceOrg) -> None:
    mdapi = simple_salesforce(org).mdapi
    for name, described in MADE.items():
        facts = described | {"type": mdapi.FieldType(described["type"])}
        mdapi.CustomField.create([mdapi.CustomField(fullName=f"Lead.{name}__c", label=name, **facts)])

    for name, described in MADE.items():
        found = mdapi.CustomField.read(f"Lead.{name}__c")
        assert {key: getattr(found, key) for key in described} == described
        found.label = "Renamed"
        mdapi.CustomField.update([found])
        assert mdapi.CustomField.read(f"Lead.{name}__c").label == "Renamed"


def test_the_values_of_a_list_are_read(org: SalesforceOrg) -> None:
    values = "".join(
        f"<value><fullName>{each}</fullName><default>false</default><label>{each}</label></value>"
        for each in ("Hot", "Cold")
    )
    definition = f"<valueSetDefinition><sorted>false</sorted>{values}</valueSetDefinition>"
    described = f"<type>Picklist</type><valueSet><restricted>true</restricted>{definition}</valueSet>"
    deploy(org, one_field("Warmth__c", described))

    found = simple_salesforce(org).mdapi.CustomField.read("Lead.Warmth__c")

    assert found.valueSet.restricted is True
    assert [each.fullName for each in found.valueSet.valueSetDefinition.value] == ["Hot", "Cold"]


def test_a_field_that_is_not_there_is_read_as_nil_and_not_updated(org: SalesforceOrg) -> None:
    mdapi = simple_salesforce(org).mdapi
    nobody = mdapi.CustomField(fullName="Lead.No__c", label="No", type=mdapi.FieldType("Date"))

    assert mdapi.CustomField.read("Lead.No__c").fullName is None
    with pytest.raises(Exception, match="no CustomField named"):
        mdapi.CustomField.update([nobody])
    mdapi.CustomField.upsert([nobody])
    assert str(mdapi.CustomField.read("Lead.No__c").type) == "Date"


def test_only_fields_are_read_one_by_one(org: SalesforceOrg) -> None:
    with pytest.raises(Exception, match="not PermissionSet"):
        simple_salesforce(org).mdapi.PermissionSet.read("Scores")
