"""The seeing half of the mapping's page: one record read by the draft, and what publishing it would change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request

from connector.core.types import Tier
from connector.flows.actors import Role
from connector.flows.mapping_drafts import MappingDraft
from connector.flows.mapping_preview import preview
from connector.flows.mapping_trial import Trial, begun, trial
from connector.flows.mapping_typed import Typed, typed
from connector.store.database import Scope
from connector.web import formats
from connector.web.lead_view import sums
from connector.web.shared import is_id, needs, services

pages = Blueprint("mapping_trial", __name__)

WHO = "who"
"""The input that names the record."""
_TRIAL, _PREVIEW = "mapping_trial/trial.html", "mapping_trial/preview.html"


@pages.route("/mapping/<connection_id>/trial", methods=["GET", "POST"])
@needs(Role.ADMIN)
def tried(connection_id: str) -> Response:
    """A record by the saved draft, or by the form of the mapping's page as it stands. Nothing is stored."""
    form = _typed(connection_id)
    who = str(request.values.get(WHO, ""))
    found = Trial(who, trouble=form.refused) if form.draft is None else trial(services(), form.draft, who)
    return _shown(_TRIAL, "Test with a record", form, _context(found))


@pages.route("/mapping/<connection_id>/preview", methods=["GET", "POST"])
@needs(Role.ADMIN)
def previewed(connection_id: str) -> Response:
    """What publishing the saved draft, or the form as it stands, would change. Nothing is stored."""
    form = _typed(connection_id)
    found: dict[str, Any] = {"refused": form.refused, "tiers": list(Tier)}
    if form.draft is not None:
        found["preview"] = preview(services(), form.draft)
    return _shown(_PREVIEW, "What publishing would change", form, found)


def trial_context(draft: MappingDraft) -> dict[str, Any]:
    """What a page needs that includes ``mapping_trial/trial.html`` before anything is tried; asks no CRM."""
    return {"connection": draft.connection, **_context(begun(services(), draft))}


def _context(found: Trial) -> dict[str, Any]:
    return {"trial": found, "sums": sums(found.card) if found.card else [], "value": formats.value}


def _typed(connection_id: str) -> Typed:
    """The draft with what the form says. Another agency's connection is none."""
    svc = services()
    if not is_id(connection_id):
        abort(404)
    form = {path: value for path, value in request.form.items() if path != WHO}
    try:
        return typed(svc, Scope(svc.tenant.id, int(connection_id)), form)
    except LookupError:
        abort(404)


def _shown(template: str, title: str, form: Typed, context: Mapping[str, Any]) -> Response:
    """The fragment alone for htmx, else a page of its own."""
    part = bool(request.headers.get("HX-Request"))
    whole = template if part else "mapping_trial/page.html"
    shown = {"part": template, "title": title, "connection": form.connection, **context}
    answer = make_response(render_template(whole, **shown))
    answer.headers["Vary"] = "HX-Request"
    return answer
