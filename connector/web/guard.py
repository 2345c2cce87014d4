"""Who comes in: every page but the open doors takes a session, and the role that its view needs."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request, session, url_for
from flask_wtf.csrf import validate_csrf
from werkzeug.wrappers import Response as BaseResponse
from wtforms.validators import ValidationError

from connector.flows import people, visits
from connector.flows.actors import Role
from connector.flows.services import Services
from connector.store.sessions import Visit
from connector.web import forms
from connector.web.shared import SERVICES, needed

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""The names under which a machine speaks to itself."""
COOKIE = "leadtier_session"
WHOSE = "whose"
"""In the cookie beside it: for whom and for which agency the forms are that are open in this browser."""
OPEN = ("/hooks/", "/api/", "/flag/", "/static/", "/setup/", "/invitation/", "/oidc/", "/sign-in/")
"""Doors with locks of their own, and the pages by which one signs in."""
OPEN_PAGES = frozenset({"/hooks", "/api", "/sign-in", "/sign-out", "/healthz", "/readyz", "/metrics"})
LONGEST_KEPT = 200_000
"""Characters of a form that are kept while somebody signs in again."""


def install(app: Flask) -> None:
    """Asks before every request who is there."""
    app.before_request(_ask)


def is_open(path: str) -> bool:
    """Whether anybody may come here."""
    return path in OPEN_PAGES or path.startswith(OPEN)


def visit() -> Visit | None:
    """Who is signed in in this browser, on open pages too."""
    if "visit" not in g:
        # What a page asks by itself every few seconds keeps nobody signed in.
        stays = request.method != "GET" or not from_htmx()
        g.visit = visits.resume(_house(), request.cookies.get(COOKIE, ""), stays=stays)
    found: Visit | None = g.visit
    return found


def from_htmx() -> bool:
    """Whether a part of a page is asked for, not a page."""
    return "HX-Request" in request.headers


def local(path: str) -> str:
    """A path of ours to go on to; the overview for anything else, such as another site."""
    url = urlsplit(path)
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and not (url.scheme or url.netloc)
    return path if ours and path.isprintable() and "\\" not in path else "/"


def bare(host: str) -> str:
    """A name without its port, and without the dot that may end a full one: ``LEADS.example.:443``."""
    host = host.strip().lower()
    return (host if host.endswith("]") else host.rsplit(":", 1)[0]).rstrip(".")


def _house() -> Services:
    house: Services = current_app.extensions[SERVICES]
    return house


def _ask() -> BaseResponse | tuple[str, int] | None:
    if is_open(request.path):
        return None
    who = visit()
    if who is None:
        return _nobody()
    g.services = _house().for_tenant(who.tenant_id)
    g.actor = visits.actor_of(who)
    session.setdefault(WHOSE, [who.account_id, who.tenant_id])
    view = current_app.view_functions.get(request.endpoint or "")
    takes = needed(view, request.method)
    return None if g.actor.role.covers(takes) else (_not_allowed(takes), 403)


def _nobody() -> BaseResponse:
    if request.method in ("GET", "HEAD"):
        back = url_for("sign_in.sign_in", next=_back())
        if not from_htmx():
            return redirect(back, 302)
        return Response(status=401, headers={"HX-Redirect": back})
    if from_htmx():
        # The page stays as it is, with everything typed; only its notice says what happened.
        body = render_template("sign_in/ended_notice.html")
        return Response(body, 401, headers={"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"})
    page = render_template("sign_in/again.html", path=local(request.full_path.rstrip("?")), **_kept())
    return make_response(page, 401)


def _back() -> str:
    """Where to go on after signing in: the page that was asked for, or the one whose part was."""
    if from_htmx():
        url = urlsplit(request.headers.get("HX-Current-URL", ""))
        return local(f"{url.path}?{url.query}" if url.query else url.path)
    return local(request.full_path.rstrip("?"))


def _kept() -> dict[str, object]:
    """What was typed, without secrets; it can be sent again only if the form came from here."""
    fields = forms.typed(request.form.items(multi=True))
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return {"fields": fields, "can_send": False}
    whole = {name for name, _ in fields} == set(request.form) - {"csrf_token"}
    return {"fields": fields, "can_send": whole and not request.files and _size(fields) <= LONGEST_KEPT}


def _size(fields: forms.Fields) -> int:
    return sum(len(name) + len(value) for name, value in fields)


def _not_allowed(takes: Role) -> str:
    who = people.who_can(g.services, takes)
    return render_template("not_allowed.html", takes=takes, my_role=g.actor.role, who=who)
