"""`leadtier connect`: a token becomes a connection, tested before it is saved."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, cast

import click
from rich.markup import escape

from adapters.contract import FieldOutcome, FieldState, Need, Setting
from connector.cli.app import house, out, print_json, spoken, told
from connector.flows.connect import Connected
from connector.flows.connect import connect as connect_account
from connector.flows.services import Refused


@click.command()
@click.argument("kind", metavar="CRM")
@click.option("--token", help="Access token of a private app or service key.")
@click.option(
    "--token-file",
    type=click.File(encoding="utf-8"),
    help="A file that holds the token, to keep it out of the shell's history.",
)
@click.option("--refresh-token", help="OAuth: the refresh token of the installation.")
@click.option("--client-id", help="OAuth: the app's client id.")
@click.option("--client-secret", help="OAuth: the app's client secret.")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="Any setting of this CRM; `leadtier crms`.")
@click.option(
    "--set-file", "files", multiple=True, metavar="NAME=FILE", help="The same, with the value in a file: for keys."
)
@click.option("--base-url", help="Another address of the CRM's API, for example that of `leadtier sandbox`.")
@click.option("--name", help="What the connection is called here; at first the CRM's kind.")
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
    """Connect a CRM account: test the credentials, create the score fields, match the field mapping, save.

    `leadtier crms` lists the kinds of CRM and what each asks for. Connecting the same account again renews the
    credentials, and the mapping where nobody edited it, and keeps everything else. Every setting can also come from the
    environment: LEADTIER_CRM_TOKEN for --token, and so on.

    \b
    leadtier connect hubspot --token pat-na1-…
    leadtier connect hubspot --token … --base-url http://127.0.0.1:8600
    leadtier connect salesforce --client-id … --client-secret … --set login_url=https://acme.my.salesforce.com
    """
    with house() as (svc, _):
        credentials = _credentials(kind, svc.crm(kind).settings, given)
        text = _content(mapping_file) if mapping_file else ""
        found = connect_account(svc, kind, credentials, base_url, name, text)
    if as_json:
        print_json(_document(found))
    else:
        _show(found)


FLAGS = ("token", "refresh_token", "client_id", "client_secret")


def _credentials(kind: str, settings: Sequence[Setting], given: Mapping[str, object]) -> dict[str, str]:
    """What was given, by name of setting; from the environment what was not. Which belong together the adapter says."""
    named = {name: str(given[name]) for name in FLAGS if given.get(name)}
    if (file := given.get("token_file")) is not None:
        named["token"] = _content(cast("IO[str]", file)).strip()
    named |= dict(map(_pair, cast("Sequence[str]", given["pairs"])))
    named |= {name: _file(path) for name, path in map(_pair, cast("Sequence[str]", given["files"]))}
    known = [setting.name for setting in settings]
    if unknown := sorted(set(named) - set(known)):
        raise Refused(f"{kind} has no setting {', '.join(unknown)}. It has: {', '.join(known)} (`leadtier crms`).")
    environment = {name: os.environ.get(f"LEADTIER_CRM_{name.upper()}", "") for name in known}
    credentials = {name: value for name, value in {**environment, **named}.items() if value}
    if not credentials:
        raise Refused(
            f"Say how to get in, as with --token: `leadtier crms` lists what {kind} asks for, the README how to get it."
        )
    return credentials


def _pair(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark:
        raise Refused(f"{text!r} names no value: write it as NAME=VALUE.")
    return name.strip().lower().replace("-", "_"), value.strip()


def _file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it does not hold plain text"
        raise Refused(f"{path} cannot be read: {reason}.") from error


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
        "renamed_from": found.renamed_from,
        "reads_again": found.reads_again,
        "missing_scopes": [p.scope for p in found.permissions if not p.granted],
        "problems": [told(problem) for problem in found.problems],
    }


def _show(found: Connected) -> None:
    out.print(f"[green]Connected[/] {found.name}: account {found.account.id}, time zone {found.account.time_zone}")
    if found.renamed_from:
        out.print(f"It is renamed from {found.renamed_from} to {found.name}.", markup=False)
    if found.reads_again:
        out.print(READS_AGAIN, style="yellow", soft_wrap=True)
    for missing in (p for p in found.permissions if not p.granted and p.need is Need.OPTIONAL):
        out.print(f"[yellow]Without[/] {escape(missing.scope)}: {escape(missing.why)}")
    _show_score_fields(found.fields)
    out.print(f"Fields matched: {len(found.mapped)}. Model: {found.model}")
    for problem in found.problems:
        out.print(told(problem), style="yellow", markup=False, soft_wrap=True)
    out.print("Next: [bold]leadtier sync[/]")


READS_AGAIN = (
    "Its settings are not what they were: the next sync reads everything again. Leads that the new settings leave out "
    "stay here as they were last read, and keep being scored."
)


def _show_score_fields(fields: Sequence[FieldOutcome]) -> None:
    """How many are there, and each different thing to be said about them once, with the names it is about."""
    counts = Counter(field.state for field in fields)
    there = counts[FieldState.EXISTS] + counts[FieldState.DIFFERS]
    failed = f", [bold red]{counts[FieldState.FAILED]} failed[/]" if counts[FieldState.FAILED] else ""
    out.print(f"Score fields: {counts[FieldState.CREATED]} created, {there} there already{failed}")
    named: dict[str, list[str]] = {}
    for field in fields:
        if field.message:
            named.setdefault(field.message, []).append(field.name)
    for message, names in named.items():
        out.print(f"[yellow]{escape(', '.join(names))}[/]: {escape(message)}", soft_wrap=True)
