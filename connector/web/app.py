"""The front room: pages that show what is known, what is wrong and why. It parses, reads and renders; no rules here.

There is no sign-in yet, so by default it answers only under the names of this machine: a page on the internet could
otherwise point its own name here and read along (DNS rebinding).
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException

from connector.flows.services import Services
from connector.web import formats, health, leads, overview, problems, runs
from connector.web.shared import SERVICES

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""The names under which a machine speaks to itself."""

_HEADERS = {
    # Tabler's style sheet draws its small icons from data: addresses.
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_TEACHING = {
    400: ("That address is not understood", "Go back to the overview and take the link again."),
    404: ("There is nothing at this address", "The record may be gone from the CRM, or the link is mistyped."),
    405: ("This page can only be looked at", "Open it with an ordinary link."),
    421: ("This name is not known here", "Open the overview under the address that `leadtier serve` printed."),
}
_OURS = ("Something went wrong on our side", "The log of `leadtier serve` says what. Nothing was changed or lost.")


def create_app(svc: Services, hosts: Collection[str] = LOOPBACK) -> Flask:
    """The WSGI application over these services.

    `hosts` are the names it answers to, as they stand in the Host header without the port; empty: any name, for use
    behind a proxy that asks who is there.
    """
    here = Path(__file__).parent
    app = Flask(__name__, static_folder=here / "static", template_folder=here / "templates")
    app.extensions[SERVICES] = svc
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    for blueprint in (health.pages, overview.pages, leads.pages, problems.pages, runs.pages):
        app.register_blueprint(blueprint)
    formats.install(app, svc)
    app.before_request(lambda: _check_host(hosts))
    app.after_request(_protect)
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(Exception, _apologise)
    return app


def _check_host(hosts: Collection[str]) -> tuple[str, int] | None:
    """Health checks come under any address; pages with people's data only under a known name."""
    name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if not hosts or name in hosts or request.endpoint in health.ENDPOINTS:
        return None
    return _error_page(421), 421


def _protect(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if request.endpoint == "static":
        response.cache_control.max_age = 3600
    else:
        response.cache_control.no_store = True
    return response


def _explain(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    return _error_page(code), code


def _apologise(error: Exception) -> tuple[str, int]:
    current_app.logger.exception("a page failed", exc_info=error)
    return _error_page(500), 500


def _error_page(code: int) -> str:
    title, mend = _TEACHING.get(code, _OURS)
    return render_template("error.html", title=title, mend=mend, code=code)
