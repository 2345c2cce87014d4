"""Field mapping: a row for each thing we need, saved as a draft by a form whose inputs `flows.mapping_edits` names."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import mapping_drafts
from connector.flows.mapping_checks import findings, required
from connector.flows.mapping_drafts import DraftMoved, MappingDraft
from connector.flows.mapping_edits import EditRefused, form_edits
from connector.flows.mapping_frame import score_fields
from connector.flows.mapping_matches import Matches
from connector.flows.mapping_names import shown_names
from connector.flows.mapping_rows import rows, shown_values
from connector.store import connections
from connector.store.database import Scope
from connector.web import mapping_activities, mapping_file, mapping_history, mapping_own, mapping_publish
from connector.web.mapping_shown import NO_EDITS, Shown, edition, opened, page, scope_of, who_was_quicker
from connector.web.mapping_trial import trial_context
from connector.web.shared import actor, services

pages = Blueprint("mapping", __name__)
for _part in (mapping_activities, mapping_own, mapping_publish, mapping_history, mapping_file):
    pages.register_blueprint(_part.pages)

DONE = {
    "saved": "The draft is saved. Nothing changes for your leads until it is published.",
    "discarded": "The draft is gone. This is the live mapping.",
    "matched": "The matches you accepted are in the draft.",
    "rebased": "The draft now goes on from the live version. Look at the changes before you publish.",
    "imported": "The file is the draft now. Look at every row before you publish.",
    "created": "The fields are there now. Publish, so that scores are written to them.",
}


@pages.get("/mapping")
def mapping() -> BaseResponse | str:
    """The first connection's page; without any, what to do first."""
    with services().store.read() as conn:
        first = next(iter(connections.connections_of(conn, services().tenant.id)), None)
    if first is None:
        return render_template("mapping/empty.html")
    return redirect(url_for(".fields", connection_id=first.id), 303)


@pages.get("/mapping/<int(max=2147483647):connection_id>")
def fields(connection_id: int) -> BaseResponse | str:
    """The rows, as the draft has them."""
    draft = opened(scope_of(connection_id))
    if isinstance(draft, BaseResponse):
        return draft
    return fields_page(Shown(draft), done=DONE.get(request.args.get("done", ""), ""))


def fields_page(shown: Shown, done: str = "") -> str:
    """The page of the rows."""
    svc, draft = services(), shown.draft
    needed = required(svc)
    made = rows(svc, draft, needed, findings(draft, needed))
    shown.values = shown_values(draft, made)
    names = shown_names(draft.look.fields)
    known = sorted(((names[one.name], one) for one in draft.look.fields), key=lambda each: each[0].casefold())
    return page(
        "mapping/fields.html",
        shown,
        rows=made,
        known=known,
        ours=score_fields(draft),
        done=done,
        **trial_context(draft),
    )


@pages.post("/mapping/<int(max=2147483647):connection_id>")
def save(connection_id: int) -> BaseResponse | tuple[str, int]:
    """Saves the draft and shows the page again."""
    scope = scope_of(connection_id)
    edits = asked_edits(scope)
    try:
        mapping_drafts.edit(services(), scope, actor(), edition(), edits)
    except DraftMoved as error:
        return _again(scope, edits, NO_EDITS, who_was_quicker(error)), 409
    except EditRefused as error:
        return _again(scope, edits, error.problems), 400
    return redirect(url_for(".fields", connection_id=connection_id, done="saved", _anchor=_back_to()), 303)


def asked_edits(scope: Scope) -> dict[str, str]:
    """What was typed, and what the button stands for that was pressed."""
    edits = form_edits(request.form)
    path, _, value = request.form.get("do", "").partition("=")
    if path.startswith("field."):
        edits[path] = value
    elif path in ("confirm", "none"):
        draft = mapping_drafts.open_draft(services(), scope)
        edits = {**_for_all(draft, path), **edits}
    return edits


def _for_all(draft: MappingDraft, path: str) -> Mapping[str, str]:
    """Agrees to every match, or says of every required field without one that the CRM has none."""
    if path == "confirm":
        return {f"field.{one.name}.confirmed": one.property for one in draft.bound.fields if not one.spec.confirmed}
    needed = required(services())
    missing = [one.where for one in findings(draft, needed) if one.blocking and one.where in needed]
    given = {one.name for one in draft.bound.fields}
    return {f"field.{name}.none": "1" for name in missing if name not in given}


def _back_to() -> str | None:
    """The row of the button that was pressed, so that the page does not begin at its top again."""
    path = request.form.get("do", "")
    return f"row-{path.split('.')[1]}" if path.startswith("field.") else None


def _again(scope: Scope, typed: Mapping[str, str], wrong: Mapping[str, str], moved: str = "") -> str:
    """The page with everything that was typed, on top of what stands now."""
    return fields_page(Shown(mapping_drafts.open_draft(services(), scope), typed, wrong, moved=moved))


@pages.get("/mapping/<int(max=2147483647):connection_id>/match")
def match(connection_id: int) -> BaseResponse | str:
    """Proposals for every field that nobody has confirmed; nothing is changed."""
    draft = opened(scope_of(connection_id))
    if isinstance(draft, BaseResponse):
        return draft
    return page("mapping/match.html", Shown(draft), proposals=Matches(draft).proposals())


@pages.post("/mapping/<int(max=2147483647):connection_id>/match")
def accept(connection_id: int) -> BaseResponse | tuple[str, int]:
    """Takes the proposals that were ticked into the draft."""
    scope = scope_of(connection_id)
    edits = {name: value for name, value in request.form.items() if name.startswith("field.") and value}
    try:
        mapping_drafts.edit(services(), scope, actor(), edition(), edits)
    except DraftMoved as error:
        return _again(scope, edits, NO_EDITS, who_was_quicker(error)), 409
    except EditRefused as error:
        return _again(scope, edits, error.problems), 400
    return redirect(url_for(".fields", connection_id=connection_id, done="matched"), 303)


@pages.post("/mapping/<int(max=2147483647):connection_id>/discard")
def discard(connection_id: int) -> BaseResponse | tuple[str, int]:
    """Back to the live mapping."""
    scope = scope_of(connection_id)
    try:
        mapping_drafts.discard(services(), scope, actor(), edition())
    except DraftMoved as error:
        return _again(scope, NO_EDITS, NO_EDITS, who_was_quicker(error)), 409
    return redirect(url_for(".fields", connection_id=connection_id, done="discarded"), 303)
