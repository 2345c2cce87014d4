"""`leadtier fields`: the score fields as a file, for an admin who creates them himself."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click

import mappings
from connector.cli.app import out, spoken
from connector.core.vocabulary import Vocabulary
from connector.flows.connect import mapping_of, package_fields
from connector.flows.services import Refused, crm_of
from connector.services import installed_crms


@click.command()
@click.argument("kind", metavar="CRM")
@click.option(
    "--export", "path", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Where the file goes."
)
@click.option("--mapping", "mapping_file", type=click.File(encoding="utf-8"), help="Your own field mapping file.")
@spoken
def fields(kind: str, path: Path, mapping_file: IO[str] | None) -> None:
    """Write the score fields as a package for the CRM's own tools, for accounts where Leadtier may not create them.

    No account is needed, and no database.
    """
    words = Vocabulary.parse(mappings.load_vocabulary())
    crm = crm_of(installed_crms(), kind)
    package = package_fields(crm, mapping_of(words, kind, mapping_file.read() if mapping_file else ""))
    try:
        path.write_bytes(package.content)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}.") from error
    out.print(f"{path} ({len(package.content):,} bytes). {package.how_to}", markup=False, soft_wrap=True)
