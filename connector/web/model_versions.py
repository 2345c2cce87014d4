"""Published versions: the list, one of them, two compared, an old one published again."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import model_drafts, model_versions
from connector.flows.model_drafts import BaseMoved, ModelRefused
from connector.flows.scoring import faults
from connector.flows.services import Refused
from connector.web.model_shown import can_edit
from connector.web.shared import actor, is_id, services

pages = Blueprint("versions", __name__)


@pages.get("/model/versions")
def versions() -> str:
    """The list, the newest first."""
    return _list()


def _list(wrong: str = "") -> str:
    svc = services()
    before = request.args.get("before", "")
    found = model_versions.versions(svc, int(before) if is_id(before) else None)
    draft = model_drafts.open_draft(svc)
    return render_template(
        "model/versions.html",
        versions=found,
        draft=draft,
        first=not before,
        more=found[-1].version.version if len(found) == model_versions.PAGE else None,
        counts=model_versions.leads_scored(svc) if "counts" in request.args else None,
        done=request.args.get("done", ""),
        wrong=wrong,
        can_edit=can_edit(),
    )


@pages.get("/model/versions/counts")
def counts() -> str:
    """How many leads each version scores: counted apart, because it looks at every card."""
    svc = services()
    return render_template("model/counts.html", counts=model_versions.leads_scored(svc), versions=_shown())


def _shown() -> list[model_versions.ListedVersion]:
    before = request.args.get("before", "")
    return list(model_versions.versions(services(), int(before) if is_id(before) else None))


@pages.get("/model/versions/<int:number>")
def version(number: int) -> str:
    """One version as it was published."""
    try:
        found = model_versions.version(services(), number)
    except LookupError:
        abort(404)
    return render_template("model/version.html", found=found, draft=model_drafts.open_draft(services()))


@pages.get("/model/compare")
def compare() -> str:
    """Two versions, or one and the draft, in words."""
    one, other = request.args.get("one", ""), request.args.get("other", model_versions.DRAFT)
    try:
        found = model_versions.compare(services(), one, other)
    except LookupError:
        abort(404)
    return render_template("model/compare.html", differences=found, one=one, other=other)


@pages.post("/model/versions/<int:number>/again")
def again(number: int) -> BaseResponse | tuple[str, int]:
    """Publishes it again."""
    svc = services()
    try:
        stored = model_versions.roll_back(svc, actor(), number, request.form.get("live", 0, type=int))
    except LookupError:
        abort(404)
    except BaseMoved as error:
        now = f"version {error.live.version}" if error.live else "none"
        return _list(f"Somebody published meanwhile: {now} is live. Nothing was rolled back; look again."), 409
    except Refused as error:
        return _list(str(error)), 400
    except ModelRefused as error:
        return _list(f"This program does not take version {number} any more. {error}"), 400
    except ValueError:
        problem = faults(model_versions.version(svc, number).document, svc.vocabulary)[0]
        return _list(f"Version {number} cannot be read: {problem.text} {problem.mend}"), 400
    return redirect(url_for(".versions", done=stored.version), 303)
