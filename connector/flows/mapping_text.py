"""The text of a mapping file: read, and narrowed to the properties that give its fields."""

from __future__ import annotations

from functools import lru_cache

import mappings
from connector.core.mapping import CrmMapping, parse_mapping
from connector.core.vocabulary import Vocabulary
from connector.flows.mapping_places import home
from mappings.splicing import YamlText


@lru_cache(maxsize=64)
def _document(text: str) -> tuple[object, mappings.Lines]:
    return mappings.read_document(text)


def parsed(text: str, words: Vocabulary) -> CrmMapping:
    """The mapping a text describes. Raises `DocumentError`, `MappingRefused`."""
    return parse_mapping(*_document(text), words)


@lru_cache(maxsize=64)
def narrowed(text: str, pairs: tuple[tuple[str, str], ...], *, agreed: bool = False) -> str:
    """The text in which these fields name the one property they come from, and no other candidate.

    With `agreed` a person has said so of all of them.
    """
    made = YamlText(text)
    for name, source in pairs:
        place = home(made, name)
        if made.value(place) is not None:
            made = made.put((*place, "from"), source)
            made = made.put((*place, "confirmed"), value=True) if agreed else made
    return made.text
