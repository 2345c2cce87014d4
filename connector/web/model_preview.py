"""The seeing half of the model's page: what an edit would do to the agency's own leads, before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from connector.core.types import Tier
from connector.flows.actors import Role
from connector.flows.bookcase import BookLoading
from connector.flows.decay_curve import DAYS, Silence, decay_curve, kinds_offered
from connector.flows.model_drafts import ModelDraft, open_draft
from connector.flows.model_edits import BASE, EditRefused, checked, form_edits
from connector.flows.model_preview import preview
from connector.flows.previewed import Fires
from connector.flows.services import Refused
from connector.web import preview_charts
from connector.web.shared import needs, services

pages = Blueprint("model_preview", __name__)

LONGEST_LEAD = 300
NOT_MEANT_YET = ("add.", "lead", "kind", "day")
"""Inputs of the form that are no edits before their button is pressed, and those of the simulator."""


@pages.get("/model/preview")
def saved() -> Response:
    """What the saved draft would do, as a page."""
    return _shown(_seen(open_draft(services()), {}))


@pages.post("/model/preview")
@needs(Role.VIEWER)
def typed() -> Response:
    """What the form as it stands would do. Nothing is saved."""
    return _shown(_seen(open_draft(services()), request.form))


def context() -> Mapping[str, Any]:
    """What the fragment needs for the saved draft, for pages that include it."""
    return _seen(open_draft(services()), {})


@pages.get("/model/effects")
def effects() -> Response:
    """What publishing the saved draft would do, in short: tier moves, records to write, how long."""
    return _answer("effects", _seen(open_draft(services()), {}, newest=True))


@pages.route("/model/decay", methods=["GET", "POST"])
@needs(Role.VIEWER)
def decay() -> Response:
    """One lead's score over the coming days by the form as it stands."""
    svc = services()
    asked = request.values
    silence = Silence(asked.get("lead", "").strip()[:LONGEST_LEAD], asked.get("kind", ""), _day(asked.get("day", "")))
    found: dict[str, Any] = {"asked": silence, "kinds": kinds_offered(svc), "days": DAYS}
    try:
        curve = decay_curve(svc, _made(open_draft(svc), request.form)[0], silence)
    except EditRefused as error:
        return _answer("decay", found | {"problems": error.problems})
    except Refused as error:
        return _answer("decay", found | {"refused": str(error)})
    if isinstance(curve, BookLoading):
        return _answer("decay", found | {"loading": curve})
    return _answer("decay", found | {"curve": curve, "chart": preview_charts.curve(curve)})


def _day(text: str) -> int:
    """The day somebody chose; one that is no number is one that the simulator refuses."""
    if not text:
        return Silence().day
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1


def _made(draft: ModelDraft, form: Mapping[str, str]) -> tuple[str, Any]:
    """The draft with what the form says, and the model it is. Raises `EditRefused`."""
    edits = {path: value for path, value in form_edits(form).items() if not path.startswith(NOT_MEANT_YET)}
    return checked(form.get(BASE, draft.text).replace("\r\n", "\n"), edits, services().vocabulary)


def _seen(draft: ModelDraft, form: Mapping[str, str], *, newest: bool = False) -> dict[str, Any]:
    """The preview of the form; of the saved draft where the form makes no model."""
    problems: Mapping[str, str] = {}
    try:
        text, model = _made(draft, form)
    except EditRefused as error:
        problems = error.problems
        try:
            text, model = _made(draft, {})
        except EditRefused:
            return {"problems": problems}
    found = preview(services(), text, model=model, newest=newest)
    if isinstance(found, BookLoading):
        return {"problems": problems, "loading": found}
    shown = {"problems": problems, "preview": found, "chart": preview_charts.histogram(found), "tiers": list(Tier)}
    return shown | {"fires": _beside(form, found.fires), "unsaved": bool(form) and not problems}


def _beside(form: Mapping[str, str], fires: Mapping[str, Fires]) -> Mapping[str, Fires]:
    """Those criteria that the page has a row for: htmx calls it an error to bring what has no place.

    Of somebody who may only look, the form sends no inputs but the text that its rows were made from.
    """
    rows = {path.split(".")[1] for path in form if path.startswith("criteria.") and path.count(".") > 1}
    if not rows and BASE in form:
        rows = {name for name, found in fires.items() if found.draft is not None}
    return {name: found for name, found in fires.items() if name in rows}


def _shown(found: Mapping[str, Any]) -> Response:
    return _answer("preview", found)


def _answer(name: str, found: Mapping[str, Any]) -> Response:
    """The fragment for htmx, else the page around it; `beside`: the form of the model stands beside the fragment."""
    is_part = "HX-Request" in request.headers
    template = f"model_preview/{name}.html" if is_part else "model_preview/page.html"
    about = {"part": f"model_preview/{name}.html", "is_part": is_part, "beside": BASE in request.form}
    response = make_response(render_template(template, **about, **found))
    response.headers["Vary"] = "HX-Request"
    return response
