"""Reading a mapping file: every fault is found in one go and named with its line and its mend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connector.core.mapping.crm_mapping import (
    DEFAULT_KEEP,
    ActivityMap,
    Condition,
    CounterSignal,
    CrmMapping,
    DatedSignal,
    FieldMap,
    MappingRefused,
    Rule,
    Signals,
    SwitchSignal,
)
from connector.core.mapping.parsing_custom import read_custom
from connector.core.mapping.parsing_score_fields import read_score_fields
from connector.core.mapping.transform_table import TRANSFORMS
from connector.core.mapping.transforms import normal
from connector.core.nodes import Faults, Node, Path
from connector.core.types import FieldValue
from connector.core.vocabulary import FALLBACK_KIND, FieldSpec, Vocabulary

SUPPORTED_VERSION = 1


def parse_mapping(document: object, lines: Mapping[Path, int], vocabulary: Vocabulary) -> CrmMapping:
    """The mapping a document describes. `lines` gives line numbers by path, such as ``("fields", "age")``.

    Raises `MappingRefused` with every fault when there is one.
    """
    root = Node(document, (), Faults(lines))
    root.only("version", "crm", "fields", "custom", "activities", "signals", "score_fields")
    version = root.get("version")
    if version.value != SUPPORTED_VERSION:
        version.refuse("This version of mapping files is not known.", f"Write `version: {SUPPORTED_VERSION}`.")
    mapping = _mapping(root, vocabulary)
    if root.faults.problems:
        raise MappingRefused(root.faults.problems)
    return mapping


def _mapping(root: Node, shipped: Vocabulary) -> CrmMapping:
    custom = read_custom(root.get("custom"), shipped)
    words = shipped.with_custom(custom)
    own = [(name, node) for name, node in root.get("custom").items() if "type" in custom.get(name, {})]
    return CrmMapping(
        crm=root.get("crm").need("the name of the CRM"),
        fields=(
            *(_field(name, node, words) for name, node in root.get("fields").items()),
            *(_field_map(node, words.fields[name]) for name, node in own),
        ),
        custom=custom,
        activities=tuple(_activities(name, node, words) for name, node in root.get("activities").items()),
        signals=_signals(root.get("signals"), words),
        score_fields=read_score_fields(root.get("score_fields"), words),
    )


# ------------------------------------------------------------------------------------------------------------- fields


def _field(name: str, node: Node, words: Vocabulary) -> FieldMap:
    node.only("from", "transform", "options", "min", "max", "confirmed")
    if name not in words.fields:
        Node(name, node.path, node.faults).one_of(words.fields, "a field of the vocabulary (mappings/canonical.yaml)")
        return FieldMap(name, "text", (), "text", {})
    return _field_map(node, words.fields[name])


def _field_map(node: Node, word: FieldSpec) -> FieldMap:
    if node.get("from").value is None:
        mend = "Add `from: [property, ...]`, the preferred first; `from: []` where the CRM has none."
        node.refuse(f"{word.name} names no property.", mend)
    return FieldMap(
        name=word.name,
        type=word.type,
        candidates=node.get("from").texts(),
        transform=_transform(node.get("transform"), word.type),
        options=_options(node.get("options"), word),
        low=node.get("min").number(),
        high=node.get("max").number(),
        sensitive=word.sensitive,
        confirmed=node.get("confirmed").truth(),
    )


def _transform(node: Node, type: str) -> str:
    if node.value is None:
        return type
    name = node.one_of(TRANSFORMS, "a transform")
    if name in TRANSFORMS and type not in TRANSFORMS[name].gives:
        fitting = ", ".join(key for key, transform in TRANSFORMS.items() if type in transform.gives)
        node.refuse(f"The transform {name!r} does not give a {type}.", f"Use {fitting}, or leave the line out.")
    return name


def _options(node: Node, word: FieldSpec) -> dict[str, FieldValue]:
    """The canonical value by the normal form of each option; a choice field also knows its own values."""
    options: dict[str, FieldValue] = {normal(choice): choice for choice in word.choices}
    for shown, part in node.items():
        if word.type == "choice":
            part.one_of(word.choices, "a choice of this field")
        elif (word.type == "boolean") != isinstance(part.value, bool):
            part.refuse(f"{part.value!r} is not a {word.type}.", "Write `option: true` or `option: false`.")
        if isinstance(part.value, str | int | float):
            options[normal(shown)] = part.value
    return options


# --------------------------------------------------------------------------------------------------------- activities


def _activities(type: str, node: Node, words: Vocabulary) -> ActivityMap:
    node.only("rules", "otherwise")
    return ActivityMap(
        type=type,
        rules=tuple(_rule(part, words) for part in node.get("rules").each()),
        otherwise=_kind(node.get("otherwise"), words) if node.get("otherwise").value is not None else FALLBACK_KIND,
    )


def _rule(node: Node, words: Vocabulary) -> Rule:
    node.only("when", "kind", "at")
    conditions = tuple(Condition(name, part.texts()) for name, part in node.get("when").items())
    if not conditions:
        node.refuse("A rule without conditions would hide all rules below it.", "Add `when:`, or use `otherwise:`.")
    return Rule(_kind(node.get("kind"), words), conditions, node.get("at").text())


def _kind(node: Node, words: Vocabulary) -> str:
    return node.one_of(words.kinds, "an activity kind of the vocabulary (mappings/canonical.yaml)")


# ------------------------------------------------------------------------------------------------------------ signals


def _signals(node: Node, words: Vocabulary) -> Signals:
    node.only("dated", "switches", "counters")
    return Signals(
        dated=tuple(_dated(name, part, words) for name, part in _heard(node.get("dated"))),
        switches=tuple(_switch(name, part, words) for name, part in _heard(node.get("switches"))),
        counters=tuple(_counter(name, part, words) for name, part in _heard(node.get("counters"))),
    )


def _heard(node: Node) -> Iterator[tuple[str, Node]]:
    """The signals that are not switched off."""
    return ((name, part) for name, part in node.items() if not part.get("off").truth())


def _dated(name: str, node: Node, words: Vocabulary) -> DatedSignal:
    node.only("from", "rules", "otherwise", "off")
    sources = []
    for part in node.get("from").each():
        part.only("at", "text")
        sources.append((part.get("at").need("the property with the time"), part.get("text").text()))
    rules = tuple(_text_rule(part, words) for part in node.get("rules").each())
    return DatedSignal(name, tuple(sources), rules, _kind(node.get("otherwise"), words))


def _text_rule(node: Node, words: Vocabulary) -> Rule:
    node.only("match", "kind")
    return Rule(_kind(node.get("kind"), words), (Condition("", node.get("match").texts()),))


def _switch(name: str, node: Node, words: Vocabulary) -> SwitchSignal:
    node.only("when", "at", "kind", "off")
    when = node.get("when").need("the property that says yes or no")
    return SwitchSignal(name, _kind(node.get("kind"), words), when, node.get("at").texts())


def _counter(name: str, node: Node, words: Vocabulary) -> CounterSignal:
    node.only("count", "first", "last", "campaign", "kind", "keep", "off")
    return CounterSignal(
        name=name,
        kind=_kind(node.get("kind"), words),
        count=node.get("count").need("the property that counts"),
        last=node.get("last").need("the property with the time of the newest"),
        first=node.get("first").text(),
        campaign=node.get("campaign").text(),
        keep=max(1, int(node.get("keep").number() or DEFAULT_KEEP)),
    )
