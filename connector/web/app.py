"""The front room: pages that show what is known, what is wrong and why. It parses, reads and renders; no rules here.

The screens ask who is there (`guard`) and answer under the names of this machine and under the public name; under any
other name nothing is known, because a page on the internet could point its own name here and act in the browser of
somebody who is signed in (DNS rebinding). Doors that prove their callers by themselves (webhooks, the ingest API,
signed links) and health checks answer under any name; metrics under any but the public one, under which the internet
comes.
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
    asking,
    assets,
    audit,
    banner,
    calls,
    connections,
    entrance,
    flag_links,
    flags,
    formats,
    forms,
    guard,
    health,
    hooks,
    keys,
    leads,
    mapping,
    mapping_trial,
    metrics,
    model,
    model_preview,
    oidc,
    overview,
    people,
    problems,
    refused,
    runs,
    settings,
    sign_in,
    you,
)
from connector.web.menu import MENU
from connector.web.shared import SERVICES, RowNumber

LOOPBACK = guard.LOOPBACK

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
    421: (
        "This name is not known here",
        "Open the overview under the address that `leadtier run` or `leadtier serve` printed.",
    ),
}
_OURS = (
    "Something went wrong on our side",
    "The log of `leadtier run` (or `leadtier serve`) says what. Nothing was changed or lost.",
)


def create_app(svc: Services, hosts: Collection[str] = LOOPBACK, public_url: str | None = None) -> Flask:
    """The WSGI application over these services.

    `hosts` are the names it answers to, as they stand in the Host header without the port; empty: any name, for use
    behind a proxy that knows its names. `public_url` is where the internet reaches us, by default what the services
    say; its name is answered too.
    """
    public = svc.public_url if public_url is None else public_url
    here = Path(__file__).parent
    app = Flask(__name__, static_folder=None, template_folder=here / "templates")
    app.extensions[SERVICES] = svc
    app.url_map.converters["int"] = RowNumber
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    screens = (
        overview.pages,
        leads.pages,
        flags.pages,
        mapping.pages,
        mapping_trial.pages,
        model.pages,
        model_preview.pages,
        connections.pages,
        problems.pages,
        runs.pages,
        refused.pages,
        calls.pages,
        banner.pages,
        settings.pages,
        people.pages,
        keys.pages,
        audit.pages,
        you.pages,
    )
    doors = (sign_in.pages, entrance.pages, oidc.pages, api.pages, flag_links.pages, metrics.pages, health.pages)
    for blueprint in (*screens, *doors):
        app.register_blueprint(blueprint)
    assets.install(app, here / "static")
    hooks.install(app, svc, public)
    formats.install(app)
    app.jinja_env.globals["menu"] = MENU
    app.extensions[PUBLIC] = _public_name(public)
    app.before_request(partial(_check_host, hosts))
    guard.install(app)
    asking.install(app)
    forms.protect(app, svc, public)
    app.after_request(_protect)
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(Exception, _apologise)
    return app


def _public_name(public_url: str) -> str:
    """The name under which the internet comes; empty where nobody can."""
    url = urlsplit(public_url)
    name = guard.bare(url.netloc.rpartition("@")[2])
    return "" if name in LOOPBACK else name


def _from_outside() -> bool:
    """Whether this request came under the public name, or a proxy says so that calls us by another."""
    public = current_app.extensions[PUBLIC]
    told = request.headers.get("X-Forwarded-Host", "").split(",")
    told += _FORWARDED.findall(request.headers.get("Forwarded", ""))
    return bool(public) and public in {guard.bare(host) for host in (request.host, *told)}


def _check_host(hosts: Collection[str]) -> Response | tuple[str, int] | None:
    """See the head of this file: who may come where."""
    if request.path.startswith(OPEN):
        return None
    if request.path in WATCHED:
        return hooks.plain_error(404) if _from_outside() else None
    if not hosts or guard.bare(request.host) in {*hosts, current_app.extensions[PUBLIC]}:
        return None
    return _error_page(421), 421


def _protect(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if request.endpoint != "static":
        response.cache_control.no_store = True
    return response


def _explain(error: HTTPException) -> Response | tuple[str, int]:
    return _said(error.code or 500)


def _apologise(error: Exception) -> Response | tuple[str, int]:
    current_app.logger.exception("a page failed", exc_info=error)
    return _said(500)


def _said(code: int) -> Response | tuple[str, int]:
    """A page that teaches; a few words where a machine or a stranger asks."""
    if request.path.startswith("/hooks"):
        return hooks.plain_error(code)
    return _error_page(code), code


def _error_page(code: int) -> str:
    title, mend = _TEACHING.get(code, _OURS)
    return render_template("error.html", title=title, mend=mend, code=code)
