"""Keeps credentials out of log lines and error texts."""

from __future__ import annotations

import re

_SHAPES = re.compile(
    r"(?P<keep>bearer\s+|(?:access_token|refresh_token|client_secret|code|token)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+"
    r"|pat-[a-z]{2}\d-[0-9a-f-]+",
    re.IGNORECASE,
)


def redact(text: str, limit: int = 300) -> str:
    """The text with whatever looks like a credential replaced by ``***``, cut to `limit` characters."""
    return _SHAPES.sub(lambda found: f"{found['keep'] or ''}***", text)[:limit]
