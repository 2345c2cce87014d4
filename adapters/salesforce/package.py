"""Our fields as a metadata package: what the Metadata API deploys, and what an admin can deploy by hand.

The fields and a permission set come together, because a field made by API is visible to nobody, not even to its maker,
until a permission set says so. https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/customfield.htm
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from adapters.contract import FieldPackage, FieldType, Misconfigured, WantedField
from adapters.salesforce.paths import VERSION
from adapters.salesforce.verdicts import PERMISSION_SET, REPS

OBJECTS = ("Lead", "Contact")
"""Where our fields live. A person account shows the contact's as ``…__pc`` by itself."""

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
FILENAME = "leadtier-fields.zip"

HOW_TO = (
    f"Have an admin deploy {FILENAME}: `sf project deploy start --metadata-dir {FILENAME} --single-package "
    "--target-org <org>`, or upload it in Workbench under migration > Deploy. Then assign the permission set "
    f"{PERMISSION_SET} in Setup > Permission Sets to the integration user, {REPS} to everyone who shall see the score, "
    "and connect again."
)

MADE = (2026, 1, 1, 0, 0, 0)
"""The time of every file in the zip, so that the same fields give the same bytes."""

LONGEST_NAME = 40
LONGEST_LABEL = 40
LONGEST_DESCRIPTION = 1000

_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c", re.ASCII)

Fields = Mapping[str, Sequence[WantedField]]
"""By object."""


def field_package(wanted: Sequence[WantedField]) -> FieldPackage:
    """The fields for every object, with the permission sets. Raises `Misconfigured` for a name that is unfit."""
    for field in wanted:
        if problem := unfit(field):
            raise Misconfigured(problem, what=[field.name])
    everywhere = dict.fromkeys(OBJECTS, wanted)
    return FieldPackage(FILENAME, archive(everywhere, everywhere), HOW_TO)


def archive(fields: Fields, permitted: Fields) -> bytes:
    """A zip that creates `fields` and makes all `permitted` ones visible and editable; the same input, the same bytes.

    Deploying a permission set replaces the one that is there, so `permitted` is everything we write, not only what is
    new. What is in the org beside `fields` stays.
    """
    files = {"package.xml": _manifest(fields)}
    files |= {f"objects/{name}.object": _object(listed) for name, listed in fields.items() if listed}
    files[f"permissionsets/{PERMISSION_SET}.permissionset"] = _permission_set(permitted, reps=False)
    files[f"permissionsets/{REPS}.permissionset"] = _permission_set(permitted, reps=True)
    return _zipped(files)


def unfit(field: WantedField) -> str:
    """Why Salesforce would not take a field as it is described; empty when it would."""
    if not _NAME.fullmatch(field.name):
        return (
            f"{field.name} cannot be the name of a custom field in Salesforce: it is a letter, then letters, digits "
            "and single underscores, and ends in __c. Change the name or the prefix in the mapping."
        )
    if len(field.name) - len("__c") > LONGEST_NAME:
        return f"{field.name} is longer than the {LONGEST_NAME} characters a name may have before __c. Shorten it."
    if len(field.label) > LONGEST_LABEL:
        return f"The label of {field.name} is longer than {LONGEST_LABEL} characters. Shorten it in the mapping."
    return ""


def _manifest(fields: Fields) -> Element:
    root = Element("Package", xmlns=NAMESPACE)
    names = [f"{name}.{field.name}" for name, listed in fields.items() for field in listed]
    for kind, members in (("CustomField", names), ("PermissionSet", [PERMISSION_SET, REPS])):
        if members:
            types = SubElement(root, "types")
            _texts(types, *(("members", member) for member in members), ("name", kind))
    _texts(root, ("version", VERSION))
    return root


def _object(fields: Sequence[WantedField]) -> Element:
    root = Element("CustomObject", xmlns=NAMESPACE)
    for field in fields:
        entry = SubElement(root, "fields")
        _texts(
            entry,
            ("fullName", field.name),
            ("label", field.label),
            ("description", field.description[:LONGEST_DESCRIPTION]),
            ("externalId", "false"),
            # Tracked fields fill the twenty places an object has, and the history with our own writes.
            ("trackHistory", "false"),
        )
        SHAPES[field.type](entry, field)
    return root


def _permission_set(permitted: Fields, *, reps: bool) -> Element:
    """For our own user, who edits everything, or for the reps, who edit what people fill in."""
    root = Element("PermissionSet", xmlns=NAMESPACE)
    does = "Sees Leadtier's score and may flag it." if reps else "Sees and edits the fields of Leadtier's score."
    _texts(root, ("description", does))
    for name, listed in permitted.items():
        for field in listed:
            entry = SubElement(root, "fieldPermissions")
            editable = str(field.for_people or not reps).lower()
            _texts(entry, ("editable", editable), ("field", f"{name}.{field.name}"), ("readable", "true"))
    _texts(root, ("hasActivationRequired", "false"), ("label", (REPS if reps else PERMISSION_SET).replace("_", " ")))
    return root


def _text(entry: Element, _: WantedField) -> None:
    _texts(entry, ("required", "false"), ("type", "Text"), ("length", "255"))


def _long_text(entry: Element, _: WantedField) -> None:
    _texts(entry, ("type", "LongTextArea"), ("length", "32768"), ("visibleLines", "6"))


def _number(entry: Element, _: WantedField) -> None:
    """Whole: the numbers we write are points, and with decimals every rep would read 83.00."""
    _texts(entry, ("required", "false"), ("type", "Number"), ("precision", "18"), ("scale", "0"))


def _boolean(entry: Element, _: WantedField) -> None:
    _texts(entry, ("type", "Checkbox"), ("defaultValue", "false"))


def _date(entry: Element, _: WantedField) -> None:
    _texts(entry, ("required", "false"), ("type", "Date"))


def _datetime(entry: Element, _: WantedField) -> None:
    _texts(entry, ("required", "false"), ("type", "DateTime"))


def _choice(entry: Element, field: WantedField) -> None:
    _texts(entry, ("required", "false"), ("type", "Picklist"))
    _values(entry, field)


def _choices(entry: Element, field: WantedField) -> None:
    _texts(entry, ("required", "false"), ("type", "MultiselectPicklist"), ("visibleLines", "4"))
    _values(entry, field)


SHAPES: Mapping[FieldType, Callable[[Element, WantedField], None]] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _long_text,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
}


def _values(entry: Element, field: WantedField) -> None:
    values = SubElement(entry, "valueSet")
    _texts(values, ("restricted", "true"))
    defined = SubElement(values, "valueSetDefinition")
    _texts(defined, ("sorted", "false"))
    for choice in field.choices:
        _texts(
            SubElement(defined, "value"),
            ("fullName", choice.value),
            ("default", "false"),
            ("label", choice.label),
        )


def _texts(parent: Element, *pairs: tuple[str, str]) -> None:
    for name, text in pairs:
        SubElement(parent, name).text = text


def _zipped(files: Mapping[str, Element]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, root in files.items():
            indent(root, "    ")
            content = tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"
            entry = zipfile.ZipInfo(name, MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            # The same bytes on Windows, which would be noted otherwise.
            entry.create_system = 3
            packed.writestr(entry, content)
    return held.getvalue()
