"""`leadtier fields`: the score fields as a list or a file, for an admin who creates them himself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO

import click
from rich.markup import escape
from rich.table import Table

import mappings
from adapters.contract import FieldPackage, WantedField
from connector.cli.app import out, spoken
from connector.core.mapping import wanted_fields
from connector.core.vocabulary import Vocabulary
from connector.flows.mapping_source import mapping_of, package_fields
from connector.flows.services import Refused, crm_of
from connector.services import installed_crms


@click.command()
@click.argument("kind", metavar="CRM")
@click.option("--export", "path", type=click.Path(dir_okay=False, path_type=Path), help="Where the file goes.")
@click.option("--mapping", "mapping_file", type=click.File(encoding="utf-8"), help="Your own field mapping file.")
@spoken
def fields(kind: str, path: Path | None, mapping_file: IO[str] | None) -> None:
    """List the score fields that `leadtier connect` creates; with --export, write them as a package.

    The package is for the CRM's own tools, where Leadtier may not create fields. No account is needed, and no database.
    """
    words = Vocabulary.parse(mappings.load_vocabulary())
    crm = crm_of(installed_crms(), kind)
    mapping = mapping_of(words, kind, mapping_file.read() if mapping_file else "")
    if path is None:
        out.print(_listed(wanted_fields(mapping)))
        if crm.field_package is not None:
            out.print(f"`leadtier fields {kind} --export FILE` writes them as a package.", markup=False)
    else:
        _export(path, package_fields(crm, mapping))


def _listed(wanted: Sequence[WantedField]) -> Table:
    table = Table("Name", "Label", "Type", "What it is", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for field in wanted:
        table.add_row(*map(escape, (field.name, field.label, field.type.replace("_", " "), field.description)))
    return table


def _export(path: Path, package: FieldPackage) -> None:
    try:
        path.write_bytes(package.content)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}.") from error
    how_to = package.how_to.replace(package.filename, str(path))
    out.print(f"{path} ({len(package.content):,} bytes). {how_to}", markup=False, soft_wrap=True)
