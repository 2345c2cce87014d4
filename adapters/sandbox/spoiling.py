"""The faults that spoil a good answer on its way out, whichever vendor gave it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Response, request

from adapters.sandbox.faults import ANSWER_KINDS, Fault, Faults

Page = Callable[[int], Response]
"""The page that stands before a vendor's servers, for an HTTP status."""


def spoil(response: Response, faults: Faults, page: Page) -> Response:
    """The answer after the faults meant for this request: as it was, lost, cut short or no JSON any more."""
    for fault in faults.take(ANSWER_KINDS, request.method, request.path):
        response = _spoilt(fault, response, page)
    return response


def _spoilt(fault: Fault, response: Response, page: Page) -> Response:
    if fault.kind == "lost_answer":
        return page(502)
    whole = response.get_data()
    if fault.kind == "garbled":
        response.set_data(whole[: len(whole) // 2])
        return response
    cut = Response(_half(whole), response.status_code, content_type=response.content_type)
    cut.headers["Content-Length"] = str(len(whole) + 1)
    # Compression would give the half an end of its own.
    cut.headers["Content-Encoding"] = "identity"
    return cut


def _half(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2] or b" "
