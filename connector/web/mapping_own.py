"""Fields of the agency's own: added, changed and removed in the draft."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import mapping_drafts
from connector.flows.mapping_drafts import DraftMoved
from connector.flows.mapping_edits import EditRefused, form_edits
from connector.flows.mapping_names import shown_names
from connector.flows.mapping_own import added_choices, own_fields, shown_values
from connector.flows.mapping_places import slug
from connector.store.database import Scope
from connector.web.mapping_shown import Shown, edition, opened, page, scope_of, who_was_quicker
from connector.web.shared import actor, services

pages = Blueprint("own", __name__)
TYPES = {
    "text": "Text",
    "number": "Number",
    "boolean": "Yes or no",
    "date": "Day",
    "choice": "Choice",
    "state": "US state",
    "zip": "ZIP code",
}


@pages.get("/mapping/<int(max=2147483647):connection_id>/own-fields")
def own(connection_id: int) -> BaseResponse | str:
    """The agency's own fields."""
    draft = opened(scope_of(connection_id))
    if isinstance(draft, BaseResponse):
        return draft
    return _page(Shown(draft), done="The draft is saved." if "saved" in request.args else "")


def _page(shown: Shown, done: str = "") -> str:
    draft = shown.draft
    found, choices = own_fields(services(), draft), added_choices(draft)
    shown.values = shown_values(found, choices)
    names = shown_names(draft.look.fields)
    known = sorted(((names[one.name], one) for one in draft.look.fields), key=lambda each: each[0].casefold())
    return page(
        "mapping/own.html", shown, own=found, choices=choices, types=TYPES, known=known, done=done,
        words=draft.words.fields,
    )  # fmt: skip


@pages.post("/mapping/<int(max=2147483647):connection_id>/own-fields")
def save(connection_id: int) -> BaseResponse | tuple[str, int]:
    """Saves what was changed, adds the new field where one is named, removes the one whose button was pressed."""
    scope = scope_of(connection_id)
    edits = form_edits(request.form)
    if not edits.get("new.label"):
        edits = {path: value for path, value in edits.items() if not path.startswith("new.")}
    if do := request.form.get("do", ""):
        edits[do] = "1"
    try:
        mapping_drafts.edit(services(), scope, actor(), edition(), edits)
    except DraftMoved as error:
        return _again(scope, edits, {}, who_was_quicker(error)), 409
    except EditRefused as error:
        return _again(scope, edits, _beside_new(edits, error.problems)), 400
    if request.form.get("then") == "review":
        return redirect(url_for("mapping.publish.review", connection_id=connection_id, saved=1), 303)
    return redirect(url_for(".own", connection_id=connection_id, saved=1), 303)


def _beside_new(edits: Mapping[str, str], problems: Mapping[str, str]) -> Mapping[str, str]:
    """What is wrong with the new field stands beside its inputs: it has none of its own yet."""
    stem = f"custom.{slug(edits.get('new.label', ''))}."
    if "new.label" not in edits:
        return problems
    return {path.replace(stem, "new.") if path.startswith(stem) else path: text for path, text in problems.items()}


def _again(scope: Scope, typed: Mapping[str, str], wrong: Mapping[str, str], moved: str = "") -> str:
    return _page(Shown(mapping_drafts.open_draft(services(), scope), typed, wrong, moved=moved))
