"""What the page that maps fields says beside each row: which property might be meant, and what to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import mappings
from connector.core.mapping import CrmMapping
from connector.core.mapping.checking import Advice, check_field
from connector.core.mapping.crm_mapping import FieldMap
from connector.core.mapping.evidence import Wish, Words
from connector.core.mapping.matching import Match, Matching
from connector.core.vocabulary import Vocabulary
from connector.flows.looks import Look


@cache
def match_words() -> Words:
    """The words by which properties are recognised, ``mappings/matching.yaml``."""
    document, _ = mappings.read_document(mappings.package_text("matching.yaml"))
    return Words(document["words"], document["looks"], document["outcomes"], document["shapes"])


def matching(mapping: CrmMapping, look: Look) -> Matching:
    """The account's properties, ready to be matched with the fields of this mapping."""
    score_fields = mapping.score_fields
    named = {score_fields.named(one.wanted.name) for one in score_fields.fields}
    prefix = score_fields.prefix.lower()
    grouped = {
        field.name
        for field in look.fields
        if field.group == score_fields.group.name or (prefix and field.name.lower().startswith(prefix))
    }
    return Matching(look.fields, look.samples, match_words(), frozenset(named | grouped))


def wishes(words: Vocabulary, mapping: CrmMapping, known: CrmMapping) -> list[Wish]:
    """The fields of a mapping that look for a property, each with the names it has here and in the mapping `known`.

    A draft names only what is bound; the mapping that ships knows the other names people use.
    """
    more = {field.name: field.candidates for field in known.fields}
    return [_wish(words, field, more.get(field.name, ())) for field in mapping.fields if field.name in words.fields]


def _wish(words: Vocabulary, field: FieldMap, more: Sequence[str]) -> Wish:
    known = tuple(dict.fromkeys((*more, *field.candidates)))
    return Wish(words.fields[field.name], replace(field, candidates=known))


def proposals(words: Vocabulary, mapping: CrmMapping, known: CrmMapping, look: Look) -> dict[str, Match]:
    """A property for each field that finds one, with percent and reason; no property twice."""
    return matching(mapping, look).proposals(wishes(words, mapping, known))


def advice(words: Vocabulary, mapping: CrmMapping, look: Look) -> dict[str, list[Advice]]:
    """What to know of each mapped field, by its name; of a property that is not there nothing."""
    live = look.live
    found = {}
    for field in mapping.fields:
        source = next((name for name in field.candidates if name in live), None)
        if source is not None and field.name in words.fields:
            unit = words.fields[field.name].unit
            found[field.name] = check_field(field, live[source], look.sample(source), unit)
    return found
