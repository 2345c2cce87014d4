"""`leadtier hooks`: where a CRM sends its webhooks, the secrets that prove them, and what was not kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

import click
from rich.markup import escape

from connector.cli.app import house, local, out, print_json, spoken
from connector.flows import hook_setup
from connector.flows.hook_setup import Listed
from connector.flows.services import Refused
from connector.store import hook_counts


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
@spoken
def hooks(ctx: click.Context, as_json: bool) -> None:
    """List the addresses for webhooks and what to set up in the CRM.

    Webhooks make a score follow a change within seconds; without them each sync finds the changes. The CRM must reach
    `leadtier run` from outside, under the address in LEADTIER_PUBLIC_URL.

    \b
    leadtier hooks add --app hubspot            a secret of an app that signs; asks for it
    leadtier hooks add --connection NAME        an address of one connection's own
    leadtier hooks counts                       what came and was not kept, and why
    """
    if ctx.invoked_subcommand is not None:
        return
    with house() as (svc, settings):
        found, zone = hook_setup.listed(svc, settings.public_url), svc.zone
    if as_json:
        print_json([_document(each) for each in found])
        return
    for each in found:
        out.print(f"[bold]{escape(each.about)}[/]: {escape(each.address)}", soft_wrap=True)
        for secret in each.secrets:
            out.print(f"  secret {secret.id}, added {local(secret.created_at, zone)}")
        if not each.secrets:
            out.print("  No secret is known yet, so nothing is let in. Add one: " + _adding(each))
        _show(each.steps)
    if not found:
        out.print("No connection takes webhooks. Connect a CRM first: [bold]leadtier connect[/]")


def _document(each: Listed) -> dict[str, object]:
    secrets = [{"id": secret.id, "created_at": secret.created_at} for secret in each.secrets]
    return {"kind": each.kind, "about": each.about, "address": each.address, "secrets": secrets, "steps": each.steps}


@hooks.command()
@click.option("--connection", "name", help="The connection that gets an address of its own.")
@click.option("--app", "kind", metavar="CRM", help="The kind of CRM whose app signs with this secret.")
@click.option("--secret-file", type=click.File(encoding="utf-8"), help="A file that holds the secret.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@spoken
def add(name: str | None, kind: str | None, secret_file: IO[str] | None, as_json: bool) -> None:
    """Add a secret: of an app for all of its accounts, or of one connection's own address.

    Several secrets may be valid at once: to replace one, add the new, change the CRM, then remove the old.
    """
    if bool(name) == bool(kind):
        raise Refused(
            "Say either --app CRM, where the CRM's app signs with one secret for all accounts, or --connection NAME, "
            "for an address of one connection's own. `leadtier hooks` says which fits."
        )
    with house() as (svc, settings):
        if kind:
            svc.crm(kind)
            added = hook_setup.Added(hook_setup.add_app_secret(svc, kind, _secret(secret_file)), "", ())
        else:
            secret = _secret(secret_file) if hook_setup.needs_secret(svc, str(name)) else ""
            added = hook_setup.add_own(svc, settings.public_url, str(name), secret)
    if as_json:
        print_json({"id": added.id, "address": added.address or None, "steps": added.steps})
        return
    out.print(f"[green]Added[/] secret {added.id}. It counts within five seconds, everywhere.")
    if added.address:
        out.print(f"The address, shown only now: [bold]{escape(added.address)}[/]", soft_wrap=True)
        _show(added.steps)
    else:
        out.print("Next: [bold]leadtier hooks[/] shows the address and what to set up in the CRM.")


@hooks.command()
@click.argument("secret", type=click.IntRange(1, 2**31 - 1), metavar="ID")
@spoken
def remove(secret: int) -> None:
    """Remove a secret; what was signed with it is refused from then on. `leadtier hooks` lists them."""
    with house() as (svc, _):
        hook_setup.remove(svc, secret)
    out.print(f"[green]Removed[/] secret {secret}. It counts no more within five seconds, everywhere.")


@hooks.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@spoken
def counts(as_json: bool) -> None:
    """Show what came to the doors and was not kept: refused, not understood, of no use."""
    with house() as (svc, _), svc.store.read() as conn:
        found, zone = hook_counts.counts_for(conn, svc.tenant.id), svc.zone
    if as_json:
        print_json([each._asdict() for each in found])
        return
    for each in found:
        where = f"{each.source}, {each.connection}" if each.connection else each.source
        out.print(f"[bold]{each.number:,}[/] {escape(each.reason)} ({escape(where)})", soft_wrap=True)
        out.print(f"    first {local(each.first_at, zone)}, last {local(each.last_at, zone)}. {escape(each.text)}")
    if not found:
        out.print("Nothing was refused.")


def _adding(each: Listed) -> str:
    which = f"--connection {each.connection}" if each.connection else f"--app {each.kind}"
    return f"[bold]leadtier hooks add {escape(which)}[/]"


def _secret(file: IO[str] | None) -> str:
    """From the file, or asked for; never from the command line, which other users of the machine can read."""
    if file is None:
        return str(click.prompt("Secret with which the CRM's app signs", hide_input=True, err=True)).strip()
    try:
        return file.read(10_000).strip()
    except UnicodeDecodeError as error:
        raise Refused(
            f"{file.name} does not hold plain text. Save it as UTF-8: the secret and nothing else."
        ) from error


def _show(steps: Sequence[str]) -> None:
    number = 0
    for step in steps:
        if step.startswith("    "):
            out.print(step, markup=False, soft_wrap=True)
        else:
            number += 1
            out.print(f"  {number}. {step}", markup=False, soft_wrap=True)
