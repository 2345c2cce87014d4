"""A PostgreSQL for tests and benchmarks: the server that LEADTIER_TEST_POSTGRES_URL names, or one of their own.

Their own lives in a temporary folder, trusts everybody on this machine, and goes when it is not needed any more. The
server refuses to run as root, so that root starts it as the user postgres.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

GIVEN = os.environ.get("LEADTIER_TEST_POSTGRES_URL", "")
INSTALLED = "/usr/lib/postgresql"
"""Where Debian keeps the server's programs, which are not on the path."""
OF_A_LANGUAGE = "template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LC_COLLATE 'C' LC_CTYPE 'C'"
"""What a new database may be like: one whose texts are in the order of a language, as on most servers there are."""
NONE = "No PostgreSQL: install the server, or set LEADTIER_TEST_POSTGRES_URL to one that runs."
HURRIED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests: their data need not outlive a power cut."""


USERS = "users"
"""The file in a server's folder on which everybody who uses it has a lock; a lock ends with its process."""
_QUIET: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)


class NoServer(RuntimeError):
    """There is no PostgreSQL on this machine."""


@contextmanager
def server(*switches: str) -> Iterator[str]:
    """The address of a server whose user may make databases. `switches` are settings of one of our own.

    Raises `NoServer` when there is none.
    """
    if GIVEN:
        yield GIVEN
        return
    folder, held = _begin(switches)
    with held:
        yield _address(folder)


@contextmanager
def shared(folder: Path) -> Iterator[str]:
    """The same for several processes of one test run, which share `folder`; the first of them starts it."""
    if GIVEN:
        yield GIVEN
        return
    with (folder / "postgres").open("a+") as register:
        fcntl.flock(register, fcntl.LOCK_EX)
        register.seek(0)
        named = register.read()
        held = _hold(Path(named)) if named else None
        where = Path(named)
        if held is None:
            where, held = _begin(HURRIED)
            register.truncate(0)
            register.write(str(where))
    with held:
        yield _address(where)


def _begin(switches: Sequence[str]) -> tuple[Path, IO[str]]:
    """Starts a server of our own: its folder, and what keeps it running as long as it is open."""
    programs = _programs()
    folder, port = Path(tempfile.mkdtemp(prefix="leadtier-pg-")), _free_port()
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    (folder / USERS).touch()
    held = _hold(folder)
    assert held is not None
    # A process of its own ends it, so that it does not stay when whoever used it is killed.
    subprocess.Popen([sys.executable, __file__, folder], start_new_session=True, **_QUIET)
    _run(programs / "initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")
    settings = ("max_connections=200", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *switches)
    options = " ".join([f"-p {port}", *(f"-c {setting}" for setting in settings)])
    _run(programs / "pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", options, "start")
    return folder, held


def _hold(folder: Path) -> IO[str] | None:
    """Counts us among the users of the server until what is returned is closed; None when it is ending."""
    try:
        file = (folder / USERS).open()
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return None
    return file


def _end_unused(folder: Path) -> None:
    """Stops the server when nobody uses it any more, and removes all it had."""
    with (folder / USERS).open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with suppress(subprocess.CalledProcessError):  # it was never started
            _run(_programs() / "pg_ctl", "-D", f"{folder}/data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _address(folder: Path) -> str:
    port = (folder / "data" / "postmaster.pid").read_text().splitlines()[3]
    return f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"


@contextmanager
def database(address: str, like: str = "") -> Iterator[str]:
    """The address of a new database on that server, dropped afterwards; a copy of the database `like`, if named."""
    name, engine = f"leadtier_{uuid.uuid4().hex}", sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}" + (f" TEMPLATE {like}" if like else ""))
    try:
        yield sa.make_url(address).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as conn:
            conn.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        engine.dispose()


def _programs() -> Path:
    newest = sorted(Path(INSTALLED).glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = newest[-1] if newest else shutil.which("initdb")
    if found is None:
        raise NoServer(NONE)
    return Path(found).resolve().parent


def _run(program: Path, *words: str) -> None:
    who = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    subprocess.run([program, *words], check=True, cwd="/", **_QUIET, **who)  # type: ignore[call-overload]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


if __name__ == "__main__":
    _end_unused(Path(sys.argv[1]))
