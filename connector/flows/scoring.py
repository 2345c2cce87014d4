"""Scoring of stored leads: the published model, the evaluator made from it, and the batch read from the store."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

import mappings
from connector.core.cards import Cards
from connector.core.model import Model, ModelRefused, parse_model
from connector.core.scoring import Evaluator
from connector.core.types import Lead, Problem, Stage
from connector.core.vocabulary import Vocabulary
from connector.flows.model_edits import LONGEST
from connector.flows.services import Refused, Services
from connector.store import activities as activity_rows
from connector.store import cards as card_rows
from connector.store import models as model_rows
from connector.store.cards import Kept
from connector.store.database import Scope
from connector.store.leads import ToScore
from connector.store.models import StoredModel

NO_MODEL = "No model is published yet. `leadtier publish starter` publishes the one that ships with us."


def model_from(text: str, vocabulary: Vocabulary) -> Model:
    """A model from the text of its file.

    Raises `ModelRefused` with every fault, its line and its mend, `DocumentError` when it is not even readable YAML.
    """
    if len(text) > LONGEST:
        most = f"At most {LONGEST:,} are a model."
        raise mappings.DocumentError(1, f"the text has {len(text):,} characters", most)
    document, lines = mappings.read_document(text)
    return parse_model(document, lines, vocabulary)


def faults(text: str, vocabulary: Vocabulary) -> Sequence[Problem]:
    """Why a text is no model, with lines; empty when it is one."""
    try:
        model_from(text, vocabulary)
    except ModelRefused as error:
        return error.problems
    except mappings.DocumentError as error:
        return [Problem("the file", f"{error.text}.", error.mend, error.line)]
    return ()


def evaluator(svc: Services) -> Evaluator:
    """The evaluator of the model published now, made once per version.

    Raises `Refused` when none is published, or one that this version of the program does not take.
    """
    with svc.store.read() as conn:
        version = model_rows.published_version(conn, svc.tenant.id)
        key = (svc.tenant, version or 0)
        if key in svc.evaluators:
            return svc.evaluators[key]
        stored = model_rows.published_model(conn, svc.tenant.id)
    if stored is None:
        raise Refused(NO_MODEL)
    svc.evaluators[key] = Evaluator(_model_of(stored, svc.vocabulary), svc.vocabulary, svc.zone, stored.label)
    return svc.evaluators[key]


def _model_of(stored: StoredModel, vocabulary: Vocabulary) -> Model:
    """The published model. An older version of the program may have published what this one refuses."""
    try:
        return model_from(stored.document, vocabulary)
    except (ModelRefused, mappings.DocumentError) as error:
        first = str(error).partition("\n")[0]
        raise Refused(
            f"This version of the program does not take the published model {stored.label}: {first} "
            "Publish a mended file with `leadtier publish`; `leadtier models` lists those that ship with us."
        ) from error


def score(
    conn: sa.Connection, svc: Services, scope: Scope, leads: Sequence[ToScore], as_of: datetime
) -> tuple[Cards, dict[int, Kept]]:
    """The cards of these leads as of a time by the published model, in their order, and the last cards kept of them."""
    before = card_rows.last_cards(conn, scope, [lead.id for lead in leads])
    stages = {lead_id: card.stage for lead_id, card in before.items()}
    return score_with(conn, evaluator(svc), scope, leads, as_of, stages), before


def score_with(
    conn: sa.Connection,
    judge: Evaluator,
    scope: Scope,
    leads: Sequence[ToScore],
    as_of: datetime,
    stages: Mapping[int, Stage],
) -> Cards:
    """The cards of these leads by any model; `stages` are those of their last cards, for models with hysteresis."""
    rows = [
        Lead(lead.id, lead.created_at, json.loads(lead.fields), stages.get(lead.id), lead.held_at) for lead in leads
    ]
    acts = activity_rows.acts_of(conn, scope, [lead.id for lead in leads])
    return judge.evaluate(judge.batch(rows, acts), as_of)
