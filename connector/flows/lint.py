"""Lint: what is wrong or odd about a model, before anyone publishes it."""

from __future__ import annotations

from collections.abc import Sequence

from connector.core.cards import Cards
from connector.core.linter import lint
from connector.core.scoring import Evaluator
from connector.core.types import Problem
from connector.core.vocabulary import Vocabulary
from connector.flows.publish import model_text
from connector.flows.scoring import model_from, score_with
from connector.flows.services import Services
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows

SAMPLE = 5000
"""Leads the model is tried on: enough to see what never fires, few enough to answer at once."""


def lint_alone(vocabulary: Vocabulary, name_or_path: str) -> Sequence[Problem]:
    """What the linter says of a model by itself.

    Raises `ModelRefused` with every fault when the file cannot be used at all, `Refused` when there is no such file.
    """
    return lint(model_from(model_text(name_or_path)[1], vocabulary), vocabulary)


def lint_on_leads(svc: Services, name_or_path: str) -> Sequence[Problem]:
    """The same, tried on the tenant's own leads where there are any."""
    model = model_from(model_text(name_or_path)[1], svc.vocabulary)
    return lint(model, svc.vocabulary, _sample(svc, Evaluator(model, svc.vocabulary, svc.zone, "draft")))


def lint_text(svc: Services, text: str) -> Sequence[Problem]:
    """What the linter says of a text by itself. Raises `ModelRefused` or `DocumentError` when it is no model."""
    return lint(model_from(text, svc.vocabulary), svc.vocabulary)


def _sample(svc: Services, judge: Evaluator) -> Cards | None:
    with svc.store.read() as conn:
        for connection in connection_rows.connections_of(conn, svc.tenant.id):
            leads = lead_rows.leads_after(conn, connection.scope, 0, SAMPLE)
            if leads:
                return score_with(conn, judge, connection.scope, leads, svc.clock(), {})
    return None
