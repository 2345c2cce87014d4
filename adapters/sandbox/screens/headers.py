"""Headers of every screen: nothing from outside, nothing inline, nothing kept."""

from __future__ import annotations

from flask import Response

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def with_headers(response: Response) -> Response:
    """Puts them on a page; pictures and style sheets go without."""
    if response.mimetype == "text/html":
        response.headers.update(_HEADERS)
    return response
