"""The words models and mappings may use: every lead field and every kind of activity.

Built from `mappings/canonical.yaml`; nothing else in the house keeps a list of fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

FALLBACK_KIND = "other"
"""What an activity counts as when its kind is not in the vocabulary (an older row, a newer adapter)."""

MOST_KINDS = 127
"""A kind must fit into seven bits, see `connector.core.sheet`."""


class FieldKind(StrEnum):
    """The types of canonical fields."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"
    STATE = "state"
    ZIP = "zip"

    @property
    def numeric(self) -> bool:
        """Kept as a column of numbers: a boolean as 0 or 1, a date as its day number."""
        return self in (FieldKind.NUMBER, FieldKind.BOOLEAN, FieldKind.DATE)


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One canonical lead field."""

    name: str
    type: FieldKind
    meaning: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    sensitive: bool = False
    """Personal: no log, reason or example may show its value."""
    outcome: bool = False
    """Known only after selling, so never an input to a score."""
    input: bool = True
    """False: shown or used by the engine, but not offered to models."""
    title: str = ""
    """What an agency calls a field of its own."""

    @property
    def label(self) -> str:
        """The name as people read it: ``household_income`` is ``Household income``."""
        return self.title or self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class KindSpec:
    """One kind of activity. `code` is its place in the vocabulary, for columns."""

    name: str
    text: str
    by_lead: bool
    code: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All fields and kinds, by name, in the order of the file."""

    fields: Mapping[str, FieldSpec]
    kinds: Mapping[str, KindSpec]
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What `with_custom` was given."""
    shipped: Vocabulary | None = None
    """The words without those of the agency; None where there are none of its own."""

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Vocabulary:
        """Reads the document of `mappings.load_vocabulary`. Raises `ValueError` when it is not a vocabulary."""
        try:
            fields = {name: _field(name, spec) for name, spec in document["fields"].items()}
            kinds = {name: _kind(name, spec, code) for code, (name, spec) in enumerate(document["kinds"].items())}
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is not a vocabulary: {error!r}") from error
        if FALLBACK_KIND not in kinds or len(kinds) > MOST_KINDS:
            raise ValueError(f"the vocabulary needs the kind {FALLBACK_KIND!r}, and at most {MOST_KINDS} kinds")
        return cls(fields, kinds)

    def with_custom(self, custom: Mapping[str, Mapping[str, Any]]) -> Vocabulary:
        """The same words and those of one agency: `custom` gives type, meaning, unit and choices by name.

        Under the name of a choice field that ships, `choices` are added to those it has; nothing else of it changes.
        A field of its own that the agency has already is replaced. Raises `ValueError` when it is not a vocabulary.
        """
        if not custom:
            return self
        base = self.shipped or self
        try:
            fields = {name: _custom(name, spec, self, base) for name, spec in custom.items()}
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"these are no fields: {error!r}") from error
        own = {**self.own, **{name: _own(spec, fields[name], base) for name, spec in custom.items()}}
        return Vocabulary({**self.fields, **fields}, self.kinds, own, base)

    def code_of(self, kind: str) -> int:
        """The code of a kind; that of ``other`` when the vocabulary does not know it."""
        return (self.kinds.get(kind) or self.kinds[FALLBACK_KIND]).code


def _field(name: str, spec: Mapping[str, Any]) -> FieldSpec:
    known = dict(spec)
    return FieldSpec(name=name, type=FieldKind(known.pop("type")), choices=tuple(known.pop("choices", ())), **known)


def _custom(name: str, spec: Mapping[str, Any], words: Vocabulary, base: Vocabulary) -> FieldSpec:
    if name not in base.fields:
        return _field(name, spec)
    known = words.fields[name]
    return replace(known, choices=tuple(dict.fromkeys((*known.choices, *spec["choices"]))))


def _own(spec: Mapping[str, Any], made: FieldSpec, base: Vocabulary) -> Mapping[str, Any]:
    """What was given; of a field that ships every choice that was ever added."""
    shipped = base.fields.get(made.name)
    return spec if shipped is None else {"choices": [one for one in made.choices if one not in shipped.choices]}


def _kind(name: str, spec: Mapping[str, Any], code: int) -> KindSpec:
    if spec["by"] not in ("lead", "rep"):
        raise ValueError(f"the kind {name!r} must be by lead or by rep, not by {spec['by']!r}")
    return KindSpec(name, spec["text"], spec["by"] == "lead", code)
