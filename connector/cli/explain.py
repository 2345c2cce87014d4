"""`leadtier explain`: why a lead has its score."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click
from rich.markup import escape
from rich.table import Table

from connector.cli.app import Moment, house, local, out, print_json, spoken
from connector.core.types import Met, ScoreCard
from connector.flows.explain import Explained, explain_all
from connector.flows.explain import explain as explain_lead
from connector.flows.services import Refused


@click.command()
@click.argument("lead", required=False)
@click.option("--all", "everyone", is_flag=True, help="Every lead, one after another.")
@click.option("--limit", type=click.IntRange(min=1), help="With --all: at most so many.")
@click.option("--as-of", type=Moment(), help="The card as it is at another time, instead of the last one made.")
@click.option("--json", "as_json", is_flag=True, help="One JSON card a line.")
@spoken
def explain(lead: str | None, everyone: bool, limit: int | None, as_of: datetime | None, as_json: bool) -> None:
    """Show every line of a lead's score, adding up. LEAD is its id in the CRM, the address of its page, or #number.

    \b
    leadtier explain 51203
    leadtier explain 51203 --as-of 2026-12-24
    leadtier explain --all --limit 20 --json
    """
    if bool(lead) == everyone:
        raise Refused("Name one lead, or say --all.")
    with house() as (svc, _):
        if everyone:
            for connection, crm_id, card in explain_all(svc, limit, as_of):
                _print_one(connection, crm_id, card, as_json, svc.zone)
            return
        found = explain_lead(svc, str(lead), as_of)
        if as_json:
            print_json(_found(found))
        else:
            _show(found, svc.zone)


def _print_one(connection: str, crm_id: str, card: ScoreCard, as_json: bool, zone: ZoneInfo) -> None:
    if as_json:
        print_json(document(connection, crm_id, card))
    else:
        out.print(table(connection, crm_id, card, zone))


def document(connection: str, crm_id: str, card: ScoreCard) -> dict[str, object]:
    """A card as a program reads it. The points of `lines` add up to `score`."""
    return {
        "connection": connection,
        "lead": crm_id,
        "score": card.score,
        "stage": card.stage,
        "tier": card.tier,
        "lines": [{"id": line.id, "text": line.text, "points": line.points, "met": line.met} for line in card.lines],
        "reasons": list(card.reasons),
        "notes": list(card.notes),
        "product_line": card.product_line,
        "model_version": card.model_version,
        "as_of": datetime.fromtimestamp(card.as_of, ZoneInfo("UTC")).isoformat(),
    }


def table(connection: str, crm_id: str, card: ScoreCard, zone: ZoneInfo) -> Table:
    """A card for people: each line, its points, and the running total that ends at the score."""
    title = f"{connection} {crm_id}: {card.score} points, {card.tier}, stage {card.stage}"
    caption = f"as of {local(card.as_of, zone)}, model {card.model_version}"
    shown = Table("Line", "Points", "Total", title=escape(title), caption=escape("\n".join((*card.notes, caption))))
    shown.columns[1].justify = shown.columns[2].justify = "right"
    total = 0
    for line in card.lines:
        if line.met is Met.NO and not line.points:
            continue
        total += line.points
        points = "?" if line.met is Met.UNKNOWN else f"{line.points:+d}"
        shown.add_row(escape(line.text), points, str(total))
    shown.add_section()
    shown.add_row("[bold]Score[/]", "", f"[bold]{card.score}[/]")
    return shown


GONE = "This record is no longer in the CRM, or became another; it is not scored any more."


def _found(found: Explained) -> dict[str, object]:
    """One lead as a program reads it; one that is gone says so, and may have no card."""
    gone: dict[str, object] = {"gone": True} if found.gone else {}
    if found.card is None:
        return {"connection": found.connection, "lead": found.crm_id} | gone
    return document(found.connection, found.crm_id, found.card) | gone


def _show(found: Explained, zone: ZoneInfo) -> None:
    if found.gone:
        kept = " Its last card:" if found.card else " What is known of its scores:" if found.history else ""
        out.print(f"{found.connection} {found.crm_id}: {GONE}{kept}", style="yellow", markup=False, soft_wrap=True)
    if found.card:
        out.print(table(found.connection, found.crm_id, found.card, zone))
        for number, reason in enumerate(found.card.reasons, 1):
            out.print(f"{number}. {reason}", markup=False)
    for change in found.history[:5]:
        was = "first score" if change.score_before is None else f"{change.score_before} →"
        out.print(
            f"{local(change.at, zone)}: {was} {change.score} ({change.tier}) {change.moved}", style="dim", markup=False
        )
    if found.record_url and not found.gone:
        out.print(found.record_url.format(id=found.crm_id), style="blue", markup=False)
