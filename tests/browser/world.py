"""A CRM and Leadtier beside it, each a process of its own, as an agency has them."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any

import requests

LONGEST_START = 60.0
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


class Silent(AssertionError):
    """A process did not say what was waited for."""


class Process:
    """A command of ours; what it prints is read line by line."""

    def __init__(self, words: list[str], directory: Path, env: dict[str, str]) -> None:
        self.lines: list[str] = []
        self._new: Queue[str | None] = Queue()
        self._running = subprocess.Popen(
            [sys.executable, "-m", "connector", *words],
            cwd=directory,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._running.stdout is not None
        Thread(target=self._read, args=(self._running.stdout,), daemon=True).start()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._new.put(line.rstrip())
        self._new.put(None)

    def says(self, pattern: str) -> re.Match[str]:
        """The first line, printed already or soon, in which the pattern is found. Raises `Silent`."""
        until = time.monotonic() + LONGEST_START
        for line in self.lines:
            if found := re.search(pattern, line):
                return found
        while True:
            try:
                line = self._new.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                line = None
            if line is None:
                raise Silent(f"nothing like {pattern!r} in:\n" + "\n".join(self.lines))
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found

    def end(self) -> None:
        """Ends it as Ctrl-C does, and if that takes long, at once."""
        self._running.terminate()
        try:
            self._running.wait(15)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()


@dataclass
class World:
    """One agency's evening: its CRM, Leadtier, and where everything lies."""

    directory: Path
    crm: dict[str, Any]
    """What the sandbox says of itself: addresses, tokens, secrets."""
    url: str
    set_up: str
    """The link that makes the first owner."""
    leadtier: Process
    sandbox: Process
    env: dict[str, str]

    def run(self, *words: str) -> str:
        """What a command of ours prints."""
        return subprocess.run(
            [sys.executable, "-m", "connector", *words],
            cwd=self.directory,
            env={**os.environ, **self.env},
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        ).stdout

    def contact_by_id(self, crm_id: str) -> dict[str, str | None]:
        """Our properties of a HubSpot contact as its API gives them: what stands in the record now."""
        names = ("leadtier_score", "leadtier_tier", "leadtier_reason_1")
        found = self.hubspot("GET", f"/crm/v3/objects/contacts/{crm_id}?properties={','.join(names)}")
        answer: dict[str, str | None] = found["properties"]
        return answer

    def hubspot(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the CRM's own API answers to somebody who works there."""
        key = {"Authorization": f"Bearer {self.crm['hubspot_token']}"}
        answer = requests.request(method, f"{self.crm['hubspot_url']}{path}", json=body, headers=key, timeout=20)
        answer.raise_for_status()
        return answer.json() if answer.content else {}

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What Leadtier's database answers to a statement of SQL, which may change something."""
        with closing(sqlite3.connect(self.directory / "leadtier.db", timeout=20)) as conn, conn:
            return conn.execute(statement, values).fetchall()

    def record_page(self, crm_id: str) -> str:
        """Where a rep sees this HubSpot contact."""
        return f"{self.crm['hubspot_url']}/contacts/{self.crm['portal_id']}/record/0-1/{crm_id}"


@contextmanager
def world(directory: Path, *, leads: int, crm: str = "hubspot", seed: int = 7) -> Iterator[World]:
    """A new world; both processes end with it."""
    env = {
        "LEADTIER_DATABASE_URL": f"sqlite:///{directory / 'leadtier.db'}",
        "LEADTIER_TENANT": "Bluebonnet Insurance",
        "LEADTIER_PORT": "0",
    }
    words = ["sandbox", "--port", "0", "--leads", str(leads), "--seed", str(seed), "--crm", crm, "--search-lag", "0"]
    sandbox = Process(words, directory, env)
    try:
        facts = json.loads(sandbox.says(r"^\{.*\}$").group(0))
        leadtier = Process(["run"], directory, env)
        try:
            set_up = leadtier.says(r"http://\S+/setup/\S+").group(0)
            url = ADDRESS.match(set_up)
            assert url is not None, set_up
            yield World(directory, facts, url.group(0), set_up, leadtier, sandbox, env)
        finally:
            leadtier.end()
    finally:
        sandbox.end()
