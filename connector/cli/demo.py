"""`leadtier demo`: the whole story on a fresh machine, against the CRM that ships with us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from connector.cli.app import err, house, out, print_json, spoken
from connector.cli.sync import chosen, run_syncs, show
from connector.flows.connect import connect
from connector.flows.progress import Summary
from connector.flows.services import Refused

FOLDER = Path(".leadtier")


@click.command()
@click.option("--once", is_flag=True, help="End when the book is scored; the last line is one JSON object.")
@click.option(
    "--leads", default=2000, show_default=True, type=click.IntRange(min=1), help="Leads in the sandbox's book."
)
@click.option("--seed", default=1, show_default=True, help="Which book: the same seed gives the same people.")
@click.option("--port", default=8700, show_default=True, help="Port of the overview; 0 takes a free one.")
@spoken
def demo(once: bool, leads: int, seed: int, port: int) -> None:
    """Score a sandbox CRM's whole book: start the CRM, connect, create fields, sync, show, keep serving.

    Everything lives in the folder .leadtier here and is made anew each time; your own leadtier.db is not touched.
    """
    _fresh(FOLDER)
    os.environ["LEADTIER_DATABASE_URL"] = f"sqlite:///{FOLDER / 'demo.db'}"
    with _sandbox(leads, seed) as crm:
        err.print(f"Sandbox CRM: {crm['hubspot_url']} ({leads:,} leads, seed {seed})", markup=False)
        summaries = _score(crm)
        for done in summaries:
            show(done)
        if not once:
            _serve(crm, summaries, port)
    print_json({done.connection: done.document() for done in summaries})
    if any(done.run.state != "done" for done in summaries):
        sys.exit(1)


def _fresh(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for old in folder.glob("demo.*"):
        old.unlink()


@contextmanager
def _sandbox(leads: int, seed: int) -> Iterator[dict[str, Any]]:
    """The sandbox CRM as a process of its own, as a real CRM would be; its first line says where it is."""
    words = ["sandbox", "--port", "0", "--leads", str(leads), "--seed", str(seed)]
    crm = subprocess.Popen([sys.executable, "-m", "connector", *words], stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        first = crm.stdout.readline() if crm.stdout else ""
        if not first:
            raise Refused("The sandbox CRM did not start; its own words are above.")
        yield json.loads(first)
    finally:
        crm.terminate()
        crm.wait(timeout=10)


def _score(crm: dict[str, Any]) -> list[Summary]:
    with house() as (svc, settings):
        connected = connect(svc, "hubspot", {"token": crm["hubspot_token"]}, crm["hubspot_url"], "hubspot")
        created = ", ".join(field.name for field in connected.fields)
        err.print(f"Connected to account {connected.account.id}; score fields: {created}", markup=False)
        return run_syncs(svc, settings, chosen(svc, None))


def _serve(crm: dict[str, Any], summaries: list[Summary], port: int) -> None:
    from connector.cli.serve import serve  # noqa: PLC0415 - it brings the web server

    best = next((crm_id for done in summaries for crm_id, _ in done.examples), "")
    record = f"{crm['hubspot_url']}/contacts/{crm['portal_id']}/record/0-1/{best}"
    out.print("\n[bold]Look at[/]")
    out.print(f"  a lead as the rep sees it, in the sandbox CRM: {record}", markup=False)
    out.print(f"  the connector's overview:                      http://127.0.0.1:{port}/", markup=False)
    out.print("Stop with Ctrl-C.")
    click.get_current_context().invoke(serve, host="127.0.0.1", port=port)
