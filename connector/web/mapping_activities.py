"""What each activity of the CRM counts as, and which signals of the contact are listened to."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import mapping_drafts
from connector.flows.mapping_acts import kinds, shown_values, signals, types
from connector.flows.mapping_drafts import DraftMoved
from connector.flows.mapping_edits import EditRefused, form_edits
from connector.store.database import Scope
from connector.web.mapping_shown import Shown, edition, opened, page, scope_of, who_was_quicker
from connector.web.shared import actor, services

pages = Blueprint("activities", __name__)


@pages.get("/mapping/<int(max=2147483647):connection_id>/activities")
def activities(connection_id: int) -> BaseResponse | str:
    """The rules, in the order in which they are tried."""
    draft = opened(scope_of(connection_id))
    if isinstance(draft, BaseResponse):
        return draft
    return _page(Shown(draft), done="The draft is saved." if "saved" in request.args else "")


def _page(shown: Shown, done: str = "") -> str:
    made, heard = types(services(), shown.draft), signals(shown.draft)
    shown.values = shown_values(made, heard)
    return page("mapping/activities.html", shown, types=made, signals=heard, kinds=kinds(shown.draft.words), done=done)


@pages.post("/mapping/<int(max=2147483647):connection_id>/activities")
def save(connection_id: int) -> BaseResponse | tuple[str, int]:
    """Saves the rules; a button may move, remove or add one."""
    scope = scope_of(connection_id)
    edits = form_edits(request.form)
    if do := request.form.get("do", ""):
        edits[do] = "1"
    edits = {path: value for path, value in edits.items() if not path.endswith(".new.kind") or _asked(edits, path)}
    try:
        mapping_drafts.edit(services(), scope, actor(), edition(), edits)
    except DraftMoved as error:
        return _again(scope, edits, {}, who_was_quicker(error)), 409
    except EditRefused as error:
        return _again(scope, edits, error.problems), 400
    if request.form.get("then") == "review":
        return redirect(url_for("mapping.publish.review", connection_id=connection_id, saved=1), 303)
    type_name = do.split(".")[1] if do.startswith("activity.") else ""
    anchor = f"type-{type_name}" if type_name else None
    return redirect(url_for(".activities", connection_id=connection_id, saved=1, _anchor=anchor), 303)


def _asked(edits: Mapping[str, str], path: str) -> bool:
    """A kind was chosen for a new rule that has conditions."""
    return bool(edits.get(path.replace(".new.kind", ".new.when")))


def _again(scope: Scope, typed: Mapping[str, str], wrong: Mapping[str, str], moved: str = "") -> str:
    return _page(Shown(mapping_drafts.open_draft(services(), scope), typed, wrong, moved=moved))
