"""The activities and signals of a draft as its page shows them: rules in order, as text that can be edited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connector.core.mapping.crm_mapping import ActivityMap, Rule
from connector.core.vocabulary import Vocabulary
from connector.flows.mapping_drafts import MappingDraft
from connector.flows.mapping_rules import EMPTY
from connector.flows.services import Refused, Services
from mappings.splicing import YamlText

SECTIONS = ("dated", "switches", "counters")
_LINE = 44
"""Characters that stand on a line of an input."""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule. `when` is a condition a line, as ``property = pattern | pattern``."""

    when: str
    kind: str
    at: str

    @property
    def lines(self) -> int:
        """How many lines of an input it takes."""
        return sum(1 + len(line) // _LINE for line in self.when.split("\n"))


@dataclass(frozen=True, slots=True)
class TypeRow:
    """One activity type of the CRM, with its rules in order and what any other counts as."""

    type: str
    rules: Sequence[RuleRow]
    otherwise: str


@dataclass(frozen=True, slots=True)
class SignalRow:
    """Engagement that the CRM keeps on the contact. `live` is whether its properties exist."""

    section: str
    name: str
    on: bool
    live: bool
    kinds: Sequence[str]
    properties: Sequence[str]

    @property
    def path(self) -> str:
        """What its input is called."""
        return f"signal.{self.section}.{self.name}"


def types(svc: Services, draft: MappingDraft) -> Sequence[TypeRow]:
    """Every activity type this kind of CRM has, and those the mapping names beside."""
    mapped = {one.type: one for one in draft.mapping.activities}
    try:
        known = svc.crm(draft.connection.kind).capabilities.activity_types
    except Refused:
        known = ()
    return [_type(mapped.get(name, ActivityMap(name, ()))) for name in dict.fromkeys([*mapped, *known])]


def _type(one: ActivityMap) -> TypeRow:
    return TypeRow(one.type, [RuleRow(conditions_text(rule), rule.kind, rule.at) for rule in one.rules], one.otherwise)


def conditions_text(rule: Rule) -> str:
    """The conditions of a rule, one a line; `mapping_rules.conditions` reads them back."""
    return "\n".join(f"{one.property} = {' | '.join(text or EMPTY for text in one.patterns)}" for one in rule.when)


def kinds(words: Vocabulary) -> Mapping[str, str]:
    """Every kind of activity and how a rep reads it, but for those that only a flag is."""
    return {name: kind.text for name, kind in words.kinds.items() if not name.startswith("flagged_")}


def signals(draft: MappingDraft) -> Sequence[SignalRow]:
    """Every signal of the mapping, also those that are switched off."""
    return list(_signals(draft))


def _signals(draft: MappingDraft) -> Iterator[SignalRow]:
    parts = YamlText(draft.text).value(("signals",)) or {}
    live = {one.name for one in draft.bound.signals.all()}
    for section in SECTIONS:
        for name, spec in (parts.get(section) or {}).items():
            off = spec.get("off") == "true"
            yield SignalRow(section, name, not off, name in live or off, _kinds(spec), _properties(spec))


def _kinds(spec: Mapping[str, object]) -> Sequence[str]:
    rules = spec.get("rules")
    named = [rule.get("kind") for rule in rules] if isinstance(rules, list) else []
    found = [*named, spec.get("kind"), spec.get("otherwise")]
    return list(dict.fromkeys(str(kind) for kind in found if kind))


def _properties(spec: Mapping[str, object]) -> Sequence[str]:
    sources = spec.get("from")
    named = [source.get("at") for source in sources] if isinstance(sources, list) else []
    return list(dict.fromkeys(str(name) for name in (*named, spec.get("when"), spec.get("count")) if name))


def shown_values(types: Sequence[TypeRow], signals: Sequence[SignalRow]) -> dict[str, str]:
    """What every input of the page shows, by its path."""
    found = {signal.path: "on" if signal.on else "" for signal in signals}
    for one in types:
        stem = f"activity.{one.type}"
        found[f"{stem}.otherwise"] = one.otherwise
        for place, rule in enumerate(one.rules):
            parts = {"when": rule.when, "kind": rule.kind, "at": rule.at}
            found |= {f"{stem}.rule.{place}.{key}": text for key, text in parts.items()}
    return found
