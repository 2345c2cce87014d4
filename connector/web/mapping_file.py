"""The mapping as a file: to take away, to paste, to mend where a draft cannot be used any more."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.core.types import Problem
from connector.flows import mapping_drafts
from connector.flows.mapping_drafts import DraftMoved
from connector.flows.mapping_edits import EditRefused
from connector.flows.mapping_spoiled import UNUSABLE, faults
from connector.store.database import Scope
from connector.web.mapping_shown import edition, scope_of, who_was_quicker
from connector.web.shared import actor, services

pages = Blueprint("file", __name__)
LARGEST = 400_000
"""Bytes of a file that is read."""


@pages.get("/mapping/<int(max=2147483647):connection_id>/file")
def file(connection_id: int) -> str:
    """The text of the draft, or of the live mapping, with what is wrong about it."""
    scope = scope_of(connection_id)
    svc = services()
    saved = mapping_drafts.saved_text(svc, scope)
    try:
        draft = mapping_drafts.open_draft(svc, scope)
    except UNUSABLE as error:
        return _page(scope, saved.document if saved else "", faults(error), spoiled=True)
    return _page(scope, draft.text)


def _page(scope: Scope, text: str, problems: Sequence[Problem] = (), moved: str = "", *, spoiled: bool = False) -> str:
    saved = mapping_drafts.saved_text(services(), scope)
    return render_template(
        "mapping/file.html",
        connection=services().connection(scope),
        text=text,
        problems=problems,
        moved=moved,
        spoiled=spoiled,
        edition=saved.edition if saved else 0,
    )


@pages.post("/mapping/<int(max=2147483647):connection_id>/file")
def take(connection_id: int) -> BaseResponse | tuple[str, int]:
    """Takes a pasted or chosen file as the draft; on faults it is shown again with every one of them."""
    scope = scope_of(connection_id)
    text = _given()
    try:
        mapping_drafts.save_text(services(), scope, actor(), text, edition())
    except DraftMoved as error:
        return _page(scope, text, moved=who_was_quicker(error)), 409
    except EditRefused as error:
        return _page(scope, text, [Problem("the file", sentence, "") for sentence in error.problems.values()]), 400
    except UNUSABLE as error:
        return _page(scope, text, faults(error)), 400
    return redirect(url_for("mapping.fields", connection_id=connection_id, done="imported"), 303)


def _given() -> str:
    """The text of the form; that of the chosen file where there is one."""
    chosen = request.files.get("file")
    if chosen is None or not chosen.filename:
        return request.form.get("text", "")
    content: bytes = chosen.read(LARGEST)
    return content.decode("utf-8", errors="replace")
