"""`leadtier connect`: a token becomes a connection, tested before it is saved."""

from __future__ import annotations

from typing import IO, cast

import click
from rich.markup import escape

from adapters.contract import FieldState, Need
from connector.cli.app import house, out, print_json, spoken, told
from connector.flows.connect import Connected
from connector.flows.connect import connect as connect_account
from connector.flows.services import Refused


@click.command()
@click.argument("kind", metavar="CRM")
@click.option("--token", envvar="LEADTIER_CRM_TOKEN", help="Access token of a private app or service key.")
@click.option(
    "--token-file",
    type=click.File(encoding="utf-8"),
    help="A file that holds the token, to keep it out of the shell's history.",
)
@click.option(
    "--refresh-token", envvar="LEADTIER_CRM_REFRESH_TOKEN", help="OAuth: the refresh token of the installation."
)
@click.option("--client-id", envvar="LEADTIER_CRM_CLIENT_ID", help="OAuth: the app's client id.")
@click.option("--client-secret", envvar="LEADTIER_CRM_CLIENT_SECRET", help="OAuth: the app's client secret.")
@click.option("--base-url", help="Another address of the CRM's API, for example that of `leadtier sandbox`.")
@click.option("--name", help="What the connection is called here; the CRM's name unless said.")
@click.option("--mapping", "mapping_file", type=click.File(encoding="utf-8"), help="Your own field mapping file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@spoken
def connect(
    kind: str,
    base_url: str | None,
    name: str | None,
    mapping_file: IO[str] | None,
    as_json: bool,
    **given: object,
) -> None:
    """Connect a CRM account: test the token, create the score fields, match the field mapping, save.

    CRM is hubspot. Connecting the same account again renews token and mapping and keeps everything else.

    \b
    leadtier connect hubspot --token pat-na1-…
    leadtier connect hubspot --token … --base-url http://127.0.0.1:8600
    """
    credentials = _credentials(given)
    with house() as (svc, _):
        text = _content(mapping_file) if mapping_file else ""
        found = connect_account(svc, kind, credentials, base_url, name or kind, text)
    if as_json:
        print_json(_document(found))
    else:
        _show(found)


def _credentials(given: dict[str, object]) -> dict[str, str]:
    if (file := given.get("token_file")) is not None:
        return {"token": _content(cast("IO[str]", file)).strip()}
    if given.get("token"):
        return {"token": str(given["token"])}
    oauth = {key: str(given[key]) for key in ("client_id", "client_secret", "refresh_token") if given.get(key)}
    if len(oauth) == 3:
        return oauth
    raise Refused(
        "Give --token (of a private app or a service key), or --client-id, --client-secret and --refresh-token. "
        "The README says how to get one."
    )


def _content(file: IO[str]) -> str:
    try:
        return file.read()
    except UnicodeDecodeError as error:
        raise Refused(f"{file.name} does not hold plain text. Save it as UTF-8: the token, or the mapping.") from error


def _document(found: Connected) -> dict[str, object]:
    return {
        "connection": found.name,
        "account": found.account.id,
        "time_zone": found.account.time_zone,
        "model": found.model,
        "fields": {field.name: field.state for field in found.fields},
        "mapped": found.mapped,
        "missing_scopes": [p.scope for p in found.permissions if not p.granted],
        "problems": [told(problem) for problem in found.problems],
    }


def _show(found: Connected) -> None:
    out.print(f"[green]Connected[/] {found.name}: account {found.account.id}, time zone {found.account.time_zone}")
    for missing in (p for p in found.permissions if not p.granted and p.need is Need.OPTIONAL):
        out.print(f"[yellow]Without[/] {escape(missing.scope)}: {escape(missing.why)}")
    made = [field.name for field in found.fields if field.state is FieldState.CREATED]
    out.print(f"Score fields: {len(made)} created, {len(found.fields) - len(made)} there already")
    for field in found.fields:
        if field.message:
            out.print(f"[yellow]{escape(field.name)}[/]: {escape(field.message)}")
    out.print(f"Fields matched: {len(found.mapped)}. Model: {found.model}")
    for problem in found.problems:
        out.print(told(problem), style="yellow", markup=False, soft_wrap=True)
    out.print("Next: [bold]leadtier sync[/]")
