"""Calls: how many the CRM allows a day and who used them. It is asked only when somebody presses the button."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import quotas
from connector.flows.services import Refused
from connector.store.database import Scope
from connector.web.shared import services

pages = Blueprint("calls", __name__)


@pages.get("/calls")
def calls() -> str:
    """Calls of today, per connection."""
    return _page({})


def _page(problems: dict[int, str]) -> str:
    return render_template("runs/calls.html", calls=quotas.calls_today(services()), problems=problems)


@pages.post("/calls/<int:connection_id>")
def ask(connection_id: int) -> BaseResponse | tuple[str, int]:
    """Asks the CRM how many calls are left."""
    svc = services()
    if connection_id >= 2**31:
        abort(404)
    try:
        quotas.ask(svc, Scope(svc.tenant.id, connection_id))
    except LookupError:
        abort(404)
    except Refused as problem:
        return _page({connection_id: str(problem)}), 502
    return redirect(url_for(".calls"), 303)
