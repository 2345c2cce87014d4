"""`leadtier demo`: the whole story on a fresh machine, against the CRM that ships with us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import requests

from connector.cli.app import err, house, out, print_json, spoken
from connector.cli.compare import compare, tell
from connector.cli.serve import listen, run
from connector.cli.sync import chosen, run_syncs, show
from connector.flows.connect import connect
from connector.flows.progress import Summary
from connector.flows.services import Refused, Services
from connector.settings import Settings

FOLDER = Path(".leadtier")


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
    """Score a sandbox CRM's whole book, twice: start the CRM, connect its HubSpot and its Salesforce side, create the
    fields, sync both, compare the scores lead by lead, show, keep serving.

    Everything lives in the folder .leadtier here and is made anew each time; your own leadtier.db is not touched.
    """
    _fresh(FOLDER)
    os.environ["LEADTIER_DATABASE_URL"] = f"sqlite:///{FOLDER / 'demo.db'}"
    as_of = datetime.now(UTC).replace(microsecond=0)
    with house() as (svc, settings), _sandbox(leads, seed, as_of) as crm:
        server = None if once else listen(svc, "127.0.0.1", port, settings.threads)
        err.print(f"Sandbox CRM: {crm['hubspot_url']} ({leads:,} leads, seed {seed})", markup=False)
        summaries = _score(svc, settings, crm)
        for done in summaries:
            show(done)
        if all(done.run.state == "done" for done in summaries):
            tell(compare(svc, leads, seed, as_of))
        if server is not None:
            _addresses(crm, summaries, server.effective_port)
            run(server, svc, settings)
    print_json({done.connection: done.document() for done in summaries})
    if any(done.run.state != "done" for done in summaries):
        sys.exit(1)


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


def _score(svc: Services, settings: Settings, crm: dict[str, Any]) -> list[Summary]:
    keys = {"hubspot": crm["hubspot_token"], "salesforce": crm["salesforce_session"]}
    for kind, token in keys.items():
        connected = connect(svc, kind, {"token": token}, crm[f"{kind}_url"], kind)
        created = ", ".join(field.name for field in connected.fields)
        said = f"Connected {kind} account {connected.account.id}; score fields: {created}"
        err.print(said, markup=False, soft_wrap=True)
    _let_reps_flag(crm)
    return run_syncs(svc, settings, chosen(svc, None))


def _let_reps_flag(crm: dict[str, Any]) -> None:
    """What an admin does after connecting Salesforce: gives the reps the permission set that shows the score fields."""
    api = requests.Session()
    api.headers["Authorization"] = f"Bearer {crm['salesforce_session']}"
    root = f"{crm['salesforce_url']}/services/data/v{crm['salesforce_api_version']}"

    def ids(soql: str) -> list[str]:
        return [row["Id"] for row in api.get(f"{root}/query", params={"q": soql}, timeout=30).json()["records"]]

    (permission_set,) = ids("SELECT Id FROM PermissionSet WHERE Name = 'Leadtier_Reps'")
    reps = ids("SELECT Id FROM User WHERE IsActive = true AND Profile.Name = 'Standard User'")
    kind = {"type": "PermissionSetAssignment"}
    rows = [{"attributes": kind, "AssigneeId": rep, "PermissionSetId": permission_set} for rep in reps]
    api.post(f"{root}/composite/sobjects", json={"records": rows}, timeout=30).raise_for_status()


def _addresses(crm: dict[str, Any], summaries: list[Summary], port: int) -> None:
    best = {done.connection: crm_id for done in summaries for crm_id, _ in done.examples[:1]}
    hubspot = f"{crm['hubspot_url']}/contacts/{crm['portal_id']}/record/0-1/{best.get('hubspot', '')}"
    salesforce = f"{crm['salesforce_url']}/{best.get('salesforce', '')}"
    out.print("\n[bold]Look at[/]")
    out.print(f"  a lead as the rep sees it in HubSpot:    {hubspot}", markup=False, soft_wrap=True)
    out.print(f"  a lead as the rep sees it in Salesforce: {salesforce}", markup=False, soft_wrap=True)
    out.print(f"  the connector's overview:                http://127.0.0.1:{port}/", markup=False, soft_wrap=True)
    out.print("Stop with Ctrl-C.")
