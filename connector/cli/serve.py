"""`leadtier run`, `serve` and `work`: pages and worker, in one process or each in its own. `leadtier key`."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

import click

from connector.cli.app import err, house, spoken
from connector.flows import joining
from connector.flows.services import Refused, Services
from connector.settings import Settings
from connector.store.sealing import new_key

LARGEST_BODY = 12_000_000
"""Bytes of a request that are taken in at all, and kept until they are read; each door allows less."""
CONNECTIONS = 900
"""Held open at once; senders that say nothing for `SILENCE` seconds lose theirs, so that they keep nobody out long."""
SILENCE = 30
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _address(command: Callable[..., None]) -> Callable[..., None]:
    host = click.option("--host", help="Address to listen on (default LEADTIER_HOST or 127.0.0.1).")
    port = click.option("--port", type=click.IntRange(0, 65535), help="Port (default LEADTIER_PORT or 8700).")
    return host(port(command))


@click.command()
@_address
@spoken
def run(host: str | None, port: int | None) -> None:
    """Serve the pages and webhooks, and do the work, until stopped: all of Leadtier in one process."""
    with house("INFO") as (svc, settings):
        serve_and_work(_pages(svc, settings, host, port), svc, settings)


@click.command()
@_address
@spoken
def serve(host: str | None, port: int | None) -> None:
    """Serve the pages and webhooks only, until stopped; `leadtier work` does the work in another process."""
    with house("INFO") as (svc, settings):
        ends_on_term()
        _pages(svc, settings, host, port).server.run()


@click.command()
@spoken
def work() -> None:
    """Do the work, until stopped. On PostgreSQL any number of processes may, on one host or several."""
    from connector import jobs  # noqa: PLC0415 - the engine costs half a second that other commands need not pay

    with house("INFO") as (svc, settings), jobs.worker(svc, settings, lasting=True) as worker:
        ends_on_term()
        said = "Working" if worker.works else "Another process works on this database; this one takes over when it ends"
        err.print(f"{said}. Stop it with Ctrl-C.", markup=False)
        if settings.metrics_port:
            _watched(svc, settings, worker.looked).run()  # until told to stop
        else:
            threading.Event().wait()


class Pages(NamedTuple):
    """The web server, bound and perhaps running, and what it serves."""

    server: Any
    app: Any


def serve_and_work(pages: Pages, svc: Services, settings: Settings) -> None:
    """Serves and works until stopped."""
    from connector import jobs  # noqa: PLC0415
    from connector.web.health import watch_worker  # noqa: PLC0415

    with jobs.worker(svc, settings, lasting=True) as worker:
        watch_worker(pages.app, worker.looked)
        ends_on_term()
        pages.server.run()


def _watched(svc: Services, settings: Settings, looked: Callable[[], float]) -> Any:
    from connector.web.metrics import watch_app  # noqa: PLC0415

    server = _bound(watch_app(svc, looked), settings.host, settings.metrics_port, 2, "LEADTIER_METRICS_PORT")
    err.print(f"Metrics: http://{server.effective_host}:{server.effective_port}/metrics", markup=False)
    return server


def _pages(svc: Services, settings: Settings, host: str | None, port: int | None) -> Pages:
    pages = listen(svc, host or settings.host, settings.port if port is None else port, settings.threads)
    here = f"http://{pages.server.effective_host}:{pages.server.effective_port}"
    err.print(f"Overview: {here}/", markup=False)
    if token := joining.set_up_link(svc):
        base = here if pages.server.effective_host in LOOPBACK else svc.public_url or here
        err.print(f"Set up: {base}/setup/{token}", markup=False, soft_wrap=True)
        err.print("Open it within 24 hours: it makes the first owner, once.", markup=False)
    return pages


def listen(svc: Services, host: str, port: int, threads: int) -> Pages:
    """The web server, bound and not running yet. Raises `Refused` when the address cannot be had."""
    from connector.web.app import LOOPBACK as OWN_NAMES  # noqa: PLC0415
    from connector.web.app import create_app  # noqa: PLC0415

    app = create_app(svc, hosts=OWN_NAMES if host in LOOPBACK else ())
    return Pages(_bound(app, host, port, threads, "--port or LEADTIER_PORT; 0 takes a free one"), app)


def _bound(app: Any, host: str, port: int, threads: int, setting: str) -> Any:
    from waitress.server import create_server  # noqa: PLC0415 - only these commands need a web server

    # It would write a line for each request that waits for a thread, just when there is the least time for it.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        return create_server(
            app,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            max_request_body_size=LARGEST_BODY,
            connection_limit=CONNECTIONS,
            channel_timeout=SILENCE,
            cleanup_interval=SILENCE // 3,
            asyncore_use_poll=True,  # select() knows no more than 1,024 files
        )
    except (OSError, ValueError) as error:
        raise Refused(
            f"Port {port} cannot be had on {host} ({getattr(error, 'strerror', None) or error}). "
            f"Give another with {setting}."
        ) from error


def ends_on_term() -> None:
    """SIGTERM ends this command from here on, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _stop)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Ends the server as Ctrl-C does: by itself it would ignore the signal as the first process of a container."""
    raise SystemExit(0)


@click.command()
def key() -> None:
    """Print a fresh key for LEADTIER_SECRET_KEY, which seals the CRM credentials in the database."""
    click.echo(new_key())
