"""Matching automatically: what each field may come from, why, and how sure that is. Proposals only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from connector.core.mapping import BoundField, CrmMapping
from connector.core.mapping.evidence import Wish
from connector.core.mapping.matching import Match, Matching
from connector.core.vocabulary import FieldSpec
from connector.flows.mapping_advice import matching, wishes
from connector.flows.mapping_drafts import MappingDraft
from connector.flows.mapping_names import shown_names
from connector.flows.mapping_source import shipped
from connector.flows.mapping_text import parsed
from connector.flows.services import Refused
from connector.store.database import Scope

_REASONS: dict[tuple[Scope, int, str, str], str] = {}
"""Why fields come from their properties, by connection, look, field and property: dear to find out, and asked often."""
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Proposal:
    """A property for a field, and what the field comes from so far (empty: nothing)."""

    spec: FieldSpec
    match: Match
    shown: str
    now: str
    samples: Sequence[str]

    @property
    def new(self) -> bool:
        """Whether it is another property than now."""
        return self.now != self.match.property


@dataclass(frozen=True)
class Matches:
    """What the properties of an account may be in a draft."""

    draft: MappingDraft

    @cached_property
    def _matching(self) -> Matching:
        return matching(self.draft.mapping, self.draft.look)

    @cached_property
    def _wishes(self) -> Mapping[str, Wish]:
        found = wishes(self.draft.words, self.draft.mapping, _known(self.draft))
        return {wish.spec.name: wish for wish in found}

    def reason(self, bound: BoundField) -> str:
        """Why a field nobody confirmed comes from its property, with a percentage where that can be told."""
        if bound.spec.confirmed or bound.name not in self._wishes:
            return ""
        key = (self.draft.scope, self.draft.look.looked_at, bound.name, bound.property)
        if key not in _REASONS:
            while len(_REASONS) >= _MOST:
                _REASONS.pop(next(iter(_REASONS)), None)
            _REASONS[key] = self._reason(bound)
        return _REASONS[key]

    def _reason(self, bound: BoundField) -> str:
        made = self._matching.matches(self._wishes[bound.name])
        found = next((one for one in made if one.property == bound.property), None)
        return f"{found.percent} %, {found.reason}" if found else bound.reason

    def proposals(self) -> Sequence[Proposal]:
        """A property for every field that nobody has confirmed yet and that finds one, surest first."""
        from_us = {one.reads.name for one in self.draft.mapping.score_fields.fields if one.reads}
        asked = [w for w in self._wishes.values() if not w.map.confirmed and w.spec.name not in from_us]
        found = self._matching.proposals(asked)
        names, now = shown_names(self.draft.look.fields), {one.name: one.property for one in self.draft.bound.fields}
        made = [
            Proposal(wish.spec, match, names[match.property], now.get(name, ""), self._samples(match))
            for wish in asked
            if (match := found.get(name := wish.spec.name)) is not None
        ]
        return sorted(made, key=lambda one: (not one.new, -one.match.percent))

    def _samples(self, match: Match) -> Sequence[str]:
        return self.draft.look.sample(match.property).values


def _known(draft: MappingDraft) -> CrmMapping:
    """The mapping that ships for this kind of CRM, which knows the names people use; the draft's where none does."""
    try:
        return parsed(shipped(draft.connection.kind), draft.base)
    except Refused:
        return draft.mapping
