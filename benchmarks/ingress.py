"""Webhooks in: `leadtier serve` takes signed events from eight connections, each durable before it is answered.

    python -m benchmarks.ingress                       # on SQLite and on PostgreSQL
    python -m benchmarks.ingress sqlite                # some of it

PostgreSQL is the server in LEADTIER_TEST_POSTGRES_URL, or one that is started for it. Events come in batches of a
hundred as fast as they are answered, then one by one at a fixed rate whatever the answers do. Afterwards every answered
event must be in the table. The machine's own fsync rate stands beside the figures, and so does the server's CPU: load
generator and server share the machine. Prints every figure with its limit, one JSON object as the last line, and ends
with 1 when a limit is missed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import math
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from benchmarks.figures import Figure, run
from benchmarks.running import LEADTIER, UNLIMITED, crm
from tests.postgres import database, server

CONNECTIONS = 8
BATCH = 100
SECONDS = 10
SINGLES = 300
"""Events a second that come one by one."""
WARM_UP = 1.0
SECRET = "the-client-secret-of-the-app"  # noqa: S105
PUBLIC = "https://leads.example.com"
ADDRESS = f"{PUBLIC}/hooks/hubspot"
FIRST = 10_000_000
"""The number of the first event; all have the same length, so that a body is made by replacing text."""


@dataclass
class Heard:
    """Latencies in seconds, and the first number of each request that was answered with 2xx."""

    latencies: list[float] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)

    def after(self, percent: float) -> float:
        """The latency in milliseconds under which so many answers came."""
        return sorted(self.latencies)[math.ceil(len(self.latencies) * percent / 100) - 1] * 1000


@dataclass
class Caller:
    """One connection that is kept alive; it speaks HTTP as sparingly as it can."""

    host: str
    port: int
    portal: int

    def __post_init__(self) -> None:
        self._socket = socket.create_connection((self.host, self.port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._bodies = {size: self._body(size) for size in (1, BATCH)}

    def _body(self, size: int) -> bytes:
        """Events of a kind that HubSpot sends most: a property changed; ``%08d`` stands for the number of each."""
        rows = [
            {
                "eventId": 0, "subscriptionId": 25, "portalId": self.portal, "appId": 1160452,
                "occurredAt": int(time.time() * 1000), "subscriptionType": "object.propertyChange",
                "attemptNumber": 0, "objectId": 1, "objectTypeId": "0-1", "propertyName": "email",
                "propertyValue": "somebody@leads.example", "isSensitive": False, "changeSource": "CRM_UI",
                "sourceId": "userId:882761034",
            }
            for _ in range(size)
        ]  # fmt: skip
        text = json.dumps(rows, separators=(",", ":"))
        return text.replace('"eventId":0', '"eventId":%d').replace('"objectId":1,', '"objectId":%d,').encode()

    def send(self, number: int, size: int) -> bytes:
        """Sends events from this number on; the status of the answer."""
        numbers = (each for one in range(number, number + size) for each in (one, one))
        body = self._bodies[size] % tuple(numbers)
        stamp = b"%d" % int(time.time() * 1000)
        digest = hmac.new(SECRET.encode(), b"POST" + ADDRESS.encode() + body + stamp, hashlib.sha256).digest()
        head = (
            b"POST /hooks/hubspot HTTP/1.1\r\nHost: leads.example.com\r\nContent-Type: application/json\r\n"
            b"X-HubSpot-Signature-v3: %s\r\nX-HubSpot-Request-Timestamp: %s\r\nContent-Length: %d\r\n\r\n"
        )
        self._socket.sendall(head % (base64.b64encode(digest), stamp, len(body)) + body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._socket.recv(65_536) or b"\r\n\r\n"
        return answer[9:12]


Calls = Callable[[Caller, Heard], None]


def batches(numbers: Iterator[int], until: float, caller: Caller, heard: Heard) -> None:
    """A hundred events after another, each as soon as the one before is answered."""
    while time.perf_counter() < until:
        _call(caller, next(numbers), BATCH, time.perf_counter(), heard)


def singles(numbers: Iterator[int], began: float, caller: Caller, heard: Heard) -> None:
    """One event at a time when it is due; late answers make the next ones late, and that counts."""
    for number in numbers:
        due = began + (number % (SINGLES * SECONDS)) / SINGLES
        time.sleep(max(0.0, due - time.perf_counter()))
        _call(caller, number, 1, due, heard)


def _call(caller: Caller, number: int, size: int, began: float, heard: Heard) -> None:
    status = caller.send(number, size)
    heard.latencies.append(time.perf_counter() - began)
    (heard.answered if status.startswith(b"2") else heard.refused).append(number if status.startswith(b"2") else status)


def driven(url: str, portal: int, calls: Calls) -> Heard:
    """What all connections heard together."""
    at = urlsplit(url)
    callers = [Caller(str(at.hostname), int(at.port or 80), portal) for _ in range(CONNECTIONS)]
    heard = [Heard() for _ in callers]
    threads = [threading.Thread(target=calls, args=pair) for pair in zip(callers, heard, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = Heard()
    for each in heard:
        together.latencies += each.latencies
        together.answered += each.answered
        together.refused += each.refused
    if together.refused:
        raise RuntimeError(f"{len(together.refused)} requests were refused, the first with {together.refused[0]!r}")
    return together


class Served:
    """`leadtier serve` on this database, with a connection to a sandbox account and the secret of its app."""

    def __init__(self, database: str, folder: Path) -> None:
        self._env = {**os.environ, "LEADTIER_DATABASE_URL": database, "LEADTIER_PUBLIC_URL": PUBLIC}
        self._env["LEADTIER_SECRET_KEY"] = self._said("key").strip()
        secret = folder / "secret"
        secret.write_text(SECRET)
        with crm(1, "hubspot", UNLIMITED) as account:
            told = self._said("connect", "hubspot", "--token", account.token, "--base-url", account.url, "--json")
        self.portal = int(json.loads(told.splitlines()[-1])["account"])
        self._said("hooks", "add", "--app", "hubspot", "--secret-file", str(secret))

    def _said(self, *words: str) -> str:
        done = subprocess.run([*LEADTIER, *words], env=self._env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"leadtier {words[0]} failed:\n{done.stderr}")
        return done.stdout

    @contextmanager
    def answering(self) -> Iterator[tuple[str, Callable[[], float]]]:
        """Its address while it runs, and the CPU seconds it has used."""
        command = [*LEADTIER, "serve", "--port", "0"]
        with subprocess.Popen(command, env=self._env, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stderr
                said = process.stderr.readline()
                threading.Thread(target=_drain, args=(process.stderr,), daemon=True).start()
                found = re.search(r"http://[^/\s]+", said)
                if found is None:
                    raise RuntimeError(f"leadtier serve failed: {said}")
                yield found.group(), partial(_cpu, process.pid)
            finally:
                process.terminate()


def _drain(stream: Iterator[str]) -> None:
    for line in stream:
        print(line, end="", file=sys.stderr)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fsyncs(folder: Path) -> float:
    """How often a second this disk makes 4 kB durable."""
    began, count = time.perf_counter(), 0
    with (folder / "fsync").open("wb", buffering=0) as file:
        while time.perf_counter() - began < 1.0:
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            count += 1
    return count / (time.perf_counter() - began)


def measured(name: str, database: str) -> list[Figure]:
    """Batches, then single events, then a look into the table."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        served = Served(database.format(folder=folder), folder)
        print(f"{name}: this disk makes {fsyncs(folder):,.0f} writes a second durable; {os.cpu_count()} cores")
        with served.answering() as (url, cpu):
            numbers = itertools.count(FIRST, BATCH)
            warm = driven(url, served.portal, partial(batches, numbers, time.perf_counter() + WARM_UP))
            before, began = cpu(), time.perf_counter()
            many = driven(url, served.portal, partial(batches, numbers, began + SECONDS))
            seconds, used = time.perf_counter() - began, cpu() - before
            ones = driven(url, served.portal, _singly())
        answered = {number + more for number in warm.answered + many.answered for more in range(BATCH)}
        lost = missing(database.format(folder=folder), answered | set(ones.answered))
    events = len(many.answered) * BATCH
    print(f"{events:,} events in {seconds:.1f} s, {used / len(many.answered) * 1000:.2f} ms of server CPU per {BATCH}")
    for what, heard in (("batches of a hundred", many), ("single events", ones)):
        print(f"{what}: p50 {heard.after(50):.1f} ms, p99 {heard.after(99):.1f} ms, worst {heard.after(100):.1f} ms")
    return [
        Figure(f"ingress_{name}_events_per_second", round(events / seconds), least=25_000),
        Figure(f"ingress_{name}_batch_p99_ms", round(many.after(99), 1), most=150),
        Figure(f"ingress_{name}_single_p99_ms", round(ones.after(99), 1), most=100),
        Figure(f"ingress_{name}_events_lost", lost, most=0),
    ]


def _singly() -> Calls:
    """Each event at its own time, whoever is free."""
    first = SINGLES * SECONDS * 10_000
    return partial(singles, iter(range(first, first + SINGLES * SECONDS)), time.perf_counter() + 0.1)


def missing(database: str, answered: set[int]) -> int:
    """How many of the answered events are not in the table, each once."""
    engine = sa.create_engine(database)
    with engine.connect() as conn:
        kept = [int(text.split(":")[6]) for text in conn.execute(sa.text("SELECT event_id FROM inbox")).scalars()]
    engine.dispose()
    if len(kept) != len(set(kept)):
        raise RuntimeError("an event is in the table twice")
    return len(answered - set(kept))


def postgresql() -> list[Figure]:
    """In a database of its own on the server that `tests.postgres` finds or starts."""
    with server() as address, database(address) as url:
        return measured("postgresql", url)


PARTS: Mapping[str, Callable[[], list[Figure]]] = {
    "sqlite": lambda: measured("sqlite", "sqlite:///{folder}/ingress.db"),
    "postgresql": postgresql,
}

if __name__ == "__main__":
    run(PARTS, __doc__)
