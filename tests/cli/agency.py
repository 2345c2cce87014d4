"""An agency at its command line: one sandbox CRM, one folder with the database, and a clock that begins at `NOON`.

`Agency.run` calls a command inside the test's own process, which is quick; `Agency.start` gives it a process of its
own, for what only a process can show: being killed, running beside another, ending on a signal.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

import connector.services
from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.hubspot.seeding import hubspot_book
from adapters.sandbox.server import Sandbox, running
from adapters.sandbox.settings import Settings
from connector import jobs
from connector.__main__ import main
from connector.settings import Settings as Configured

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CONTACTS = KINDS["contacts"]
NO_LIMIT = (10_000, 1.0)
"""Searches a second: the sandbox allows any number, and waiting shows nothing here."""
SOON = 0.02
"""Seconds between two looks, for everything that looks again and again."""
SCORE = ("leadtier_score", "leadtier_tier", "leadtier_stage")
REASONS = tuple(f"leadtier_reason_{number}" for number in (1, 2, 3))


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of the tests: it begins at `NOON` and goes on as real time does, in every process alike."""

    began: float = field(default_factory=time.time)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=time.time() - self.began)

    def seconds(self) -> float:
        return self.now().timestamp()


@dataclass
class Agency:
    """The agency's folder and the CRM it works with."""

    crm: Sandbox
    folder: Path
    clock: Clock
    started: list[BaseProcess] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "leadtier.db"

    @property
    def environment(self) -> dict[str, str | None]:
        settings = dict.fromkeys((name for name in os.environ if name.startswith("LEADTIER_")), None)
        return {**settings, "LEADTIER_DATABASE_URL": f"sqlite:///{self.database}", "COLUMNS": "160"}

    def run(self, *words: str, code: int = 0, **environment: str) -> Result:
        """The command's result; it must end with `code` and never show a traceback."""
        result = CliRunner().invoke(main, list(words), env={**self.environment, **environment})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert "Traceback" not in result.output
        assert result.exit_code == code, result.output
        return result

    def json(self, *words: str, code: int = 0) -> Any:
        """The last line of stdout, as a program reads it."""
        return json.loads(self.run(*words, "--json", code=code).stdout.splitlines()[-1])

    def connect(self, *words: str) -> None:
        self.run("connect", "hubspot", "--token", self.crm.token, "--base-url", self.crm.url, *words)

    def sync(self, code: int = 0) -> dict[str, Any]:
        """The connection's part of the summary."""
        found: dict[str, Any] = self.json("sync", code=code)["hubspot"]
        return found

    def refusal(self, *words: str, **environment: str) -> str:
        """What the command says when it refuses: exit code 1, nothing on stdout."""
        result = self.run(*words, code=1, **environment)
        assert not result.stdout
        return result.stderr

    def doctor(self) -> dict[str, dict[str, str]]:
        """The doctor's findings by what they are about."""
        found = json.loads(CliRunner().invoke(main, ["doctor", "--json"], env=self.environment).stdout)
        return {finding["what"]: finding for finding in found["findings"]}

    def properties(self) -> dict[str, dict[str, str]]:
        """What every contact in the CRM holds from us, by id."""
        return {
            str(found.id): {name: value for name, value in found.properties.items() if name.startswith("leadtier_")}
            for found in self.crm.store.objects.page(CONTACTS, 0, 10_000)
        }

    def rows(self, query: str) -> list[tuple[object, ...]]:
        engine = sa.create_engine(f"sqlite:///{self.database}")
        with engine.connect() as conn:
            found = [tuple(row) for row in conn.exec_driver_sql(query)]
        engine.dispose()
        return found

    def start(self, *words: str, before: Callable[[], None] | None = None) -> Running:
        """The command in a process of its own; `before` runs there first."""
        said = self.folder / f"said-{time.monotonic_ns()}"
        process = FORKS.Process(target=_child, args=(words, self.environment, self.clock, said, before))
        process.start()
        self.started.append(process)
        return Running(process, said)


@dataclass
class Running:
    """A command in a process of its own."""

    process: BaseProcess
    said: Path

    def ended(self, within: float = 30) -> int:
        """Its exit code; negative: the signal that ended it."""
        self.process.join(within)
        assert self.process.exitcode is not None, f"still running after {within} s: {self.stderr}"
        return self.process.exitcode

    def kill(self) -> None:
        """Ends it on the spot, as a power cut would."""
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)

    def stop(self, number: int = signal.SIGTERM) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    @property
    def stdout(self) -> str:
        return self.said.with_suffix(".out").read_text()

    @property
    def stderr(self) -> str:
        return self.said.with_suffix(".err").read_text()

    def says(self, text: str, within: float = 20) -> str:
        """Waits until `text` stands on stdout or stderr; all that was said."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            with contextlib.suppress(FileNotFoundError):
                if text in (said := self.stdout + self.stderr):
                    return said
            time.sleep(0.01)
        raise AssertionError(f"never said {text!r}: {self.stdout}{self.stderr}")


# Every process is a fresh one, forked from a server that has imported the program already: a start costs milliseconds.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["connector.__main__", "connector.jobs", "tests.cli.agency"])


def _child(
    words: tuple[str, ...],
    environment: dict[str, str | None],
    clock: Clock,
    said: Path,
    before: Callable[[], None] | None,
) -> None:
    for number, suffix in ((1, ".out"), (2, ".err")):
        os.dup2(os.open(said.with_suffix(suffix), os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    for name, value in environment.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    _arrange(pytest.MonkeyPatch(), clock)
    if before is not None:
        before()
    main(list(words), prog_name="leadtier")


def _arrange(patch: pytest.MonkeyPatch, clock: Clock) -> None:
    """The time of the tests, and no waiting where waiting shows nothing."""
    patch.setattr("connector.services.utc_now", clock.now)
    patch.setattr("connector.cli.progress.LOOK_SECONDS", SOON)
    _poll_soon(patch)
    patch.setattr("adapters.hubspot.client.SEARCH_LIMIT", NO_LIMIT)


def _poll_soon(patch: pytest.MonkeyPatch) -> None:
    for name in ("RUNS_POLL_SECONDS", "LIVE_POLL_SECONDS", "NAP_SECONDS"):
        patch.setattr(f"connector.jobs.engine.{name}", SOON)


@cache
def databases() -> dict[str, bytes]:
    """Our database and the engine's as they are before any use: making them anew takes a second each time."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        _poll_soon(patch)  # the engine's database remembers it
        settings = Configured(database_url=f"sqlite:///{folder}/leadtier.db")
        svc = connector.services.assemble(settings)
        with jobs.worker(svc, settings):
            pass
        svc.close()
        return {path.name: _whole(path) for path in Path(folder).glob("*.db")}


def _whole(path: Path) -> bytes:
    """A database file with what may still stand in its write-ahead log: the engine keeps a connection open."""
    with contextlib.closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


@contextlib.contextmanager
def agency(folder: Path, leads: int = 12, **switches: Any) -> Iterator[Agency]:
    """An agency with a CRM of its own, not connected yet. `switches` are the sandbox's settings."""
    clock = Clock()
    quiet = {"burst_limit": None, "search_limit": None, "search_lag": 0.0}
    settings = Settings(clock=clock.seconds, **quiet | switches)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in databases().items():
        (folder / name).write_bytes(content)
    with pytest.MonkeyPatch.context() as patch, running(hubspot_book(leads, 1, NOON), settings=settings) as crm:
        _arrange(patch, clock)
        one = Agency(crm, folder, clock)
        yield one
        for process in one.started:
            process.kill()
