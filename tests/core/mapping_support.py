"""The shipped HubSpot mapping and an account with all its properties, for the mapping tests."""

from __future__ import annotations

from datetime import UTC, datetime

import mappings
from adapters.contract import CrmField, FieldType, Record
from connector.core.mapping import BoundMapping, CrmMapping, bind, parse_mapping, wanted_fields
from connector.core.types import Problem
from connector.core.vocabulary import Vocabulary

VOCABULARY = Vocabulary.parse(mappings.load_vocabulary())
CREATED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
UPDATED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def parsed(text: str) -> CrmMapping:
    document, lines = mappings.read_document(text)
    return parse_mapping(document, lines, VOCABULARY)


def hubspot() -> CrmMapping:
    return parsed(mappings.package_text("hubspot.yaml"))


def live_fields(mapping: CrmMapping) -> list[CrmField]:
    """Every field's preferred property, as text; every signal; every score field as created by us."""
    names = [spec.candidates[0] for spec in mapping.fields]
    names += [name for name in mapping.signals.properties() if name not in names]
    texts = [CrmField(name, name.replace("_", " ").capitalize(), FieldType.TEXT) for name in names]
    return texts + [CrmField(w.name, w.label, w.type, choices=w.choices) for w in wanted_fields(mapping)]


def bound_hubspot(*replaced: CrmField) -> BoundMapping:
    mapping = hubspot()
    live = {field.name: field for field in (*live_fields(mapping), *replaced)}
    return bind(mapping, list(live.values()))[0]


def problems_of(*replaced: CrmField) -> list[Problem]:
    mapping = hubspot()
    live = {field.name: field for field in (*live_fields(mapping), *replaced)}
    return bind(mapping, list(live.values()))[1]


def contact(**properties: str | None) -> Record:
    return Record("101", properties, CREATED, UPDATED)


def about(problems: list[Problem], where: str) -> list[Problem]:
    return [problem for problem in problems if problem.where == where]
