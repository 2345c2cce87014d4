"""Publish: a model file becomes the tenant's next model version, and every lead is scored again with it."""

from __future__ import annotations

from pathlib import Path

import mappings
from connector.flows.scoring import NO_MODEL, model_from
from connector.flows.services import Refused, Services
from connector.store import audit
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows
from connector.store import models as model_rows
from connector.store.models import StoredModel


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
    model_from(text, svc.vocabulary)
    with svc.store.write() as conn:
        last = model_rows.published_model(conn, svc.tenant.id)
        if last is not None and (last.name, last.document) == (name, text):
            return last
        stored = model_rows.publish_model(conn, svc.tenant.id, name, text, author, svc.now())
        audit.record(conn, svc.tenant.id, author, "publish", stored.label, svc.now())
        for connection in connection_rows.connections_of(conn, svc.tenant.id):
            lead_rows.mark_all_dirty(conn, connection.scope)
    return stored
