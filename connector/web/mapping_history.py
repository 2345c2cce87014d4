"""The versions of a field mapping: who published what, two compared, an old one published again."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import mapping_drafts, mapping_versions
from connector.flows.mapping_drafts import DraftMoved
from connector.flows.mapping_spoiled import UNUSABLE, faults
from connector.flows.mapping_versions import BaseMoved, Compared, PublishRefused
from connector.flows.services import Refused
from connector.store.database import Scope
from connector.web.mapping_shown import scope_of
from connector.web.shared import actor, is_id, services

pages = Blueprint("history", __name__)


@pages.get("/mapping/<int(max=2147483647):connection_id>/versions")
def history(connection_id: int) -> str:
    """All versions, and two of them compared where the address asks for it."""
    return _page(scope_of(connection_id), published=request.args.get("published", 0, type=int))


def _page(scope: Scope, published: int = 0, said: str = "") -> str:
    svc = services()
    headings = mapping_versions.history(svc, scope)
    return render_template(
        "mapping/history.html",
        connection=svc.connection(scope),
        headings=headings,
        compared=_compared(scope, [one.version for one in headings]),
        published=published,
        said=said,
    )


def _compared(scope: Scope, numbers: list[int]) -> Compared | None:
    """The versions the address names; the newest two where it names none."""
    newest = (numbers[1], numbers[0]) if len(numbers) > 1 else (0, 0)
    before, after = (
        request.args.get(name, default, type=int) for name, default in zip(("from", "to"), newest, strict=True)
    )
    if not before or not after:
        return None
    if not all(is_id(str(each)) for each in (before, after)):
        abort(404)
    try:
        return mapping_versions.compare(services(), scope, before, after)
    except LookupError:
        abort(404)


@pages.get("/mapping/<int(max=2147483647):connection_id>/versions/<int(max=2147483647):number>.yaml")
def download(connection_id: int, number: int) -> Response:
    """A version as a mapping file."""
    try:
        found = mapping_versions.version(services(), scope_of(connection_id), number)
    except LookupError:
        abort(404)
    return as_file(found.source, f"mapping-{connection_id}-version-{number}.yaml")


def as_file(text: str, name: str) -> Response:
    """A mapping file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, mimetype="application/yaml", headers=headers)


@pages.post("/mapping/<int(max=2147483647):connection_id>/versions/<int(max=2147483647):number>/roll-back")
def roll_back(connection_id: int, number: int) -> BaseResponse | tuple[str, int]:
    """Publishes an old version again as the next one."""
    scope = scope_of(connection_id)
    try:
        made = mapping_versions.roll_back(services(), scope, actor(), number)
    except LookupError:
        abort(404)
    except PublishRefused as error:
        return _page(scope, said=" ".join(f"{one.text} {one.mend}" for one in error.problems)), 400
    except (BaseMoved, DraftMoved) as error:
        return _page(scope, said=f"{error} Look at the versions again."), 409
    except UNUSABLE as error:
        said = " ".join(one.text for one in faults(error)) if not isinstance(error, Refused) else str(error)
        return _page(scope, said=f"Version {number} cannot be used any more. {said}"), 400
    return redirect(url_for(".history", connection_id=connection_id, published=made), 303)


@pages.get("/mapping/<int(max=2147483647):connection_id>/mapping.yaml")
def export(connection_id: int) -> Response:
    """The draft as a mapping file; the live mapping where there is none."""
    svc, scope = services(), scope_of(connection_id)
    saved = mapping_drafts.saved_text(svc, scope)
    text = saved.document if saved else mapping_drafts.open_draft(svc, scope).text
    return as_file(text, f"mapping-{connection_id}.yaml")
