"""`leadtier serve`: the overview, and a worker that finishes what was begun. `leadtier key`: a key for sealing."""

from __future__ import annotations

import click

from connector.cli.app import err, house, spoken
from connector.store.sealing import new_key


@click.command()
@click.option("--host", help="Address to listen on (default LEADTIER_HOST or 127.0.0.1; there is no sign-in yet).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port (default LEADTIER_PORT or 8700).")
@spoken
def serve(host: str | None, port: int | None) -> None:
    """Serve the overview and work on runs that are open, until stopped."""
    from waitress.server import create_server  # noqa: PLC0415 - only this command needs a web server

    from connector import jobs  # noqa: PLC0415
    from connector.web.app import LOOPBACK, create_app  # noqa: PLC0415

    with house() as (svc, settings), jobs.worker(svc, settings):
        server = create_server(
            create_app(svc, hosts=LOOPBACK if (host or settings.host) in LOOPBACK else ()),
            host=host or settings.host,
            port=settings.port if port is None else port,
            threads=settings.threads,
            ident=None,
        )
        err.print(f"Overview: http://{server.effective_host}:{server.effective_port}/", markup=False)
        server.run()


@click.command()
def key() -> None:
    """Print a fresh key for LEADTIER_SECRET_KEY, which seals the CRM credentials in the database."""
    click.echo(new_key())
