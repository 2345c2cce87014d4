"""`leadtier serve`: the overview, and a worker that finishes what was begun. `leadtier key`: a key for sealing."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any

import click

from connector.cli.app import err, house, spoken
from connector.flows.services import Refused, Services
from connector.settings import Settings
from connector.store.sealing import new_key


@click.command()
@click.option("--host", help="Address to listen on (default LEADTIER_HOST or 127.0.0.1; there is no sign-in yet).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port (default LEADTIER_PORT or 8700).")
@spoken
def serve(host: str | None, port: int | None) -> None:
    """Serve the overview and work on runs that are open, until stopped."""
    with house() as (svc, settings):
        server = listen(svc, host or settings.host, settings.port if port is None else port, settings.threads)
        err.print(f"Overview: http://{server.effective_host}:{server.effective_port}/", markup=False)
        run(server, svc, settings)


def run(server: Any, svc: Services, settings: Settings) -> None:
    """Serves and works on open runs until stopped."""
    from connector import jobs  # noqa: PLC0415 - the engine costs half a second that other commands need not pay

    with jobs.worker(svc, settings):
        signal.signal(signal.SIGTERM, _stop)
        server.run()


def listen(svc: Services, host: str, port: int, threads: int) -> Any:
    """The web server, bound and not running yet. Raises `Refused` when the address cannot be had."""
    from waitress.server import create_server  # noqa: PLC0415 - only this command needs a web server

    from connector.web.app import LOOPBACK, create_app  # noqa: PLC0415

    app = create_app(svc, hosts=LOOPBACK if host in LOOPBACK else ())
    try:
        return create_server(app, host=host, port=port, threads=threads, ident=None)
    except (OSError, ValueError) as error:
        raise Refused(
            f"Port {port} cannot be had on {host} ({getattr(error, 'strerror', None) or error}). "
            "Give another with --port or LEADTIER_PORT; 0 takes a free one."
        ) from error


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Ends the server as Ctrl-C does: by itself it would ignore the signal as the first process of a container."""
    raise SystemExit(0)


@click.command()
def key() -> None:
    """Print a fresh key for LEADTIER_SECRET_KEY, which seals the CRM credentials in the database."""
    click.echo(new_key())
