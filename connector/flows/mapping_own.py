"""An agency's own fields as their page shows them, and own values of the choice fields that ship."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.core.vocabulary import FieldKind, FieldSpec
from connector.flows.mapping_checks import drives_of
from connector.flows.mapping_drafts import MappingDraft
from connector.flows.services import Services

EXTENDED = ("product_interest", "lead_source")
"""Fields that ship and may take values of the agency's own."""
CHANGED = ("label", "meaning", "unit", "choices")
"""What may be changed of an own field; another type is another field."""


@dataclass(frozen=True, slots=True)
class OwnField:
    """One field of the agency's own."""

    spec: FieldSpec
    property: str
    used_by: Sequence[str]
    """The criteria of the published model that read it; while there are any it cannot go."""

    def value(self, key: str) -> str:
        """A setting as its input shows it."""
        texts = {"label": self.spec.label, "meaning": self.spec.meaning, "unit": self.spec.unit}
        return texts.get(key, ", ".join(self.spec.choices))


def own_fields(svc: Services, draft: MappingDraft) -> Sequence[OwnField]:
    """The own fields of a draft, in the order of its file."""
    given = {one.name: one.property for one in draft.bound.fields}
    used = drives_of(svc)
    names = [name for name, spec in draft.mapping.custom.items() if "type" in spec]
    return [OwnField(draft.words.fields[name], given.get(name, ""), used.get(name, ())) for name in names]


def added_choices(draft: MappingDraft) -> dict[str, Sequence[str]]:
    """The own values of each field that may have some."""
    return {name: draft.mapping.custom.get(name, {}).get("choices", ()) for name in EXTENDED}


def shown_values(fields: Sequence[OwnField], choices: dict[str, Sequence[str]]) -> dict[str, str]:
    """What every input of the page shows, by its path."""
    found = {f"custom.{name}.choices": ", ".join(values) for name, values in choices.items()}
    for one in fields:
        keys = [key for key in CHANGED if key != "choices" or one.spec.type is FieldKind.CHOICE]
        found |= {f"custom.{one.spec.name}.{key}": one.value(key) for key in keys}
    return found
