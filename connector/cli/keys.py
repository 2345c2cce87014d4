"""`leadtier keys`: the keys by which other systems may tell events."""

from __future__ import annotations

import click
from rich.markup import escape
from rich.table import Table

from connector.cli.app import err, house, local, out, print_json, spoken
from connector.flows import api_keys


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
@spoken
def keys(ctx: click.Context, as_json: bool) -> None:
    """List the keys of the ingest API, make one, revoke one.

    \b
    leadtier keys                  which there are, and when each was last used
    leadtier keys add website      make one; it is printed once
    leadtier keys revoke website   from the next request on it works no more
    """
    if ctx.invoked_subcommand is not None:
        return
    with house() as (svc, _):
        found = api_keys.list_keys(svc)
        if as_json:
            print_json([{"name": key.name, "created_at": key.created_at, "used_at": key.used_at,
                         "revoked_at": key.revoked_at} for key in found])  # fmt: skip
            return
        table = Table("Name", "Made", "Last used", "Revoked", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for key in found:
            times = (key.created_at, key.used_at, key.revoked_at)
            table.add_row(escape(key.name), *("" if at is None else local(at, svc.zone) for at in times))
        out.print(table if found else "There is no key. `leadtier keys add NAME` makes one.")


@keys.command()
@click.argument("name")
@spoken
def add(name: str) -> None:
    """Make a key and print it; it is kept as a digest only and cannot be shown again."""
    with house() as (svc, _):
        click.echo(api_keys.make_key(svc, name))
    err.print("Keep it now: it is not shown again. Send it as: Authorization: Bearer lt_...", markup=False)


@keys.command()
@click.argument("name")
@spoken
def revoke(name: str) -> None:
    """End a key: the next request with it is refused."""
    with house() as (svc, _):
        api_keys.revoke_key(svc, name)
    out.print(f"{name} works no more.", markup=False)
