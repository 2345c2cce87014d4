"""Signing in by the identity provider: there and back."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from connector.flows import oidc
from connector.flows.oidc import Begun, Returned
from connector.flows.services import Refused
from connector.web import browsers, guard
from connector.web.shared import services
from connector.web.sign_in import entered

pages = Blueprint("oidc", __name__)
_KEPT = "oidc"


@pages.get("/oidc/start")
def start() -> Response:
    """On to the provider."""
    provider = services().provider
    if provider is None:
        abort(404)
    try:
        url, begun = oidc.begin(provider, _back())
    except Refused as refused:
        return _said(refused, 503)
    session[_KEPT] = [*begun, guard.local(request.args.get("next", "/"))]
    return redirect(url, 303)


@pages.get("/oidc/callback")
def callback() -> Response:
    """Back from the provider."""
    kept = session.pop(_KEPT, None)
    if not isinstance(kept, list):
        return _said(Refused(oidc.BEGUN_ELSEWHERE), 400)
    *begun, back = kept
    returned = Returned(*(request.args.get(name, "") for name in Returned._fields))
    try:
        secret = oidc.finish(services(), _back(), Begun(*begun), returned, browsers.came())
    except Refused as refused:
        return _said(refused, 403)
    return entered(secret, back, as_before=True)


def _back() -> str:
    """The address that the provider knows us by: the public one, where there is one."""
    return f"{services().public_url or request.host_url.rstrip('/')}{url_for('.callback')}"


def _said(refused: Refused, status: int) -> Response:
    page = render_template("sign_in/over.html", title="You are not signed in", said=str(refused))
    return make_response(page, status)
