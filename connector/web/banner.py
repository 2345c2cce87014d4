"""What needs a person: the banner on every page, and the page where a question is answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import missing
from connector.flows import needs as stories
from connector.flows.needs import YES_NO, Need
from connector.flows.services import Refused
from connector.store.connections import Connection
from connector.store.database import Scope, StoreUnusable
from connector.web.shared import actor, is_signed_in, services

pages = Blueprint("needs", __name__)


@pages.app_context_processor
def _functions() -> dict[str, Any]:
    return {"needs": needs, "needs_now": needs_now}


def needs() -> Sequence[Need]:
    """What needs a person in the agency shown, asked once a request; nothing while nobody can tell."""
    if not is_signed_in():
        return ()
    if "needs" not in g:
        try:
            g.needs = stories.needs(services())
        except StoreUnusable:
            g.needs = ()
    return cast("Sequence[Need]", g.needs)


def needs_now() -> Sequence[Need]:
    """Those of them that cannot wait."""
    return [need for need in needs() if need.severity == stories.NOW]


@pages.get("/missing/<int:connection_id>")
def asked(connection_id: int) -> str:
    """The question about leads that the CRM does not show any more."""
    return _page(connection_id, "")


def _page(connection_id: int, problem: str) -> str:
    connection = _known(connection_id)
    question = missing.question(connection)
    return render_template("missing.html", connection=connection, question=question, answers=YES_NO, problem=problem)


@pages.post("/missing/<int:connection_id>")
def answer(connection_id: int) -> BaseResponse | tuple[str, int]:
    """Answers it."""
    connection, said = _known(connection_id), request.form.get("said", "")
    if said not in {missing.ACCEPT, missing.KEEP}:
        abort(400)
    try:
        missing.answer(services(), connection.scope, said, actor().email)
    except Refused as problem:
        return _page(connection_id, str(problem)), 409
    return redirect(url_for(".asked", connection_id=connection_id), 303)


def _known(connection_id: int) -> Connection:
    svc = services()
    try:
        return svc.connection(Scope(svc.tenant.id, min(connection_id, 2**31 - 1)))
    except LookupError:
        abort(404)
