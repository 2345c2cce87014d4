"""The processes of the agency: started, killed without a word, and started again at once.

They are forked from a server that has imported the program already, so that a start costs little on two cores; what
they run is the command line.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["__main__", "connector.__main__", "connector.jobs", "connector.web.app", "waitress.server"]
)


def _child(words: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    from connector.__main__ import main  # noqa: PLC0415 - the fork server has it

    for stream in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), stream)
    for name in [name for name in os.environ if name.startswith("LEADTIER_")]:
        del os.environ[name]
    os.environ.update(environment)
    main(list(words), prog_name="leadtier")


@dataclass
class Process:
    """One command that runs until it is stopped."""

    words: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    ended: list[str] = field(default_factory=list)
    """What was last said each time it ended though nobody had killed it."""
    pids: list[int] = field(default_factory=list)
    _running: BaseProcess | None = None

    def start(self) -> None:
        """Starts it, again if need be."""
        self._running = FORKS.Process(target=_child, args=(self.words, self.environment, self.log), daemon=True)
        self._running.start()
        assert self._running.pid is not None
        self.pids.append(self._running.pid)

    def kill(self) -> None:
        """Ends it on the spot, as a power cut would."""
        assert self._running is not None
        self._running.kill()
        self._running.join()

    def stop(self) -> None:
        """Ends it as an operator does."""
        if self._running is not None and self._running.is_alive():
            os.kill(self._running.pid or 0, signal.SIGTERM)
            self._running.join(15)
            self._running.kill()

    def look_after(self) -> None:
        """Starts it again if it has ended by itself, which it must not, and remembers that."""
        if self._running is not None and not self._running.is_alive():
            said = self.log.read_text(errors="replace").splitlines()[-15:]
            self.ended.append(f"leadtier {' '.join(self.words)} ended with {self._running.exitcode}: {said}")
            self.start()


def free_port() -> int:
    """A port that stays free: below those the system gives to outgoing connections, of which there are many here."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


def answers(port: int, within: float = 60.0) -> None:
    """Waits until somebody listens there. Raises `TimeoutError`."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nobody listens on {port}")
