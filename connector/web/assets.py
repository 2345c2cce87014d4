"""What travels small: style sheets, scripts and pictures, kept for a year under an address that changes with them, and
every text packed.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, Response, abort, request
from flask_compress import Compress
from werkzeug.security import safe_join

YEAR, HOUR = 365 * 86_400, 3600
SMALLEST = 500
"""Bytes: what is smaller does not get smaller by packing."""
TEXTS = ("text/html", "text/css", "text/javascript", "application/json", "image/svg+xml", "text/csv")
MACHINES = ("/hooks/", "/metrics")
"""Doors whose answers stay as they are."""


class Asset(NamedTuple):
    """A file that ships with the pages."""

    body: bytes
    packed: bytes
    """Empty where packing does not help."""
    digest: str
    kind: str


def install(app: Flask, folder: Path) -> None:
    """Serves the folder under ``/static/``, and packs what the pages answer."""
    app.config.update(
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_MIN_SIZE=SMALLEST,
        COMPRESS_MIMETYPES=list(TEXTS),
        COMPRESS_STREAMS=False,
        COMPRESS_REGISTER=False,
    )
    press = Compress(app)

    @app.after_request
    def pack(response: Response) -> Response:
        return response if request.path.startswith(MACHINES) else press.after_request(response)

    @app.url_defaults
    def versioned(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and (asset := _asset(folder, values.get("filename", ""))):
            values["v"] = asset.digest

    @app.get("/static/<path:filename>", endpoint="static")
    def static(filename: str) -> Response:
        asset = _asset(folder, filename)
        return abort(404) if asset is None else _answer(asset)


def _answer(asset: Asset) -> Response:
    packs = bool(asset.packed) and request.accept_encodings["gzip"] > 0
    answer = Response(asset.packed if packs else asset.body, mimetype=asset.kind)
    if packs:
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.set_etag(asset.digest + ("-gzip" if packs else ""))
    is_this = request.args.get("v") == asset.digest
    answer.cache_control.max_age = YEAR if is_this else HOUR
    answer.cache_control.public = True
    if is_this:
        answer.cache_control.immutable = True
    answer.make_conditional(request)
    return answer


def _asset(folder: Path, name: str) -> Asset | None:
    """The file of that name; None when there is none such in the folder."""
    path = safe_join(str(folder), name)
    if path is None or not Path(path).is_file():
        return None
    return _read(path, Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: str, _changed: int) -> Asset:
    body = Path(path).read_bytes()
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    packed = gzip.compress(body, 9, mtime=0) if kind in TEXTS and len(body) >= SMALLEST else b""
    return Asset(body, packed, hashlib.sha256(body).hexdigest()[:12], kind)
