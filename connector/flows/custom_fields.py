"""Own fields: what an agency reads and scores beyond the vocabulary, gathered from the mappings of its connections."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from connector.core.mapping import CrmMapping
from connector.core.model import ModelRefused
from connector.core.types import Problem
from connector.core.vocabulary import Vocabulary
from connector.flows.scoring import model_from
from connector.flows.services import Services
from connector.store import connections as connection_rows
from connector.store import models as model_rows
from connector.store import tenants as tenant_rows
from connector.store.database import Scope
from connector.store.models import StoredModel

Own = Mapping[str, Mapping[str, Any]]


def words_for(svc: Services, scope: Scope) -> Vocabulary:
    """The words that a mapping of this connection begins from: those that ship, and other connections' own."""
    with svc.store.read() as conn:
        others = _of_others(conn, scope)
    words = shipped(svc.vocabulary)
    for own in others.values():
        words = words.with_custom(own)
    return words


def shipped(words: Vocabulary) -> Vocabulary:
    """The words without those of the agency."""
    return words.shipped or words


def gather(conn: sa.Connection, tenant_id: int, words: Vocabulary) -> None:
    """Keeps for the agency what the published mappings of its connections define, and what its model still reads."""
    before = json.loads(tenant_rows.tenant_by_id(conn, tenant_id).custom_fields)
    after = dict(_union(conn, tenant_id, words, before).own)
    if after != before:
        tenant_rows.set_custom_fields(conn, tenant_id, json.dumps(after))


def _union(conn: sa.Connection, tenant_id: int, words: Vocabulary, before: Own) -> Vocabulary:
    base = shipped(words)
    defined = [one.mapping.get("custom", {}) for one in connection_rows.connections_of(conn, tenant_id)]
    made = base.with_custom(_still_read(before, defined, model_rows.published_model(conn, tenant_id)))
    for own in defined:
        made = made.with_custom(own)
    return made


def _still_read(before: Own, defined: list[Own], model: StoredModel | None) -> dict[str, Mapping[str, Any]]:
    """What no mapping defines any more, because its connection went, and the published model names all the same."""
    text = model.document if model else ""
    known = {name for own in defined for name in own}
    return {name: spec for name, spec in before.items() if name not in known and re.search(rf"\b{name}\b", text)}


def _of_others(conn: sa.Connection, scope: Scope) -> dict[str, Own]:
    """What the other connections define, by their names."""
    others = connection_rows.connections_of(conn, scope.tenant_id)
    return {one.name: one.mapping.get("custom", {}) for one in others if one.id != scope.connection_id}


# ------------------------------------------------------------------------------------------------------------- checks


def in_the_way(conn: sa.Connection, words: Vocabulary, scope: Scope, mapping: CrmMapping) -> list[Problem]:
    """What speaks against the own fields of a mapping: another connection's of the same name, or the published model.

    `words` are the agency's as they are now.
    """
    others = _of_others(conn, scope)
    problems = list(_conflicts(mapping.custom, others))
    model = model_rows.published_model(conn, scope.tenant_id)
    if problems or model is None:
        return problems
    left = shipped(words)
    for own in (*others.values(), mapping.custom):
        left = left.with_custom(own)
    return list(_missed(model, words, left)) if _lacks(left, words) else []


def _lacks(left: Vocabulary, words: Vocabulary) -> bool:
    """Whether any own field, or a choice, is lost or of another type than it was."""
    pairs = [(words.fields[name], left.fields.get(name)) for name in words.own]
    return any(now is None or now.type != was.type or set(was.choices) - set(now.choices) for was, now in pairs)


def _conflicts(custom: Own, others: Mapping[str, Own]) -> Iterator[Problem]:
    for connection, own in others.items():
        for name in custom.keys() & own.keys():
            ours, theirs = custom[name].get("type"), own[name].get("type")
            if ours != theirs:
                text = f"{name} is a field of type {ours} here and of type {theirs} for {connection}."
                yield Problem(name, text, "Give it the same type, or another name.")


def _missed(model: StoredModel, words: Vocabulary, left: Vocabulary) -> Iterator[Problem]:
    """What the published model would not find any more."""
    try:
        now = model_from(model.document, words)
    except ModelRefused:
        return
    gone = {
        name
        for name, spec in words.fields.items()
        if left.fields.get(name) is None or spec.type != left.fields[name].type
    }
    for criterion in now.all_criteria():
        for name in sorted(gone & set(criterion.fields())):
            what = f"“{criterion.text or criterion.id}” ({criterion.id})"
            text = f"{words.fields[name].label} is read by the criterion {what} of the published model {model.label}."
            yield Problem(name, text, "Take it out of the model first and publish that.")
    if not gone & now.fields():
        yield from _refusals(model, left)


def _refusals(model: StoredModel, left: Vocabulary) -> Iterator[Problem]:
    """What else the published model would be refused for: a choice that went."""
    try:
        model_from(model.document, left)
    except ModelRefused as error:
        for fault in error.problems:
            text = f"The published model {model.label} would not work any more: line {fault.line}: {fault.text}"
            yield Problem("custom", text, "Take it out of the model first and publish that.")
