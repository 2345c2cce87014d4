"""`leadtier doctor`: is it connected, is it allowed, is it true, and what to do if not."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.markup import escape

from connector.cli.app import house, out, print_json, spoken
from connector.flows.doctor import examine
from connector.flows.findings import Finding, State

_MARK = {State.OK: "[green]  ok[/]", State.WARN: "[yellow]look[/]", State.BAD: "[bold red]mend[/]"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
@spoken
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Look at everything: what is connected, scopes and fields missing, quota left, the last run, problems.

    Each problem says what to do. Exit code 1 when something must be mended.
    """
    with house() as (svc, _):
        found = examine(svc)
    if as_json:
        print_json({"healthy": all(f.state is not State.BAD for f in found), "findings": [asdict(f) for f in found]})
    else:
        for finding in found:
            _show(finding)
    ctx.exit(1 if any(finding.state is State.BAD for finding in found) else 0)


def _show(finding: Finding) -> None:
    out.print(
        _MARK[finding.state],
        f"[bold]{escape(finding.about)}[/], {escape(finding.what)}:",
        escape(finding.text),
        soft_wrap=True,
    )
    if finding.mend:
        out.print(f"       [dim]→[/] {escape(finding.mend)}", soft_wrap=True)
