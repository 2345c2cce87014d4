"""`leadtier cadence` and `leadtier missing`: how often a CRM is read by itself, and what a nightly reading asks."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import Any, Literal

import click
from rich.markup import escape

from connector.cli.app import house, out, print_json, spoken
from connector.cli.sync import chosen
from connector.flows import missing as questions
from connector.flows.pace import every_text, pace, set_every
from connector.flows.services import Refused
from connector.store.connections import Connection

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Every(click.ParamType[int]):
    """A stretch of time on the command line: ``90s``, ``5m``, ``2h``, ``1d``, or ``off``; in seconds, off is 0."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The seconds meant. Fails with an example when it is none."""
        if isinstance(value, int):
            return value
        if value == "off":
            return 0
        number, unit = value[:-1], value[-1:]
        if not (number.isascii() and number.isdecimal() and len(number) < 7 and unit in SECONDS):
            self.fail(f"{value!r} is not a stretch of time; use for example 90s, 5m, 2h, 1d, or off", param, ctx)
        return int(number) * SECONDS[unit]


@click.command()
@click.option("--connection", "name", help="Only this connection (its name).")
@click.option("--every", type=Every(), help="Read what is new so often: 5m, 2h, 1d; off: only once a night.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, per connection, as the last line.")
@spoken
def cadence(name: str | None, every: int | None, as_json: bool) -> None:
    """Show how often each CRM is read by itself, when it is read next, and when the book was last compared.

    Webhooks and rep flags are worked on at once, whatever is set here. Every night, from two o'clock on, all contacts
    are read and compared, so that what no hint told of is found.
    """
    with house() as (svc, _):
        connections = chosen(svc, name)
        if every is not None:
            for connection in connections:
                set_every(svc, connection.scope, every)
        found = {connection.name: pace(svc, connection.scope) for connection in connections}
        if as_json:
            print_json({which: one.document() for which, one in found.items()})
        else:
            for which, one in found.items():
                out.print(f"[bold]{escape(which)}[/] is read {every_text(one.every)}. {one.text(svc)}", soft_wrap=True)


@click.command()
@click.argument("answer", type=click.Choice([questions.ACCEPT, questions.KEEP]), required=False)
@click.option("--connection", "name", help="Only this connection (its name).")
@spoken
def missing(answer: Literal["accept", "keep"] | None, name: str | None) -> None:
    """Show which leads a nightly reading missed in large number, and answer: `accept` retires them, `keep` does not.

    A lost permission looks exactly like a mass deletion; that is why we ask. Kept leads stay as they are until their
    number changes.
    """
    with house() as (svc, _):
        connections = chosen(svc, name)
        if answer is None:
            _show(connections)
            return
        if len(connections) > 1:
            raise Refused("There are several connections; name the one meant with --connection.")
        questions.answer(svc, connections[0].scope, answer, getpass.getuser())
    if answer == questions.ACCEPT:
        out.print("They are retired by the next reconciliation, which begins as soon as `leadtier run` is at work.")
    else:
        out.print("They stay as they are until their number changes.")


def _show(connections: Sequence[Connection]) -> None:
    asked = [(one, found) for one in connections if (found := questions.question(one)) is not None]
    for connection, found in asked:
        what_to_do = f"Answered: {found.answer}." if found.answer else found.mend(connection.name)
        out.print(f"{connection.name}: {found.text} {what_to_do}", markup=False, soft_wrap=True)
    if not asked:
        out.print("No leads are missing.")
