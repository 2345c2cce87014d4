"""The front room: pages that show what is known, what is wrong and why. It parses, reads and renders; no rules here.

There is no sign-in yet, so by default the screens answer only under the names of this machine: a page on the internet
could otherwise point its own name here and read along (DNS rebinding). Doors that prove their callers by themselves
(webhooks, the ingest API, signed links) and health checks answer under any name; metrics under any but the public one,
under which the internet comes.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException

from connector.flows.services import Services
from connector.web import (
    api,
    connections,
    flag_links,
    flags,
    formats,
    forms,
    health,
    hooks,
    leads,
    mapping,
    metrics,
    model,
    overview,
    problems,
    runs,
    settings,
)
from connector.web.menu import MENU
from connector.web.shared import SERVICES

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""The names under which a machine speaks to itself."""

OPEN = ("/hooks/", "/api/", "/flag/", "/static/", "/healthz", "/readyz")
"""Where anybody may come, under any name."""
PUBLIC = "leadtier.public"
_FORWARDED = re.compile(r'host="?([^";,]+)', re.IGNORECASE)
WATCHED = ("/metrics",)
"""Where anybody may come who does not come from the internet."""

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


def create_app(svc: Services, hosts: Collection[str] = LOOPBACK, public_url: str | None = None) -> Flask:
    """The WSGI application over these services.

    `hosts` are the names it answers to, as they stand in the Host header without the port; empty: any name, for use
    behind a proxy that asks who is there. `public_url` is where the internet reaches us, by default what the services
    say; no screen answers there.
    """
    public = svc.public_url if public_url is None else public_url
    here = Path(__file__).parent
    app = Flask(__name__, static_folder=here / "static", template_folder=here / "templates")
    app.extensions[SERVICES] = svc
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    screens = (
        overview.pages,
        leads.pages,
        flags.pages,
        mapping.pages,
        model.pages,
        connections.pages,
        problems.pages,
        runs.pages,
        settings.pages,
    )
    for blueprint in (health.pages, *screens, api.pages, flag_links.pages, metrics.pages):
        app.register_blueprint(blueprint)
    hooks.install(app, svc, public)
    formats.install(app, svc)
    app.jinja_env.globals["menu"] = MENU
    app.extensions[PUBLIC] = _public_name(public)
    app.before_request(partial(_check_host, hosts))
    forms.protect(app, svc, public)
    app.after_request(_protect)
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(Exception, _apologise)
    return app


def _public_name(public_url: str) -> str:
    """The name under which the internet comes; empty where nobody can."""
    url = urlsplit(public_url)
    name = _bare(url.netloc.rpartition("@")[2])
    return "" if name in LOOPBACK else name


def _from_outside() -> bool:
    """Whether this request came under the public name, or a proxy says so that calls us by another."""
    public = current_app.extensions[PUBLIC]
    told = request.headers.get("X-Forwarded-Host", "").split(",")
    told += _FORWARDED.findall(request.headers.get("Forwarded", ""))
    return bool(public) and public in {_bare(host) for host in (request.host, *told)}


def _bare(host: str) -> str:
    """A name without its port, and without the dot that may end a full one: ``LEADS.example.:443``."""
    host = host.strip().lower()
    return (host if host.endswith("]") else host.rsplit(":", 1)[0]).rstrip(".")


def _check_host(hosts: Collection[str]) -> Response | tuple[str, int] | None:
    """See the head of this file: who may come where."""
    if request.path.startswith(OPEN):
        return None
    if _from_outside():
        return hooks.plain_error(404)
    if not hosts or _bare(request.host) in hosts or request.path in WATCHED:
        return None
    return _error_page(421), 421


def _protect(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if request.endpoint == "static":
        response.cache_control.max_age = 3600
    else:
        response.cache_control.no_store = True
    return response


def _explain(error: HTTPException) -> Response | tuple[str, int]:
    return _said(error.code or 500)


def _apologise(error: Exception) -> Response | tuple[str, int]:
    current_app.logger.exception("a page failed", exc_info=error)
    return _said(500)


def _said(code: int) -> Response | tuple[str, int]:
    """A page that teaches; a few words where a machine or a stranger asks."""
    if request.path.startswith("/hooks") or _from_outside():
        return hooks.plain_error(code)
    return _error_page(code), code


def _error_page(code: int) -> str:
    title, mend = _TEACHING.get(code, _OURS)
    return render_template("error.html", title=title, mend=mend, code=code)
