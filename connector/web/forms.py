"""Forms: every change on a page proves that the form was ours. Machines' doors prove themselves otherwise."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, render_template, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect

from connector.flows.services import Services

MACHINES = ("doors", "api")
"""Blueprints that no form of ours posts to: they have signatures and keys of their own."""


class _Sessions(SecureCookieSessionInterface):
    """Under the public address the cookie travels encrypted only; on this machine's own names there may be no TLS."""

    def __init__(self, public_url: str) -> None:
        url = urlsplit(public_url)
        self._encrypted = url.hostname if url.scheme == "https" else None

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - the interface's signature
        """Whether the browser sends the cookie over TLS only."""
        return request.is_secure or urlsplit(f"//{request.host}").hostname == self._encrypted


def protect(app: Flask, svc: Services, public_url: str) -> None:
    """Demands a token of ours with every form. The keys come from those that seal credentials, the newest first."""
    newest, *older = svc.sealer.derived("session")
    app.secret_key = newest
    app.config.update(
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_NAME="leadtier",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A form may stay open over lunch, and a browser may hide where it came from: the token alone decides.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = _Sessions(public_url)
    guard = CSRFProtect(app)
    for name in MACHINES:
        if name in app.blueprints:
            guard.exempt(app.blueprints[name])
    app.register_error_handler(CSRFError, _refuse)


def _refuse(_: CSRFError) -> tuple[str, int]:
    return render_template("form_refused.html"), 400
