"""Option maps: what each option of the CRM stands for here, and which of them are read without being told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from adapters.contract import CrmField
from connector.core.mapping.crm_mapping import FieldMap
from connector.core.mapping.fields import no_answer, value_reader
from connector.core.mapping.sample import Sample
from connector.core.mapping.transforms import normal
from connector.core.types import FieldValue
from connector.core.vocabulary import FieldKind, FieldSpec

MAPPED = (FieldKind.CHOICE, FieldKind.BOOLEAN)
MOST = 60
"""Options that are shown of a property."""
LONGEST = 120
"""Characters of an option that can be mapped."""


class OptionRow(NamedTuple):
    """One option of theirs. `ours` is the value the mapping names, empty where it names none; `read` what comes out."""

    theirs: str
    ours: str
    read: str
    held: int
    """How many of the sampled contacts hold it."""

    @property
    def lost(self) -> bool:
        """Whether it counts as empty though it says something."""
        return not self.read and not no_answer(self.theirs)


def options_of(spec: FieldSpec, field: FieldMap, live: CrmField | None, sample: Sample | None) -> Iterator[OptionRow]:
    """The options of a property in the CRM's order, then values that were seen, most frequent first."""
    if spec.type not in MAPPED or live is None:
        return
    seen = Counter(value.strip() for value in (sample.raw if sample else ()))
    labels = {choice.label: seen[choice.value] for choice in live.choices}
    if not live.choices:
        labels = {text: count for text, count in seen.most_common(MOST) if text and len(text) <= LONGEST}
    read = value_reader(field)
    named = {text for text in field.options if spec.type is not FieldKind.CHOICE or text not in _own(spec)}
    for label, count in list(labels.items())[:MOST]:
        value = read(label)
        yield OptionRow(
            label, _said(field.options[normal(label)]) if normal(label) in named else "", _said(value), count
        )


def _own(spec: FieldSpec) -> set[str]:
    """A choice field reads its own values without being told."""
    return {normal(choice) for choice in spec.choices}


def _said(value: FieldValue | None) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
