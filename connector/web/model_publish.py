"""A last look before publishing, and publishing."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.core.types import Problem
from connector.flows import model_drafts
from connector.flows.lint import lint_text
from connector.flows.model_drafts import BaseMoved, DraftMoved, ModelRefused, NothingChanged
from connector.web.model_shown import base_moved, moved, shown_draft
from connector.web.shared import actor, services

pages = Blueprint("publish", __name__)

LONGEST_NOTE = 300


@pages.get("/model/publish")
def publish() -> BaseResponse | str:
    """What changes, what it does to the leads, and what it costs."""
    return _page()


def _page(note: str = "", wrong: str = "", problems: list[Problem] | None = None) -> BaseResponse | str:
    shown = shown_draft(model_drafts.open_draft(services()))
    if shown.unreadable:
        return redirect(url_for("model.text.text"), 303)
    blocking = problems or [each for each in lint_text(services(), shown.draft.text) if each.blocking]
    context = {**shown.context(), "note": note, "wrong": wrong, "blocking": blocking, "longest": LONGEST_NOTE}
    return render_template("model/publish.html", **context)


@pages.post("/model/publish")
def confirm() -> BaseResponse | tuple[str | BaseResponse, int] | tuple[str, int]:
    """The draft becomes the next version."""
    note = " ".join(request.form.get("note", "").split())[:LONGEST_NOTE]
    edition, seen = request.form.get("edition", 0, type=int), request.form.get("seen", "")
    try:
        stored = model_drafts.publish(services(), actor(), edition, note, seen)
    except DraftMoved as error:
        return moved(error, {})
    except BaseMoved as error:
        return base_moved(error)
    except NothingChanged as error:
        return _page(note, str(error)), 400
    except ModelRefused as error:
        return _page(note, "Publishing is refused until this is mended.", list(error.problems)), 400
    return redirect(url_for("model.versions.versions", done=stored.version), 303)
