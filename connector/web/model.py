"""Scoring model: the points table with its draft, in a form whose inputs are named as `flows.model_edits` says."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import model_drafts, model_versions
from connector.flows.model_drafts import DraftMoved, ModelDraft
from connector.flows.model_edits import EditRefused, form_edits, typed_edits
from connector.web import model_criteria, model_hand_raiser, model_publish, model_text
from connector.web import model_versions as version_pages
from connector.web.model_shown import Shown, kept_text, moved, shown_draft
from connector.web.shared import actor, services

pages = Blueprint("model", __name__)
for _part in (model_criteria, model_hand_raiser, model_text, version_pages, model_publish):
    pages.register_blueprint(_part.pages)

SIGNS = {
    "quote_requested": "phone", "callback_requested": "phone", "called_us": "phone", "call_answered": "phone",
    "wrong_number": "ban", "comparison_guide_downloaded": "download", "form_submitted": "clipboard-check",
    "pricing_page_viewed": "click", "product_page_viewed": "click", "page_viewed": "world", "email_opened": "mail",
    "email_clicked": "mail", "email_replied": "mail", "message_received": "message-report", "unsubscribed": "ban",
    "email_opt_out": "ban", "do_not_contact": "ban", "meeting_booked": "calendar", "meeting_held": "check",
    "territory": "map-pin", "state": "map-pin", "zip": "map-pin", "lead_source": "sparkles", "homeowner": "home",
    "property_value": "home", "vehicles": "car", "employer_size": "building", "industry": "briefcase",
    "annual_revenue": "briefcase", "years_in_business": "briefcase", "renewal_date": "calendar", "dependents": "users",
    "household_income": "scale", "coverage_amount": "shield", "currently_insured": "shield",
}  # fmt: skip
"""The picture beside a criterion, by the first act or field that it looks at."""

DONE = {
    "saved": "The draft is saved. Nothing changes for your leads until it is published.",
    "discarded": "The draft is gone. This is the live model.",
    "rebased": "The draft now continues from the live version. Look at the changes before you publish.",
    "began": "This is your new draft. Nothing changes for your leads until it is published.",
}


@pages.get("/model")
def model() -> BaseResponse | str:
    """The table, as the draft has it."""
    shown = shown_draft(model_drafts.open_draft(services()))
    if shown.unreadable:
        return redirect(url_for(".text.text"), 303)
    return _page(shown, done=DONE.get(request.args.get("done", ""), ""))


def _page(shown: Shown, done: str = "") -> str:
    free = model_versions.lines_to_add(services(), shown.draft.text)
    return render_template("model/model.html", **shown.context(), done=done, free_lines=free, signs=SIGNS)


@pages.post("/model")
def save() -> BaseResponse | tuple[str, int]:
    """Saves the draft and shows the page again."""
    try:
        _save(_asked())
    except DraftMoved as error:
        return moved(error, _asked())
    except EditRefused as error:
        draft = model_drafts.open_draft(services())
        return _page(shown_draft(draft, request.form, error.problems)), 400
    return redirect(url_for(".model", done="saved", _anchor=_back_to()), 303)


def _save(edits: Mapping[str, str]) -> ModelDraft:
    edition = request.form.get("edition", 0, type=int)
    return model_drafts.edit(services(), actor(), edition, edits, model_drafts.digest_of(kept_text(request.form)))


def _asked() -> Mapping[str, str]:
    """What was typed, and what the button says that was pressed."""
    edits = dict(form_edits(request.form))
    if path := request.form.get("revert", ""):
        edits[path] = shown_draft(model_drafts.open_draft(services())).live.get(path, "")
    if request.form.get("add_line") and (line := request.form.get("new_line", "")):
        edits[f"add.product_line.{line}"] = request.form.get("new_line_from") or model_versions.source_of(line)
    return edits


def _back_to() -> str | None:
    """The card of what a button changed, so that a page made anew does not begin at its top."""
    asked = next((name for name in request.form if name.endswith((".move", ".remove")) or name == "revert"), "")
    if asked.startswith("criteria.") and asked.endswith(".move"):
        return f"row-{asked.split('.')[1]}"
    return "territories" if asked.startswith("territories.") else "decay-rules" if asked.startswith("decay.") else None


@pages.post("/model/save")
def save_quietly() -> BaseResponse:
    """The same while somebody edits: only the head of the page comes back, and the sentences beside the inputs."""
    problems: Mapping[str, str] = {}
    conflict = False
    try:
        _save(typed_edits(request.form))
    except DraftMoved:
        conflict = True
    except EditRefused as error:
        problems = error.problems
    shown = shown_draft(model_drafts.open_draft(services()), request.form, problems)
    page = render_template("model/saved.html", **shown.context(), conflict=conflict)
    response = make_response(page)  # 200 always: what is wrong belongs onto the page, not into the browser's console
    response.vary.add("HX-Request")
    return response


@pages.post("/model/discard")
def discard() -> BaseResponse | tuple[str, int]:
    """Back to the live model."""
    try:
        model_drafts.discard(services(), actor(), *_seen())
    except DraftMoved as error:
        return moved(error, {})
    return redirect(url_for(".model", done="discarded"), 303)


@pages.post("/model/rebase")
def rebase() -> BaseResponse | tuple[str, int]:
    """The draft goes on from the version that was published meanwhile."""
    try:
        model_drafts.rebase(services(), actor(), *_seen())
    except DraftMoved as error:
        return moved(error, {})
    return redirect(url_for(".model", done="rebased"), 303)


def _seen() -> tuple[int, str]:
    return request.form.get("edition", 0, type=int), request.form.get("seen", "")
