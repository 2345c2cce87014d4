"""`leadtier people`: who may sign in, and the way back in for who cannot."""

from __future__ import annotations

import click
from rich.markup import escape
from rich.table import Table

from connector.cli.app import err, house, local, out, print_json, refuse, spoken
from connector.flows import people as stories
from connector.flows.actors import Role
from connector.flows.joining import Unfit
from connector.flows.services import Refused, Services
from connector.flows.sign_in import plain
from connector.settings import Settings
from connector.store.accounts import Member

BY = "cli"
"""Who did it, in the audit trail."""
_ROLE = click.Choice([role.value for role in reversed(Role)])


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
@spoken
def people(ctx: click.Context, as_json: bool) -> None:
    """List who may sign in, let somebody in, change a role.

    \b
    leadtier people                                  who is in, and as what
    leadtier people add ann@agency.com --role admin  an invitation link, to send yourself
    leadtier people link ann@agency.com              a one-time link that signs in: the way back in
    leadtier people role ann@agency.com viewer       another role
    leadtier people remove ann@agency.com            out, and signed out at once
    """
    if ctx.invoked_subcommand is not None:
        return
    with house() as (svc, _):
        found = stories.members(svc)
        if as_json:
            print_json(
                [{"email": one.email, "name": one.name, "role": one.role, "since": one.created_at} for one in found]
            )
            return
        table = Table("E-mail", "Name", "Role", "Since", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for one in found:
            table.add_row(escape(one.email), escape(one.name), one.role, local(one.created_at, svc.zone))
        out.print(table if found else "Nobody is in yet. `leadtier run` prints a link that makes the first owner.")


@people.command()
@click.argument("email")
@click.option(
    "--forget-password", is_flag=True, help="It was lost or got about: end it and every session; they set another."
)
@spoken
def link(email: str, *, forget_password: bool) -> None:
    """Print a link that signs this person in, once, within a day."""
    with house() as (svc, settings):
        if forget_password:
            stories.forget_password(svc, BY, email)
        click.echo(address(svc, settings, f"/sign-in/link/{stories.link_in(svc, BY, email)}"))
    err.print("It works once and ends in 24 hours. Send it only to that person.", markup=False)


@people.command()
@click.argument("email")
@click.option("--role", type=_ROLE, default=Role.ADMIN.value, show_default=True, help="What they may do.")
@spoken
def add(email: str, role: str) -> None:
    """Print a link by which this person comes in. Leadtier sends no mail: send it yourself."""
    with house() as (svc, settings):
        try:
            token = stories.invite(svc, BY, email, Role(role))
        except Unfit as unfit:
            refuse(str(unfit))
        click.echo(address(svc, settings, f"/invitation/{token}"))
    err.print("It works once and ends in 7 days.", markup=False)


@people.command()
@click.argument("email")
@click.argument("new_role", metavar="ROLE", type=_ROLE)
@spoken
def role(email: str, new_role: str) -> None:
    """Give a person another role."""
    with house() as (svc, _):
        stories.set_role(svc, BY, _member(svc, email).account_id, Role(new_role))
    out.print(f"{email} is {new_role} now.", markup=False)


@people.command()
@click.argument("email")
@spoken
def remove(email: str) -> None:
    """Take a person out; they are signed out at once."""
    with house() as (svc, _):
        stories.remove(svc, BY, _member(svc, email).account_id)
    out.print(f"{email} is out.", markup=False)


def _member(svc: Services, email: str) -> Member:
    found = next((one for one in stories.members(svc) if one.email == plain(email)), None)
    if found is None:
        raise Refused(f"Nobody with the address {email} is in {svc.tenant.name}. `leadtier people` lists who is.")
    return found


def address(svc: Services, settings: Settings, path: str) -> str:
    """Where a page of ours is, for who gets its link: under the public address where there is one."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{svc.public_url or f'http://{host}:{settings.port}'}{path}"
