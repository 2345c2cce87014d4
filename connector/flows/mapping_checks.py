"""What speaks against publishing a field mapping, and what a person should know before.

Blocking is only what would go wrong unseen: a match nobody agreed to, a property that is not there, a required field
that nobody answered for, a property by which people may not be scored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connector.core.criteria.leads import AGE, BIRTH
from connector.core.mapping import BoundField
from connector.core.model import PRODUCT_INTEREST
from connector.core.protected import judge
from connector.core.types import Problem
from connector.flows.custom_fields import in_the_way
from connector.flows.mapping_drafts import MappingDraft
from connector.flows.scoring import evaluator
from connector.flows.services import Refused, Services

ALWAYS = (PRODUCT_INTEREST, "state", "owner_id")
"""Required whatever the model reads: which ideal customer applies, where we may sell, who is told."""


def required(svc: Services) -> frozenset[str]:
    """Fields that a published mapping must give, or say that the CRM has none: those every score depends on."""
    try:
        return frozenset(evaluator(svc).model.fields() | {*ALWAYS})
    except Refused:
        return frozenset(ALWAYS)


def drives_of(svc: Services) -> Mapping[str, Sequence[str]]:
    """The criteria of the published model by the fields they read, as people read them."""
    try:
        model = evaluator(svc).model
    except Refused:
        return {}
    found: dict[str, dict[str, None]] = {}
    for criterion in model.all_criteria():
        for name in criterion.fields():
            found.setdefault(name, {})[criterion.text or criterion.id] = None
    return {name: list(texts) for name, texts in found.items()}


def checked(svc: Services, draft: MappingDraft) -> Sequence[Problem]:
    """Everything that is to be said of a draft, what blocks first: as `findings`, and whether its own fields may be."""
    own: Sequence[Problem] = ()
    if draft.mapping.custom != draft.live.custom:
        with svc.store.read() as conn:
            own = in_the_way(conn, svc.vocabulary, draft.scope, draft.mapping)
    return [*own, *findings(draft, required(svc))]


def findings(draft: MappingDraft, needed: frozenset[str]) -> Sequence[Problem]:
    """What is to be said of the draft by itself, what blocks first."""
    blocking = [*_protected(draft), *_gone(draft), *unconfirmed(draft), *_unanswered(draft, needed)]
    blocking += _unwritten(draft)
    said = {problem.where for problem in blocking} | _idle(draft, needed)
    return [*blocking, *(problem for problem in draft.problems if problem.where not in said), *_warned(draft)]


def _idle(draft: MappingDraft, needed: frozenset[str]) -> set[str]:
    """Fields that no property gives and no score needs: nothing need be said of them."""
    given = {one.name for one in draft.bound.fields}
    return {spec.name for spec in draft.mapping.fields} - given - needed


def _label(draft: MappingDraft, name: str) -> str:
    return draft.words.fields[name].label if name in draft.words.fields else name


def _protected(draft: MappingDraft) -> Iterator[Problem]:
    for field in draft.bound.fields:
        if (said := judge(field.property, field.label)).refused:
            text = f"“{field.label}” ({field.property}) cannot be read as {_label(draft, field.name)}: {said.reason}"
            yield Problem(field.name, text, f"Map another property, or none. Source: {said.source}.")


def _warned(draft: MappingDraft) -> Iterator[Problem]:
    """What stands in for a protected attribute, where it is not what the field is about: of that the linter speaks."""
    for field in draft.bound.fields:
        spec = draft.words.fields[field.name]
        known = not spec.input or judge(spec.name, spec.label).warned
        if not known and (said := judge(field.property, field.label)).warned:
            text = f"“{field.label}” ({field.property}), read as {_label(draft, field.name)}: {said.reason}"
            yield Problem(field.name, text, f"Use it with care. Source: {said.source}.", blocking=False)
    for name, own in draft.mapping.custom.items():
        if "type" in own and (said := judge(name, str(own["title"]))).warned:
            text = f"Your own field “{own['title']}”: {said.reason}"
            yield Problem(name, text, f"Use it with care. Source: {said.source}.", blocking=False)


def _gone(draft: MappingDraft) -> Iterator[Problem]:
    """Properties a person chose that the CRM does not have, or does not show us."""
    given = {field.name for field in draft.bound.fields}
    for spec in draft.mapping.fields:
        if spec.confirmed and spec.candidates and spec.name not in given:
            text = (
                f"The CRM has no property “{spec.candidates[0]}” for {_label(draft, spec.name)}, or hides it from us."
            )
            yield Problem(spec.name, text, "Choose another property, or none.")


def unconfirmed(draft: MappingDraft) -> Iterator[Problem]:
    """Matches that are new and that nobody agreed to."""
    for field in draft.bound.fields:
        if is_new_match(draft, field):
            text = f"Nobody has agreed yet that {_label(draft, field.name)} comes from “{field.label}”."
            yield Problem(field.name, text, "Confirm the match, or choose another property.")


def is_new_match(draft: MappingDraft, field: BoundField) -> bool:
    """Whether a property was chosen by likeness alone and is not read so already."""
    live = {one.name: one.property for one in draft.live.fields}
    ours = {one.reads.name for one in draft.mapping.score_fields.fields if one.reads}
    return not field.spec.confirmed and field.name not in ours and live.get(field.name) != field.property


def _unwritten(draft: MappingDraft) -> Iterator[Problem]:
    """Scores that reach the CRM now and would reach it no more: nobody means that by another name."""
    if draft.look.fields and draft.live.writes and not draft.bound.writes:
        named = f"{draft.mapping.score_fields.prefix}…"
        text = f"None of the score fields named {named} is in the CRM: nothing would be written."
        yield Problem("prefix", text, "Create them with one click, or go back to the names they had.")


def _unanswered(draft: MappingDraft, needed: frozenset[str]) -> Iterator[Problem]:
    given = {field.name for field in draft.bound.fields}
    answered = {spec.name for spec in draft.mapping.fields if spec.confirmed}
    if BIRTH in given:
        given.add(AGE)
    for name in sorted((needed & draft.words.fields.keys()) - given - answered):
        text = f"{_label(draft, name)} is required and comes from no property."
        yield Problem(name, text, "Map a property, or say that your CRM does not keep it.")
