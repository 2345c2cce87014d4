"""A PostgreSQL for a benchmark: the server that LEADTIER_TEST_POSTGRES_URL names, or one of its own.

Its own lives in a temporary folder and trusts everybody on this machine; the server refuses to run as root, so that
root starts it as the user postgres.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

INSTALLED = "/usr/lib/postgresql"
"""Where Debian keeps the server's programs, which are not on the path."""


@contextmanager
def server() -> Iterator[str]:
    """The address of a server whose user may make databases. Raises `RuntimeError` when there is none."""
    if given := os.environ.get("LEADTIER_TEST_POSTGRES_URL", ""):
        yield given
        return
    programs = _programs()
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        folder, port = Path(name), _free_port()
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        _run(programs / "initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        control = (programs / "pg_ctl", "-D", str(folder / "data"), "-w")
        _run(*control, "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run(*control, "-m", "immediate", "stop")


@contextmanager
def database(address: str) -> Iterator[str]:
    """The address of a new database on that server, dropped afterwards."""
    name, engine = f"bench_{uuid.uuid4().hex}", sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(address).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as conn:
            conn.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        engine.dispose()


def _programs() -> Path:
    newest = sorted(Path(INSTALLED).glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = shutil.which("initdb") or (newest[-1] if newest else None)
    if found is None:
        raise RuntimeError("No PostgreSQL: install the server, or set LEADTIER_TEST_POSTGRES_URL to one that runs.")
    return Path(found).resolve().parent


def _run(program: Path, *words: str) -> None:
    who = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    subprocess.run([program, *words], check=True, stdout=subprocess.DEVNULL, cwd="/", **who)  # type: ignore[call-overload]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
