"""HubSpot's contact properties: reading their definitions, and creating the ones we write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.contract import (
    Choice,
    CrmField,
    FieldOutcome,
    FieldState,
    FieldType,
    Misconfigured,
    WantedField,
)
from adapters.hubspot.client import Client
from adapters.hubspot.contacts import CONTACTS
from adapters.hubspot.errors import Refused
from adapters.hubspot.rows import Row, translate

TYPES: Mapping[tuple[str, str], FieldType] = {
    ("string", "textarea"): FieldType.LONG_TEXT,
    ("string", "html"): FieldType.LONG_TEXT,
    ("enumeration", "checkbox"): FieldType.CHOICES,
    ("enumeration", "booleancheckbox"): FieldType.BOOLEAN,
}
"""Where HubSpot's field type says more than its type."""

PLAIN_TYPES: Mapping[str, FieldType] = {
    "number": FieldType.NUMBER,
    "bool": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "enumeration": FieldType.CHOICE,
}
"""Everything else (string, phone_number, json …) is text to us."""

HUBSPOT_TYPES: Mapping[FieldType, tuple[str, str]] = {
    FieldType.TEXT: ("string", "text"),
    FieldType.LONG_TEXT: ("string", "textarea"),
    FieldType.NUMBER: ("number", "number"),
    FieldType.BOOLEAN: ("bool", "booleancheckbox"),
    FieldType.DATE: ("date", "date"),
    FieldType.DATETIME: ("datetime", "date"),
    FieldType.CHOICE: ("enumeration", "select"),
    FieldType.CHOICES: ("enumeration", "checkbox"),
}
"""The pairs HubSpot accepts. https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide"""

TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT})
YES_NO = [{"label": "Yes", "value": "true"}, {"label": "No", "value": "false"}]


def fields(client: Client) -> Sequence[CrmField]:
    """The contact properties as they are now, hidden ones included: a mapping may well use them."""
    answer = client.get(client.paths.properties(CONTACTS), {"archived": "false"})
    return translate(answer.get("results") or (), crm_field)[0]


def judge_fields(client: Client, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
    """What `ensure_fields` would find; changes nothing."""
    live = {field.name: field for field in fields(client)}
    return [_outcome(live, field) or FieldOutcome(field.name, FieldState.MISSING) for field in wanted]


def ensure_fields(client: Client, group: str, label: str, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
    """Creates the group and the properties that are missing; see `Writer.ensure_fields`."""
    live = {field.name: field for field in fields(client)}
    if any(field.name not in live for field in wanted):
        refusal = _ensure_group(client, group, label)
        if refusal:
            return [_outcome(live, field) or _by_hand(field, refusal) for field in wanted]
    return [_outcome(live, field) or _create(client, group, field) for field in wanted]


def crm_field(row: Row) -> CrmField:
    """One property definition. Raises `KeyError` on a row that is not one."""
    kind, shown = str(row["type"]), str(row.get("fieldType", ""))
    locked = (row.get("modificationMetadata") or {}).get("readOnlyValue") is True
    return CrmField(
        str(row["name"]),
        str(row.get("label") or row["name"]),
        TYPES.get((kind, shown)) or PLAIN_TYPES.get(kind, FieldType.TEXT),
        read_only=locked or row.get("calculated") is True or shown.startswith("calculation"),
        choices=tuple(Choice(str(option["value"]), str(option["label"])) for option in row.get("options") or ()),
        group=str(row.get("groupName", "")),
    )


def _outcome(live: Mapping[str, CrmField], wanted: WantedField) -> FieldOutcome | None:
    """What is to be said about a property that exists; None when it does not."""
    have = live.get(wanted.name)
    if have is None:
        return None
    difference = _difference(have, wanted)
    return FieldOutcome(wanted.name, FieldState.DIFFERS if difference else FieldState.EXISTS, difference)


def _difference(have: CrmField, wanted: WantedField) -> str:
    same = have.type == wanted.type or {have.type, wanted.type} <= TEXTS
    if not same:
        return (
            f"The contact property {have.name} exists in HubSpot as {have.type}, but {_described(wanted)} is needed. "
            "Delete or rename it in HubSpot under Settings > Properties, or choose another name in the mapping."
        )
    if have.read_only:
        return f"The contact property {have.name} cannot be written in HubSpot. Choose another name in the mapping."
    offered = {choice.value for choice in have.choices}
    missing = [choice.value for choice in wanted.choices if choice.value not in offered]
    if missing:
        return (
            f"The contact property {have.name} lacks the options {', '.join(missing)}. "
            "Add them in HubSpot under Settings > Properties, with exactly these internal names."
        )
    return ""


def _ensure_group(client: Client, group: str, label: str) -> str:
    """Creates the property group unless it is there. Returns why not, empty when all is well."""
    path = client.paths.properties(CONTACTS, "groups")
    groups = client.get(path).get("results") or ()
    if any(found.get("name") == group for found in groups):
        return ""
    try:
        client.post(path, {"name": group, "label": label, "displayOrder": -1})
    except Refused as refusal:
        # 409: somebody else made it a moment ago.
        return "" if refusal.status == 409 else refusal.message
    except Misconfigured as refusal:
        return refusal.admin
    return ""


def _create(client: Client, group: str, wanted: WantedField) -> FieldOutcome:
    try:
        client.post(client.paths.properties(CONTACTS), _definition(group, wanted))
    except Refused as refusal:
        if refusal.status == 409:
            return _taken(client, wanted)
        return _by_hand(wanted, refusal.message)
    except Misconfigured as refusal:
        return _by_hand(wanted, refusal.admin)
    return FieldOutcome(wanted.name, FieldState.CREATED)


def _taken(client: Client, wanted: WantedField) -> FieldOutcome:
    """409: made a moment ago by somebody else, or in HubSpot's bin, where it holds on to its name."""
    try:
        live = crm_field(client.get(client.paths.properties(CONTACTS, wanted.name)))
    except (Refused, KeyError):
        text = (
            f"A deleted contact property {wanted.name} holds on to this name. Restore it in HubSpot under "
            "Settings > Properties > Archived properties, or choose another name in the mapping."
        )
        return FieldOutcome(wanted.name, FieldState.FAILED, text)
    return _outcome({live.name: live}, wanted) or _by_hand(wanted, "the name is taken")


def _by_hand(wanted: WantedField, reason: str) -> FieldOutcome:
    text = (
        f"HubSpot did not let Leadtier create {wanted.name}: {reason} To do it by hand, create under "
        f"Settings > Properties a contact property with the internal name {wanted.name}: {_described(wanted)}."
    )
    return FieldOutcome(wanted.name, FieldState.FAILED, text)


def _described(wanted: WantedField) -> str:
    options = f" with the options {', '.join(choice.value for choice in wanted.choices)}" if wanted.choices else ""
    return f"type {wanted.type.replace('_', ' ')}{options}"


def _definition(group: str, wanted: WantedField) -> dict[str, Any]:
    kind, shown = HUBSPOT_TYPES[wanted.type]
    choices = [{"label": choice.label, "value": choice.value} for choice in wanted.choices]
    options = YES_NO if wanted.type is FieldType.BOOLEAN else choices
    return {
        "name": wanted.name,
        "label": wanted.label,
        "description": wanted.description,
        "groupName": group,
        "type": kind,
        "fieldType": shown,
        "options": [option | {"displayOrder": place, "hidden": False} for place, option in enumerate(options)],
        # Not offered on forms: a visitor must not score himself.
        "formField": False,
    }
