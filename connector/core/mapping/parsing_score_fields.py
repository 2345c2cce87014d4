"""Reading the section of a mapping file that describes the properties we create in the CRM."""

from __future__ import annotations

import re

from adapters.contract import Choice, FieldType, WantedField
from connector.core.mapping.crm_mapping import FieldMap, PropertyGroup, ScoreField, ScoreFields
from connector.core.mapping.score_fields import WRITABLE
from connector.core.mapping.transforms import normal
from connector.core.nodes import Node
from connector.core.types import FieldValue
from connector.core.vocabulary import Vocabulary

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def read_score_fields(node: Node, words: Vocabulary) -> ScoreFields:
    """The score fields a document describes."""
    node.only("group", "label", "prefix", "suffix", "changed_by", "fields")
    name, label = node.get("group").need("the group of our properties"), node.get("label").need("the group's label")
    fields = tuple(_score_field(key, part, words) for key, part in node.get("fields").items())
    prefix, suffix, changed_by = (node.get(key).text() for key in ("prefix", "suffix", "changed_by"))
    return ScoreFields(PropertyGroup(name, label), prefix, fields, suffix, changed_by)


def _score_field(name: str, node: Node, words: Vocabulary) -> ScoreField:
    node.only("label", "type", "description", "choices", "value", "reads")
    if not _NAME.fullmatch(name):
        node.refuse(f"{name!r} cannot name a property.", "Use small letters, digits and _, a letter first.")
    value, reads = node.get("value"), node.get("reads")
    if (value.value is None) == (reads.value is None):
        node.refuse(f"{name} must be either written or read.", "Add `value: ...` (of the card) or `reads: ...`.")
    return ScoreField(
        wanted=_wanted(name, node),
        value="" if value.value is None else value.one_of(WRITABLE, "a value we can write"),
        reads=None if reads.value is None else _reads(name, node, words),
    )


def _reads(name: str, node: Node, words: Vocabulary) -> FieldMap | None:
    canonical = node.get("reads").one_of(words.fields, "a field of the vocabulary (mappings/canonical.yaml)")
    if canonical not in words.fields:
        return None
    word = words.fields[canonical]
    for choice, part in node.get("choices").items():
        Node(choice, part.path, part.faults).one_of(word.choices, f"a choice of {canonical}")
    options: dict[str, FieldValue] = {normal(choice): choice for choice in word.choices}
    return FieldMap(canonical, word.type, (name,), word.type, options, sensitive=word.sensitive)


def _wanted(name: str, node: Node) -> WantedField:
    types = [known.value for known in FieldType]
    chosen = node.get("type").one_of(types, "a type of field")
    return WantedField(
        name=name,
        label=node.get("label").need("what people see"),
        type=FieldType(chosen) if chosen in types else FieldType.TEXT,
        description=node.get("description").text(),
        choices=tuple(Choice(key, part.text()) for key, part in node.get("choices").items()),
    )
