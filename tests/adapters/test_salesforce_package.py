"""The package: our fields on Lead and Contact with the permission set that shows them, the same bytes every time."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from adapters.contract import Choice, FieldType, Misconfigured, WantedField
from adapters.salesforce.package import archive, field_package, unfit

META = "{http://soap.sforce.com/2006/04/metadata}"
TIERS = (Choice("Hot", "Very <hot>"), Choice("Cold", "Cold"))
WANTED = (
    WantedField("Leadtier_score__c", "Lead score", FieldType.NUMBER, "0 to 100"),
    WantedField("Leadtier_tier__c", "Lead tier", FieldType.CHOICE, "Word", TIERS),
    WantedField("Leadtier_reason_1__c", "Reason", FieldType.TEXT, "Why & how"),
    WantedField("Leadtier_rationale__c", "Rationale", FieldType.LONG_TEXT, "All of it"),
    WantedField("Leadtier_scored_at__c", "Scored at", FieldType.DATETIME, "When"),
    WantedField("Leadtier_seen_on__c", "Seen on", FieldType.DATE, "Day"),
    WantedField("Leadtier_hold__c", "Hold", FieldType.BOOLEAN, "Wait"),
    WantedField("Leadtier_lines__c", "Lines", FieldType.CHOICES, "Many", TIERS),
)


def files(content: bytes) -> dict[str, Element]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        return {name: fromstring(packed.read(name)) for name in packed.namelist()}


def fields(root: Element) -> dict[str, dict[str, str]]:
    found = {}
    for entry in root.findall(f"{META}fields"):
        texts = {child.tag.removeprefix(META): child.text or "" for child in entry if not len(child)}
        found[texts.pop("fullName")] = texts
    return found


def test_every_field_is_there_for_lead_and_contact() -> None:
    packed = files(field_package(WANTED).content)
    names = [field.name for field in WANTED]
    assert list(fields(packed["objects/Lead.object"])) == names
    assert list(fields(packed["objects/Contact.object"])) == names
    members = [member.text for member in packed["package.xml"].iter(f"{META}members")]
    assert members == [f"{name}.{field}" for name in ("Lead", "Contact") for field in names] + [
        "Leadtier",
        "Leadtier_Reps",
    ]


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("Leadtier_score__c", {"type": "Number", "precision": "18", "scale": "0", "required": "false"}),
        ("Leadtier_tier__c", {"type": "Picklist", "required": "false"}),
        ("Leadtier_reason_1__c", {"type": "Text", "length": "255", "required": "false"}),
        ("Leadtier_rationale__c", {"type": "LongTextArea", "length": "32768", "visibleLines": "6"}),
        ("Leadtier_scored_at__c", {"type": "DateTime", "required": "false"}),
        ("Leadtier_seen_on__c", {"type": "Date", "required": "false"}),
        ("Leadtier_hold__c", {"type": "Checkbox", "defaultValue": "false"}),
        ("Leadtier_lines__c", {"type": "MultiselectPicklist", "visibleLines": "4", "required": "false"}),
    ],
)
def test_every_type_has_its_shape_and_is_not_tracked(name: str, shape: dict[str, str]) -> None:
    found = fields(files(field_package(WANTED).content)["objects/Lead.object"])[name]
    wanted = next(field for field in WANTED if field.name == name)
    said = {"label": wanted.label, "description": wanted.description}
    assert found == shape | said | {"externalId": "false", "trackHistory": "false"}


def test_a_choice_is_restricted_to_its_values() -> None:
    lead = files(field_package(WANTED).content)["objects/Lead.object"]
    values = next(lead.iter(f"{META}valueSet"))
    assert values.findtext(f"{META}restricted") == "true"
    named = [(one.findtext(f"{META}fullName"), one.findtext(f"{META}label")) for one in values.iter(f"{META}value")]
    assert named == [("Hot", "Very <hot>"), ("Cold", "Cold")]


def test_the_permission_set_opens_every_field_to_read_and_edit() -> None:
    root = files(field_package(WANTED).content)["permissionsets/Leadtier.permissionset"]
    assert root.findtext(f"{META}label") == "Leadtier"
    opened = [
        (one.findtext(f"{META}field"), one.findtext(f"{META}readable"), one.findtext(f"{META}editable"))
        for one in root.findall(f"{META}fieldPermissions")
    ]
    assert opened == [(f"{name}.{field.name}", "true", "true") for name in ("Lead", "Contact") for field in WANTED]


def test_the_reps_see_the_score_and_edit_only_what_is_for_people_to_fill_in() -> None:
    flag = replace(WANTED[0], name="Leadtier_flag__c", for_people=True)
    root = files(field_package([*WANTED, flag]).content)["permissionsets/Leadtier_Reps.permissionset"]
    entries = root.findall(f"{META}fieldPermissions")
    assert {one.findtext(f"{META}readable") for one in entries} == {"true"}
    edited = [one.findtext(f"{META}field") for one in entries if one.findtext(f"{META}editable") == "true"]
    assert edited == ["Lead.Leadtier_flag__c", "Contact.Leadtier_flag__c"]


def test_the_same_fields_give_the_same_bytes_and_others_others() -> None:
    assert field_package(WANTED) == field_package(WANTED)
    assert field_package(WANTED).content != field_package(WANTED[1:]).content


def test_what_to_do_with_the_file_is_said() -> None:
    package = field_package(WANTED)
    assert package.filename == "leadtier-fields.zip"
    assert "permission set Leadtier" in package.how_to


def test_only_what_is_missing_is_made_while_all_of_it_is_opened() -> None:
    packed = files(archive({"Lead": WANTED[:1], "Contact": ()}, {"Lead": WANTED, "Contact": WANTED}))
    sets = {"permissionsets/Leadtier.permissionset", "permissionsets/Leadtier_Reps.permissionset"}
    assert set(packed) == {"package.xml", "objects/Lead.object"} | sets
    assert len(packed["permissionsets/Leadtier.permissionset"].findall(f"{META}fieldPermissions")) == 2 * len(WANTED)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("leadtier_score", "__c"),
        ("Leadtier__score__c", "single"),
        ("1score__c", "letter"),
        ("Score___c", "single"),
        ("Größe__c", "letter"),
        ("S" + "x" * 40 + "__c", "longer"),
    ],
)
def test_a_name_salesforce_would_not_take_is_refused_before_it_is_asked(name: str, word: str) -> None:
    field = WantedField(name, "Score", FieldType.NUMBER, "")
    assert word in unfit(field)
    with pytest.raises(Misconfigured) as caught:
        field_package([field])
    assert caught.value.what == (name,)


def test_the_longest_name_and_label_are_taken() -> None:
    assert unfit(WantedField("S" + "x" * 39 + "__c", "L" * 40, FieldType.NUMBER, "")) == ""
    assert "label" in unfit(WantedField("Score__c", "L" * 41, FieldType.NUMBER, ""))
