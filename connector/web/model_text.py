"""The model as text: written by hand, uploaded, begun from one that ships, downloaded."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.core.types import Problem
from connector.flows import model_drafts, model_versions
from connector.flows.model_drafts import DraftMoved
from connector.flows.scoring import faults
from connector.web.model_shown import can_edit, kept_text, moved, shown_draft
from connector.web.shared import actor, services

pages = Blueprint("text", __name__)

LONGEST_FILE = 1_000_000
"""Bytes of an uploaded file that are read at all."""


@pages.get("/model/text")
def text() -> str:
    """The whole draft in one field."""
    return _text_page(None)


def _text_page(typed: str | None, problems: Sequence[Problem] = ()) -> str:
    shown = shown_draft(model_drafts.open_draft(services()))
    found = list(problems) or (list(shown.unreadable) if typed is None else [])
    return render_template("model/text.html", **{**shown.context(), "typed": typed, "problems": found})


@pages.post("/model/text")
def save() -> BaseResponse | tuple[str, int]:
    """Saves it as the draft, if it is a model."""
    typed = request.form.get("text", "").replace("\r\n", "\n")
    return _keep(typed) or (_text_page(typed, faults(typed, services().vocabulary)), 400)


def _keep(typed: str) -> BaseResponse | tuple[str, int] | None:
    """Saves a text as the draft; None when it is no model."""
    svc = services()
    seen = model_drafts.digest_of(kept_text(request.form))
    if faults(typed, svc.vocabulary):
        return None
    try:
        model_drafts.save_text(svc, actor(), typed, request.form.get("edition", 0, type=int), seen)
    except DraftMoved as error:
        return moved(error, {"text": typed})
    return redirect(url_for("model.model", done="saved"), 303)


@pages.get("/model/import")
def bring() -> str:
    """A file, a text, or one of the models that ship."""
    return _import_page("", ())


def _import_page(typed: str, problems: Sequence[Problem], wrong: str = "") -> str:
    return render_template(
        "model/import.html",
        draft=model_drafts.open_draft(services()),
        typed=typed,
        problems=problems,
        wrong=wrong,
        shipped=model_versions.shipped(),
        can_edit=can_edit(),
    )


@pages.post("/model/import")
def take() -> BaseResponse | tuple[str, int]:
    """A file or a text becomes the draft, never more than that."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        typed = request.form.get("text", "").replace("\r\n", "\n")
        if not typed.strip():
            return _import_page("", (), "Choose a file, or paste the text of a model."), 400
        return _keep(typed) or (_import_page(typed, faults(typed, services().vocabulary)), 400)
    raw = upload.read(LONGEST_FILE + 1)
    try:
        typed = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return _import_page("", (), "That file is not text in UTF-8. Save it as plain text and choose it again."), 400
    if len(raw) > LONGEST_FILE:
        return _import_page("", (), "That file is too large to be a model."), 400
    return _keep(typed) or (_import_page(typed, faults(typed, services().vocabulary)), 400)


@pages.post("/model/begin")
def begin() -> BaseResponse | tuple[str, int]:
    """A model that ships becomes the draft."""
    edition, seen = request.form.get("edition", 0, type=int), request.form.get("seen", "")
    try:
        model_versions.begin_from(services(), actor(), request.form.get("name", ""), edition, seen)
    except DraftMoved as error:
        return moved(error, {})
    except LookupError:
        abort(404)
    return redirect(url_for("model.model", done="began"), 303)


@pages.get("/model/export")
def export() -> Response:
    """The draft, or a version by its number, as a file."""
    which = request.args.get("version", model_versions.DRAFT)
    try:
        found = model_versions.text_of(services(), which)
    except LookupError:
        abort(404)
    name = f"model-{which if which == model_versions.DRAFT else f'v{which}'}.yaml"
    return Response(found, mimetype="application/yaml", headers={"Content-Disposition": f"attachment; filename={name}"})
