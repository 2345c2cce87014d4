"""`leadtier crms`: the kinds of CRM an adapter is installed for, what each supports and what it asks for."""

from __future__ import annotations

from collections.abc import Mapping

import click
from rich.table import Table

from adapters.contract import Capabilities, Crm
from connector.cli.app import out, print_json, spoken
from connector.services import installed_crms


@click.command()
@click.option("--markdown", is_flag=True, help="Print the tables of the README.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@spoken
def crms(markdown: bool, as_json: bool) -> None:
    """List the kinds of CRM, what each supports, and the settings that `leadtier connect` takes for it."""
    found = installed_crms()
    if as_json:
        print_json({kind: _document(crm) for kind, crm in found.items()})
    elif markdown:
        click.echo(capability_table(found) + "\n\n" + setting_table(found))
    else:
        out.print(_drawn(("", *(crm.capabilities.name for crm in found.values())), capability_rows(found)))
        out.print(_drawn(("CRM", "setting", "what it is"), setting_rows(found)))


def capability_rows(found: Mapping[str, Crm]) -> list[tuple[str, ...]]:
    """What each CRM supports: a title, then a cell per CRM."""
    cells = [_cells(crm) for crm in found.values()]
    return [(title, *(each[title] for each in cells)) for title in cells[0]] if cells else []


def setting_rows(found: Mapping[str, Crm]) -> list[tuple[str, ...]]:
    """What each CRM asks for: kind, setting, and what it is."""
    return [(kind, setting.name, setting.help) for kind, crm in found.items() for setting in crm.settings]


def capability_table(found: Mapping[str, Crm]) -> str:
    """`capability_rows` as Markdown."""
    return _markdown(("", *(crm.capabilities.name for crm in found.values())), capability_rows(found))


def setting_table(found: Mapping[str, Crm]) -> str:
    """`setting_rows` as Markdown."""
    rows: list[tuple[str, ...]] = [(kind, f"`{name}`", text) for kind, name, text in setting_rows(found)]
    return _markdown(("CRM", "Setting", "What it is"), rows)


def _cells(crm: Crm) -> dict[str, str]:
    able = crm.capabilities
    return {
        "Read as leads": ", ".join(able.records),
        "Ways to connect": ", ".join(able.grants),
        "Activities read": ", ".join(able.activity_types),
        "Deleted records found": _yes(able.sees_deletes),
        "Merges followed": _yes(able.sees_merges),
        "Past values of fields": _yes(able.history),
        "Score fields created": _yes(able.creates_fields),
        "Score fields as a file for an admin": _yes(crm.field_package is not None),
        "Webhooks understood": _yes(able.webhooks),
        "Writing": _writing(able),
    }


def _writing(able: Capabilities) -> str:
    calls = f"{able.writers} calls at once" if able.writers > 1 else "one call at a time"
    many = f"; from {able.backfill_from:,} rows on in bulk" if able.backfill_from else ""
    return f"{able.write_batch} rows a call, {calls}{many}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _document(crm: Crm) -> dict[str, object]:
    return {"supports": _cells(crm), "settings": {setting.name: setting.help for setting in crm.settings}}


def _drawn(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    table = Table(*titles, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*row)
    return table


def _markdown(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [titles, tuple("---" for _ in titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
