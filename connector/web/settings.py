"""Settings: the agency's own page. The other tabs have files of their own."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector.flows import agency
from connector.flows.actors import Role
from connector.flows.joining import Unfit
from connector.web.shared import actor, needs, services

pages = Blueprint("settings", __name__)


@pages.get("/settings")
def settings() -> Response:
    """The agency's name and zone."""
    tenant = services().tenant
    return _page({"name": tenant.name, "time_zone": tenant.time_zone}, {})


@pages.post("/settings")
@needs(Role.OWNER)
def change() -> Response:
    """Keeps another name or zone."""
    typed = {name: request.form.get(name, "") for name in ("name", "time_zone")}
    try:
        agency.change(services(), actor(), typed["name"], typed["time_zone"])
    except Unfit as unfit:
        return _page(typed, unfit.problems, 400)
    return redirect(url_for(".settings", saved=1), 303)


def _page(typed: dict[str, str], problems: dict[str, str], status: int = 200) -> Response:
    page = render_template(
        "settings/agency.html", typed=typed, problems=problems, zones=agency.zones(), saved="saved" in request.args
    )
    return make_response(page, status)
