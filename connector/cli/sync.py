"""`leadtier sync` and `leadtier rescore`: start the work, or join it, and show how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import click
from rich.markup import escape
from rich.table import Table

from connector.cli.app import Moment, err, house, out, print_json, refuse, spoken
from connector.cli.progress import watch
from connector.flows import rescore as rescoring
from connector.flows.progress import Summary, snapshot, summary
from connector.flows.services import Refused, Services
from connector.settings import Settings
from connector.store import connections as connection_rows
from connector.store.connections import Connection
from connector.store.database import Scope


@click.command()
@click.option("--connection", "name", help="Only this connection (its name).")
@click.option("--full", is_flag=True, help="Read everything again: finds what was archived in the CRM.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, per connection, as the last line.")
@spoken
def sync(name: str | None, full: bool, as_json: bool) -> None:
    """Read what is new in the CRM, score it, and write score, tier and reasons back.

    The first sync reads the whole book, later ones what changed. Killed at any moment it goes on where it stopped when
    started again.
    """
    with house() as (svc, settings):
        finish(run_syncs(svc, settings, chosen(svc, name), full=full), as_json)


@click.command()
@click.option("--as-of", type=Moment(), help="Score as of another time and show what would differ; writes nothing.")
@click.option("--rewrite", is_flag=True, help="Write every field again, as after somebody changed them in the CRM.")
@click.option("--connection", "name", help="Only this connection (its name).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, per connection, as the last line.")
@spoken
def rescore(as_of: datetime | None, rewrite: bool, name: str | None, as_json: bool) -> None:
    """Score every lead again and write what changed, without reading the CRM.

    With --as-of nothing is kept or written: it shows the tiers as they would be at that time, fields as they are today
    and activities up to then.
    """
    with house() as (svc, settings):
        connections = chosen(svc, name)
        if as_of is not None:
            _what_if(svc, connections, as_of, as_json)
        else:
            finish(run_rescores(svc, settings, connections, rewrite=rewrite), as_json)


def chosen(svc: Services, name: str | None) -> Sequence[Connection]:
    """The connections meant. Raises `Refused` when there is none."""
    with svc.store.read() as conn:
        found = connection_rows.connections_of(conn, svc.tenant.id)
    if not found:
        raise Refused("No CRM is connected. `leadtier connect` connects one; `leadtier crms` lists which there are.")
    named = [connection for connection in found if name in {None, connection.name}]
    if not named:
        raise Refused(f"No connection is called {name!r}; there are: {', '.join(c.name for c in found)}.")
    return named


def run_syncs(
    svc: Services, settings: Settings, connections: Sequence[Connection], *, full: bool = False
) -> list[Summary]:
    """Syncs these connections to their end, showing progress."""
    from connector import jobs  # noqa: PLC0415 - the engine costs half a second that other commands need not pay

    return _run(svc, settings, connections, partial(jobs.request_sync, full=full))


def run_rescores(
    svc: Services, settings: Settings, connections: Sequence[Connection], *, rewrite: bool = False
) -> list[Summary]:
    """Scores these connections' leads again to the end, showing progress."""
    from connector import jobs  # noqa: PLC0415

    return _run(svc, settings, connections, partial(jobs.request_rescore, rewrite=rewrite))


def _run(
    svc: Services,
    settings: Settings,
    connections: Sequence[Connection],
    start: Callable[[Services, Scope], int],
) -> list[Summary]:
    from connector import jobs  # noqa: PLC0415

    with jobs.worker(svc, settings) as works:
        runs = {connection.scope: start(svc, connection.scope) for connection in connections}
        works.hurry()
        watch(
            lambda: [snapshot(svc, scope, run_id) for scope, run_id in runs.items()],
            lambda: works.ended(runs),
        )
    return [summary(svc, scope, run_id) for scope, run_id in runs.items()]


def finish(summaries: Sequence[Summary], as_json: bool) -> None:
    """Prints how the runs ended; exit code 1 when one failed."""
    for done in summaries:
        if not as_json:
            show(done)
        elif done.run.state != "done":
            err.print(f"{done.connection}: {done.run.message}", style="red", markup=False)
    if as_json:
        print_json({done.connection: done.document() for done in summaries})
    elif refused := sum(done.run.failed for done in summaries):
        count = "1 record" if refused == 1 else f"{refused:,} records"
        out.print(f"\nThe CRM refused {count}; `leadtier doctor` says why and what to mend.", markup=False)
    if any(done.run.state != "done" for done in summaries):
        refuse("Not everything was done; `leadtier doctor` says what to mend. Nothing is lost.")


def show(done: Summary) -> None:
    """One summary for people: counts, tiers and some leads with their reasons."""
    facts = done.document()
    style = "green" if done.run.state == "done" else "red"
    out.print(f"\n[bold {style}]{escape(done.connection)}: {done.run.state}[/] in {facts['seconds']} s")
    if done.run.message:
        out.print(done.run.message, style=style, markup=False)
    archived = f" ({done.archived:,} are archived in the CRM)" if done.archived else ""
    out.print(
        f"{done.run.contacts:,} contacts{archived} and {done.run.activities:,} activities read, "
        f"{done.run.scored:,} scored, {done.run.written:,} written, {done.run.failed:,} refused, "
        f"{done.run.calls:,} calls",
        soft_wrap=True,
    )
    out.print("  ".join(f"[bold]{tier}[/] {number:,}" for tier, number in done.tiers.items()))
    table = Table("Lead", "Score", "Tier", "Reasons", show_lines=True)
    for crm_id, card in done.examples:
        table.add_row(crm_id, str(card.score), card.tier, escape("\n".join(card.reasons)) or "none")
    if done.examples:
        out.print(table)


def _what_if(svc: Services, connections: Sequence[Connection], as_of: datetime, as_json: bool) -> None:
    found = {connection.name: rescoring.what_if(svc, connection.scope, as_of) for connection in connections}
    if as_json:
        print_json(
            {
                name: {
                    "as_of": as_of.isoformat(),
                    "scored": what.leads,
                    "tiers": what.tiers,
                    "moves": {f"{was} -> {now}": number for (was, now), number in sorted(what.moves.items())},
                    "would_write": what.writes,
                }
                for name, what in found.items()
            }
        )
        return
    for name, what in found.items():
        out.print(
            f"[bold]{name}[/] as of {as_of:%d %b %Y %H:%M %Z}: {what.leads:,} leads, {what.writes:,} would be written"
        )
        out.print("  ".join(f"[bold]{tier}[/] {number:,}" for tier, number in what.tiers.items()))
        for (was, now), number in sorted(what.moves.items()):
            if was != now:
                out.print(f"  {number:,} from {was} to {now}")
