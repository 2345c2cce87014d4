"""Publish: a model file becomes the tenant's next model version, and every lead is scored again with it."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

import mappings
from connector.core.linter import lint
from connector.core.model import Model, ModelRefused
from connector.flows.model_words import differences
from connector.flows.scoring import NO_MODEL, model_from
from connector.flows.services import Refused, Services
from connector.store import audit
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows
from connector.store import models as model_rows
from connector.store.audit import Change
from connector.store.models import StoredModel

PUBLISH = "publish"
"""What the audit trail calls it."""


def model_text(name_or_path: str) -> tuple[str, str]:
    """Name and text of a model: one that ships, by its name, or a file. Raises `Refused` when there is neither."""
    if name_or_path in mappings.model_names():
        return name_or_path, mappings.model_text(name_or_path)
    path = Path(name_or_path)
    try:
        return path.stem, path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"{name_or_path} is not UTF-8 text. Save it as plain text in UTF-8.") from error
    except OSError as error:
        shipped = ", ".join(mappings.model_names())
        raise Refused(
            f"{name_or_path} is neither a readable file nor a model that ships with us ({shipped})."
        ) from error


def published_text(svc: Services) -> str:
    """The model that scores now, as its author wrote it. Raises `Refused` when none is published."""
    with svc.store.read() as conn:
        stored = model_rows.published_model(conn, svc.tenant.id)
    if stored is None:
        raise Refused(NO_MODEL)
    return stored.document


def publish(svc: Services, name_or_path: str, author: str) -> StoredModel:
    """Checks the model, stores it as the next version and marks every lead for scoring.

    Raises `ModelRefused` with every fault of the file, `Refused` when there is no such file. Publishing again what is
    published changes nothing.
    """
    name, text = model_text(name_or_path)
    usable(svc, text)
    with svc.store.write() as conn:
        last = model_rows.published_model(conn, svc.tenant.id)
        if last is not None and (last.name, last.document) == (name, text):
            return last
        sides = differences(last.document, text, svc.vocabulary).sides() if last else ("", "The first model")
        return keep_version(conn, svc, (name, text), author, "", Change(*sides))


def usable(svc: Services, text: str) -> Model:
    """The model in a text, fit to score with.

    Raises `ModelRefused` with every fault, or with what the linter finds to make it useless, and `DocumentError`.
    """
    model = model_from(text, svc.vocabulary)
    if blocking := [problem for problem in lint(model, svc.vocabulary) if problem.blocking]:
        raise ModelRefused(blocking)
    return model


def keep_version(
    conn: sa.Connection, svc: Services, model: tuple[str, str], author: str, note: str, change: Change
) -> StoredModel:
    """Stores a model, its name and its text, as the next version, and marks every lead for scoring."""
    stored = model_rows.publish_model(conn, svc.tenant.id, *model, author, svc.now())
    detail = f"{stored.label}: {note}" if note else stored.label
    audit.record(conn, svc.tenant.id, author, PUBLISH, detail, svc.now(), change)
    for connection in connection_rows.connections_of(conn, svc.tenant.id):
        lead_rows.mark_all_dirty(conn, connection.scope)
    return stored
