"""Forms only from our own pages: a random cookie, and its signature in the form.

Another site can make a browser send the cookie but cannot read the page, so it does not know the signature.
"""

from __future__ import annotations

import hmac
import secrets

from flask import Request, Response

COOKIE = "sandbox_form"


class FormGuard:
    """Signs forms with a key that lives as long as the process."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def nonce(self, request: Request) -> str:
        """The visitor's random cookie, or a new one."""
        return request.cookies.get(COOKIE) or secrets.token_urlsafe(16)

    def token(self, nonce: str) -> str:
        """What the form carries."""
        return hmac.new(self._key, nonce.encode(), "sha256").hexdigest()

    def remember(self, response: Response, nonce: str) -> Response:
        """Sets the cookie."""
        response.set_cookie(COOKIE, nonce, httponly=True, samesite="Strict", path="/")
        return response

    def accepts(self, request: Request) -> bool:
        """Whether the form came from a page of ours."""
        nonce = request.cookies.get(COOKIE, "")
        given = request.form.get("token", "")
        return bool(nonce) and hmac.compare_digest(given.encode(), self.token(nonce).encode())
