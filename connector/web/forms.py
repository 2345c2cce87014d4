"""Forms: every change on a page proves that the form was ours. Machines' doors prove themselves otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from flask import Flask, current_app, render_template, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect

from connector.flows.services import Services

Fields = Sequence[tuple[str, str]]
_SECRET = ("password", "secret", "token", "key", "credential")
PUBLIC_URL = "LEADTIER_PUBLIC_URL"
MACHINES = ("doors", "api")
"""Blueprints that no form of ours posts to: they have signatures and keys of their own."""


class _Sessions(SecureCookieSessionInterface):
    """Under the public address the cookie travels encrypted only; on this machine's own names there may be no TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - the interface's signature
        """Whether the browser sends the cookie over TLS only."""
        return is_encrypted()


def is_encrypted() -> bool:
    """Whether this request came over TLS: to us, or to the proxy that answers under the public address."""
    public = urlsplit(current_app.config[PUBLIC_URL])
    asked = (request.host, *request.headers.get("X-Forwarded-Host", "").split(","))
    names = {urlsplit(f"//{name.strip()}").hostname for name in asked}
    return request.is_secure or (public.scheme == "https" and public.hostname in names)


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
        **{PUBLIC_URL: public_url},
    )
    app.session_interface = _Sessions()
    guard = CSRFProtect(app)
    for name in MACHINES:
        if name in app.blueprints:
            guard.exempt(app.blueprints[name])
    app.register_error_handler(CSRFError, _refuse)


def _refuse(_: CSRFError) -> tuple[str, int]:
    """What was typed is shown, to be copied: sending it again from here would let any page send forms."""
    return render_template("form_refused.html", fields=typed(request.form.items(multi=True))), 400


def typed(items: Iterable[tuple[str, str]]) -> Fields:
    """What was typed into a form, by name and in order, without secrets."""
    return [(name, value) for name, value in items if not any(word in name.lower() for word in _SECRET)]
