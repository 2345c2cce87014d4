"""The relay before the agency's doors: it passes webhooks on, notes which were taken, and loses an answer now and then.

The vendor calls it and sees what a load balancer lets it see; a webhook that was taken though the answer was lost
comes again.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from adapters.contract import EventKind, InboundEvent
from adapters.hubspot.events import parsed

LOST = 0.03
"""How many answers are lost on the way back."""
PATIENCE = 4.0
"""Seconds; the vendor hangs up after five."""


class Relay(ThreadingHTTPServer):
    """Passes on what comes to its own port."""

    daemon_threads = True

    def __init__(self, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.to = 0
        """The port of the agency's doors."""
        self.taken: dict[str, InboundEvent] = {}
        """Events that were answered with 2xx, by id."""
        self.under_way = 0
        self.refused = 0
        self.lost = 0
        self.guard = threading.Lock()
        self.draw = random.Random(seed)
        self.loses = True

    def note(self, body: bytes) -> None:
        """These events were taken."""
        events = parsed(body, datetime.now(UTC)).events
        with self.guard:
            self.taken |= {event.event_id: event for event in events if event.kind is not EventKind.UNKNOWN}


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Relay

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.guard:
            self.server.under_way += 1
        try:
            self._answer(self._passed(body))
        finally:
            with self.server.guard:
                self.server.under_way -= 1

    def _passed(self, body: bytes) -> int:
        """The status; 502 when nobody answered."""
        relay = self.server
        onward = HTTPConnection("127.0.0.1", relay.to, timeout=PATIENCE)
        try:
            onward.request("POST", self.path, body, dict(self.headers.items()))
            status = onward.getresponse().status
        except (OSError, HTTPException):
            status = 502
        finally:
            onward.close()
        if not 200 <= status < 300:
            relay.refused += 1
            return status
        relay.note(body)
        if relay.loses and relay.draw.random() < LOST:
            relay.lost += 1
            return 502
        return status

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def relay(seed: int) -> Iterator[Relay]:
    """A relay that answers until the block ends."""
    made = Relay(seed)
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
