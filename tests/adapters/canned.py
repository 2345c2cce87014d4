"""A web server with prepared answers, and a time that only moves when somebody waits."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Time:
    """A clock and the sleep that moves it."""

    def __init__(self, start: datetime = NOON) -> None:
        self.at = start
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.at += timedelta(seconds=seconds)


@dataclass
class Seen:
    """A request as the server got it."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any
    raw: bytes = b""


@dataclass
class Reply:
    """An answer to give. Text goes out as it is; anything else as JSON."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """Ends the connection after so many bytes, as a broken network does."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is what some tests are about."""


class Canned:
    """Answers from a list, one after the other, or by a function; remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.replies: list[Reply] = []
        self.route: Callable[[Seen], Reply] | None = None
        self._unprepared: list[str] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Canned:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        assert self._unprepared == []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def will_answer(self, *replies: Reply) -> None:
        self.replies += replies

    def reply_to(self, seen: Seen) -> Reply:
        self.seen.append(seen)
        if self.replies:
            return self.replies.pop(0)
        if self.route is None:
            self._unprepared.append(f"{seen.method} {seen.path}")
            return Reply(599)
        return self.route(seen)

    def asked(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]


def _handler(canned: Canned) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            parts = urlsplit(self.path)
            sent = raw.decode(errors="replace")
            body = json.loads(sent) if sent.startswith(("{", "[")) else dict(parse_qsl(sent))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = dict(parse_qsl(parts.query))
            self.give(canned.reply_to(Seen(self.command, parts.path, query, headers, body, raw)))

        def give(self, reply: Reply) -> None:
            text = isinstance(reply.body, str)
            payload = reply.body.encode() if text else json.dumps(reply.body).encode()
            # Without a Date of its own: the time here is the test's.
            self.send_response_only(reply.status)
            headers = {"Content-Type": "application/json", "Content-Length": str(len(payload))} | reply.headers
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload[: reply.cut_after])
            self.close_connection = reply.cut_after is not None

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815 (the library's names)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
