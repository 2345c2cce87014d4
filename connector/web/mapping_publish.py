"""Before and at publishing: what would change, score fields to create, the version that was quicker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.core.types import Tier
from connector.flows import mapping_drafts, mapping_versions
from connector.flows.mapping_drafts import DraftMoved
from connector.flows.mapping_edits import EditRefused, form_edits
from connector.flows.mapping_fields_made import create
from connector.flows.mapping_preview import preview
from connector.flows.mapping_versions import BaseMoved, PublishRefused
from connector.flows.services import Refused
from connector.store.database import Scope
from connector.web.mapping_shown import Shown, edition, opened, page, scope_of, who_was_quicker
from connector.web.shared import actor, services

pages = Blueprint("publish", __name__)


@pages.get("/mapping/<int(max=2147483647):connection_id>/review")
def review(connection_id: int) -> BaseResponse | str:
    """What publishing the draft would change, before anything is changed."""
    draft = opened(scope_of(connection_id))
    if isinstance(draft, BaseResponse):
        return draft
    done = "The draft is saved." if "saved" in request.args else ""
    return _page(Shown(draft), done=done)


def _page(shown: Shown, **more: Any) -> str:
    return page("mapping/review.html", shown, preview=preview(services(), shown.draft), tiers=list(Tier), **more)


@pages.post("/mapping/<int(max=2147483647):connection_id>/review")
def save_and_review(connection_id: int) -> BaseResponse | tuple[str, int]:
    """Saves what was typed and shows what publishing it would change."""
    scope = scope_of(connection_id)
    refused = _save(scope)
    return refused or redirect(url_for(".review", connection_id=connection_id, saved=1), 303)


def _save(scope: Scope) -> tuple[str, int] | None:
    """Saves what was typed; the page to answer with where that cannot be."""
    edits = form_edits(request.form)
    if not edits:
        return None
    try:
        mapping_drafts.edit(services(), scope, actor(), edition(), edits)
    except DraftMoved as error:
        return _typed_again(scope, edits, {}, who_was_quicker(error)), 409
    except EditRefused as error:
        return _typed_again(scope, edits, error.problems), 400
    return None


def _typed_again(scope: Scope, typed: Mapping[str, str], wrong: Mapping[str, str], moved: str = "") -> str:
    from connector.web.mapping import fields_page  # noqa: PLC0415 - that page registers this one

    return fields_page(Shown(mapping_drafts.open_draft(services(), scope), typed, wrong, moved=moved))


@pages.post("/mapping/<int(max=2147483647):connection_id>/publish")
def publish(connection_id: int) -> BaseResponse | tuple[str, int]:
    """Publishes the draft as it was seen; the page again where that cannot be."""
    scope = scope_of(connection_id)
    try:
        number = mapping_versions.publish(services(), scope, actor(), edition())
    except DraftMoved as error:
        return _page(Shown(mapping_drafts.open_draft(services(), scope), moved=who_was_quicker(error))), 409
    except BaseMoved:
        return _page(Shown(mapping_drafts.open_draft(services(), scope)), base_moved=True), 409
    except PublishRefused as error:
        return _page(Shown(mapping_drafts.open_draft(services(), scope)), faults=error.problems), 400
    except Refused as error:
        return _page(Shown(mapping_drafts.open_draft(services(), scope)), said=str(error)), 400
    return redirect(url_for("mapping.history.history", connection_id=connection_id, published=number), 303)


@pages.post("/mapping/<int(max=2147483647):connection_id>/rebase")
def rebase(connection_id: int) -> BaseResponse | tuple[str, int]:
    """The draft goes on from the version that was published meanwhile."""
    scope = scope_of(connection_id)
    try:
        mapping_drafts.take_as_newest(services(), scope, actor(), edition())
    except DraftMoved as error:
        return _page(Shown(mapping_drafts.open_draft(services(), scope), moved=who_was_quicker(error))), 409
    return redirect(url_for(".review", connection_id=connection_id), 303)


@pages.post("/mapping/<int(max=2147483647):connection_id>/create")
def create_fields(connection_id: int) -> BaseResponse | tuple[str, int]:
    """Creates score fields in the CRM: the one that is named, or all that are missing."""
    scope = scope_of(connection_id)
    try:
        create(services(), scope, actor(), request.form.get("field", ""))
    except Refused as error:
        return _page(Shown(mapping_drafts.open_draft(services(), scope)), said=str(error)), 400
    return redirect(url_for("mapping.fields", connection_id=connection_id, done="created", _anchor="write-back"), 303)
