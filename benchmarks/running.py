"""A sandbox CRM and a connector, each a process of its own, so that CPU and memory are one program's alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEADTIER = [sys.executable, "-m", "connector"]
UNLIMITED = 1_000_000


@dataclass(frozen=True)
class Crm:
    """A sandbox that answers, of one kind of CRM."""

    kind: str
    url: str
    token: str
    told: Mapping[str, Any]
    """What it said of itself when it started."""

    def get(self, path: str) -> Any:
        """What it says about itself."""
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:  # noqa: S310 - our own loopback server
            return json.load(answer)


@dataclass(frozen=True)
class Ran:
    """One command: what it said, and what the operating system and the clock on the wall say of it."""

    answer: dict[str, Any]
    cpu: float
    """Seconds, user and system together, from the start of the process to its end."""
    peak_mb: float
    seconds: float


@contextmanager
def crm(leads: int, kind: str, burst: int, extra: int = 0, *, latency: float = 0.0) -> Iterator[Crm]:
    """A sandbox with that many leads, `burst` calls allowed in 10 seconds, and `extra` activities more a lead.

    The limit is HubSpot's; Salesforce counts calls a day only. Every answer takes `latency` seconds.
    """
    words = ["--leads", leads, "--extra-activities", extra, "--burst", burst, "--searches", max(5, burst // 40)]
    words += ["--latency", latency]
    command = [*LEADTIER, "sandbox", "--port", "0", "--crm", kind, *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            told = json.loads(process.stdout.readline())
            yield Crm(kind, told[f"{kind}_url"], told.get(f"{kind}_token") or told[f"{kind}_session"], told)
        finally:
            process.terminate()


class Connector:
    """The connector with a database of its own in `folder`, connected to the sandbox; `settings` for its commands."""

    def __init__(self, folder: Path, account: Crm, **settings: str) -> None:
        self.database = f"sqlite:///{folder / 'bench.db'}"
        self.environment = {**os.environ, "LEADTIER_DATABASE_URL": self.database, **settings}
        self._log = folder / "connector.log"
        self.kind = account.kind
        self.run("connect", account.kind, "--token", account.token, "--base-url", account.url)

    def run(self, *words: str) -> Ran:
        """Runs a command to its end. Raises `RuntimeError` with what it wrote to stderr when it fails."""
        with tempfile.TemporaryFile("w+") as out, self._log.open("w+") as log:
            began = time.monotonic()
            process = subprocess.Popen([*LEADTIER, *words, "--json"], stdout=out, stderr=log, env=self.environment)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise RuntimeError(f"leadtier {words[0]} failed:\n{self._log.read_text()}")
            out.seek(0)
            answer = json.loads(out.read().splitlines()[-1])
        return Ran(answer, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, seconds)

    def sync(self) -> Ran:
        """One sync."""
        ran = self.run("sync")
        return Ran(ran.answer[self.kind], ran.cpu, ran.peak_mb, ran.seconds)


@contextmanager
def synced(
    leads: int, kind: str = "hubspot", *, burst: int = UNLIMITED, extra: int = 0, rest: float = 0.0
) -> Iterator[tuple[Crm, Connector, Ran]]:
    """A sandbox of that size, connected, synced once after `rest` seconds, and what that sync took."""
    with tempfile.TemporaryDirectory() as folder, crm(leads, kind, burst, extra) as account:
        connector = Connector(Path(folder), account)
        time.sleep(rest)
        yield account, connector, connector.sync()
