"""`leadtier demo`: the whole story on a fresh machine, against the CRM that ships with us."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from adapters.sandbox.server import answering
from connector.cli import demo_live
from connector.cli.app import err, house, out, print_json, spoken
from connector.cli.compare import compare, tell
from connector.cli.demo_crms import HubSpotSide, SalesforceSide, Side
from connector.cli.serve import Pages, ends_on_term, listen
from connector.cli.sync import chosen, run_syncs, show
from connector.flows import people
from connector.flows.actors import Role
from connector.flows.connect import connect
from connector.flows.progress import Summary
from connector.flows.services import Refused, Services
from connector.settings import Settings

HOST = "127.0.0.1"
FOLDER = Path(".leadtier")
OWNER = "owner@demo.example"


@click.command()
@click.option("--once", is_flag=True, help="End when the book is scored; the last line is one JSON object.")
@click.option(
    "--leads", default=2000, show_default=True, type=click.IntRange(min=1), help="Leads in the sandbox's book."
)
@click.option("--seed", default=1, show_default=True, help="Which book: the same seed gives the same people.")
@click.option(
    "--port", default=8700, show_default=True, type=click.IntRange(0, 65535), help="Of the overview; 0: a free one."
)
@spoken
def demo(once: bool, leads: int, seed: int, port: int) -> None:
    """Score a sandbox CRM's whole book, twice, and stay live: start the CRM, connect its HubSpot and its Salesforce
    side, create the fields, sync both, compare the scores lead by lead, take webhooks, show, keep serving.

    Everything lives in the folder .leadtier here and is made anew each time; your own leadtier.db is not touched.
    """
    _fresh(FOLDER)
    port = _free_port() if once or not port else port
    os.environ["LEADTIER_DATABASE_URL"] = f"sqlite:///{FOLDER / 'demo.db'}"
    # Set before connecting, so that the links to flag a score stand in the records from the first sync on.
    os.environ["LEADTIER_PUBLIC_URL"] = f"http://{HOST}:{port}"
    as_of = datetime.now(UTC).replace(microsecond=0)
    with house() as (svc, settings), _sandbox(leads, seed, as_of) as crm:
        pages = listen(svc, HOST, port, settings.threads)
        err.print(f"Sandbox CRM: {crm['hubspot_url']} ({leads:,} leads, seed {seed})", markup=False)
        sides: dict[str, Side] = {"hubspot": HubSpotSide(crm), "salesforce": SalesforceSide(crm)}
        summaries = _score(svc, settings, crm, sides)
        seconds: demo_live.Seconds = {}
        if _all_done(summaries):
            tell(compare(svc, leads, seed, as_of))
            with _live(svc, settings, pages, sides):
                seconds = demo_live.show(svc, sides)
                if not once:
                    _stay(crm, summaries, _way_in(svc, port))
    print_json({done.connection: {**done.document(), **seconds.get(done.connection, {})} for done in summaries})
    if not _all_done(summaries) or demo_live.missed(seconds):
        sys.exit(1)


def _all_done(summaries: list[Summary]) -> bool:
    return all(done.run.state == "done" for done in summaries)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


def _fresh(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for old in folder.glob("demo.*"):
        old.unlink()


@contextmanager
def _sandbox(leads: int, seed: int, as_of: datetime) -> Iterator[dict[str, Any]]:
    """The sandbox CRM as a process of its own, as a real CRM would be; its first line says where it is."""
    words = ["sandbox", "--port", "0", "--leads", str(leads), "--seed", str(seed), "--as-of", as_of.isoformat()]
    crm = subprocess.Popen([sys.executable, "-m", "connector", *words], stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        first = crm.stdout.readline() if crm.stdout else ""
        if not first:
            raise Refused("The sandbox CRM did not start; its own words are above.")
        yield json.loads(first)
    finally:
        crm.terminate()
        crm.wait(timeout=10)


def _score(svc: Services, settings: Settings, crm: Mapping[str, Any], sides: Mapping[str, Side]) -> list[Summary]:
    keys = {"hubspot": crm["hubspot_token"], "salesforce": crm["salesforce_session"]}
    for kind, token in keys.items():
        connected = connect(svc, kind, {"token": token}, crm[f"{kind}_url"], kind)
        created = ", ".join(field.name for field in connected.fields)
        said = f"Connected {kind} account {connected.account.id}; score fields: {created}"
        err.print(said, markup=False, soft_wrap=True)
        sides[kind].prepare()
    summaries = run_syncs(svc, settings, chosen(svc, None))
    for done in summaries:
        show(done)
    return summaries


@contextmanager
def _live(svc: Services, settings: Settings, pages: Pages, sides: Mapping[str, Side]) -> Iterator[None]:
    """Pages and webhooks are served, and what they bring is worked on, until the end of the block."""
    from connector import jobs  # noqa: PLC0415 - the engine costs half a second that other commands need not pay
    from connector.web.health import watch_worker  # noqa: PLC0415

    with answering(pages.server), jobs.worker(svc, settings, lasting=True) as worker:
        watch_worker(pages.app, worker.looked)
        demo_live.listen(svc, sides)
        yield


def _way_in(svc: Services, port: int) -> str:
    """A one-time link that opens the overview, signed in as the demo's owner."""
    people.let_in(svc, OWNER, "Demo Owner", Role.OWNER)
    return f"http://{HOST}:{port}/sign-in/link/{people.link_in(svc, 'demo', OWNER)}"


def _stay(crm: Mapping[str, Any], summaries: list[Summary], overview: str) -> None:
    """Says where everything is, and waits to be stopped."""
    best = {done.connection: crm_id for done in summaries for crm_id, _ in done.examples[:1]}
    hubspot = f"{crm['hubspot_url']}/contacts/{crm['portal_id']}/record/0-1/{best.get('hubspot', '')}"
    salesforce = f"{crm['salesforce_url']}/{best.get('salesforce', '')}"
    out.print("\n[bold]Look at[/]")
    out.print(f"  a lead as the rep sees it in HubSpot:    {hubspot}", markup=False, soft_wrap=True)
    out.print(f"  a lead as the rep sees it in Salesforce: {salesforce}", markup=False, soft_wrap=True)
    out.print(f"  the connector's overview, signed in:     {overview}", markup=False, soft_wrap=True)
    out.print(
        "The overview's link signs you in as the owner, once; after that the same browser just opens it.",
        soft_wrap=True,
    )
    out.print("Flag a score on a record's page and load it again some seconds later. Stop with Ctrl-C.", soft_wrap=True)
    ends_on_term()
    threading.Event().wait()
