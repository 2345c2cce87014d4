"""`leadtier flags`: what reps said of scores, and the answers they read on the record."""

from __future__ import annotations

from typing import Any

import click

from connector.cli.app import house, local, out, print_json, spoken
from connector.flows import flags as stories
from connector.flows.flags import KINDS
from connector.flows.services import Services
from connector.store.flag_lists import ListedFlag


@click.group(invoke_without_command=True)
@click.option("--answered", is_flag=True, help="List those that have an answer.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
@spoken
def flags(ctx: click.Context, answered: bool, limit: int, as_json: bool) -> None:
    """List what reps said of scores, the newest first.

    A rep chooses a value in the record's field "Score flag", or follows the link in "Score flag link".
    """
    if ctx.invoked_subcommand is not None:
        return
    with house() as (svc, _):
        found = stories.list_flags(svc, is_open=not answered, limit=limit)
        if as_json:
            print_json({"flags": [_document(one) for one in found]})
        else:
            _print(svc, found, answered=answered)


@flags.command()
@click.argument("flag_id", metavar="ID", type=int)
@click.option("--text", required=True, help="What the rep reads on the record.")
@click.option("--by", default="", help="Who answers.")
@click.option("--release", is_flag=True, help='Release the hold of a "do not contact".')
@spoken
def answer(flag_id: int, text: str, by: str, release: bool) -> None:
    """Answer a flag. The answer goes to the record; a later one takes its place."""
    with house() as (svc, _):
        stories.answer(svc, flag_id, text, by, release=release)
    out.print(
        f"Flag {flag_id} is answered. The record gets it within seconds while `leadtier run` works.", markup=False
    )


def _document(one: ListedFlag) -> dict[str, Any]:
    flag = one.flag
    shown = ("id", "kind", "note", "who", "at", "lead_id", "answer", "answered_by", "answered_at", "model_version")
    now = {"record": one.crm_id, "score_then": flag.score, "score_now": one.score, "on_hold_since": one.held_at}
    return {name: getattr(flag, name) for name in shown} | now


def _print(svc: Services, found: list[ListedFlag], *, answered: bool) -> None:
    if not found:
        out.print("No flag was answered yet." if answered else "No flag waits for an answer.")
    for one in found:
        flag = one.flag
        then = "none" if flag.score is None else flag.score
        head = f"{flag.id}  {KINDS.get(flag.kind, flag.kind)}  record {one.crm_id}  score then {then}, now {one.score}"
        out.print(head, markup=False, soft_wrap=True)
        said = f"{flag.who or 'somebody in the CRM'}, {local(flag.at, svc.zone)}"
        out.print(f"    {said}{f': {flag.note}' if flag.note else ''}", markup=False, soft_wrap=True)
        if flag.answered_at is not None:
            out.print(f"    {flag.answered_by or 'somebody'}: {flag.answer}", markup=False, soft_wrap=True)
    if found and not answered:
        out.print('Answer one: leadtier flags answer ID --text "…"', markup=False)
