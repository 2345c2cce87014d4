"""`leadtier events import`: told events from a CSV file of any size."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from connector.cli.app import err, house, out, print_json, refuse, spoken
from connector.flows import told
from connector.flows.services import Refused, Services
from connector.flows.told import Rejected, Taken
from connector.flows.told_csv import Row, Sheet

SHOWN = 20
"""Rejected rows named one by one."""
SAY_SECONDS = 5.0


@click.group()
def events() -> None:
    """Events of leads that the CRM does not know: from a file, or by POST /api/v1/events."""


@events.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would become of each event; keep nothing.")
@click.option("--rejected", is_flag=True, help="Write the rejected rows to FILE.rejected.csv, each with what to mend.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line.")
@spoken
def import_events(file: Path, dry_run: bool, rejected: bool, as_json: bool) -> None:
    """Take the events of a CSV file, of any size.

    The first line names the columns: id, kind, at, and email or crm_id; connection and campaign if you like. Each event
    is taken once, by its id: the same file again, or one that was cut off, does no harm. A file of rejected rows can be
    mended and imported as it is.
    """
    with ExitStack() as stack:
        svc, _ = stack.enter_context(house())
        sheet = Sheet(stack.enter_context(file.open("rb")))
        kept = stack.enter_context(Aside(file, sheet.header)) if rejected else None
        done = _take_all(svc, sheet, file.stat().st_size, kept, dry_run=dry_run)
    _tell(done, kept, dry_run=dry_run, as_json=as_json)


@dataclass
class Done:
    """What became of the file."""

    taken: Taken = field(default_factory=Taken)
    rejected: int = 0
    first: list[Rejected] = field(default_factory=list)

    @property
    def events(self) -> int:
        """Rows that were looked at."""
        return self.taken.accepted + self.taken.duplicates + self.taken.waiting + self.rejected

    def add(self, taken: Taken, rejected: Sequence[Rejected]) -> None:
        """Counts a batch in."""
        self.taken.add(taken)
        self.rejected += len(rejected)
        self.first += rejected[: SHOWN - len(self.first)]


class Aside:
    """The file of rejected rows, readable by its owner only: it holds people's addresses."""

    def __init__(self, file: Path, header: Sequence[str]) -> None:
        self.path = file.with_name(f"{file.name}.rejected.csv")
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            raise Refused(f"{self.path} cannot be written: {error.strerror}.") from error
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
        self._own = [place for place, name in enumerate(header) if name not in ("line", "error", "mend")]
        self._rows = csv.writer(self._file)
        self._rows.writerow([*(header[place] for place in self._own), "line", "error", "mend"])

    def __enter__(self) -> Aside:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, row: Row, why: Rejected) -> None:
        """One row with its line and what is wrong; a line that could not be read leaves its cells empty."""
        cells = [row.cells[place] if place < len(row.cells) else "" for place in self._own]
        self._rows.writerow([*cells, why.place, why.error, why.mend])


def _take_all(svc: Services, sheet: Sheet, size: int, aside: Aside | None, *, dry_run: bool) -> Done:
    from connector.flows.telling import told_kinds  # noqa: PLC0415 - pydantic costs time that other commands need not pay
    from connector.flows.told_reading import read_events  # noqa: PLC0415

    take = told.look if dry_run else partial(told.take, hurry=False)
    done, kinds, rows = Done(), told_kinds(svc.vocabulary), sheet.rows()
    with _Bar(size) as bar:
        while batch := list(islice(rows, told.MOST)):
            good, bad = read_events([(row.line, row.document) for row in batch], kinds, svc.now())
            taken = take(svc, svc.tenant.id, good)
            bad = sorted((*bad, *taken.rejected), key=lambda each: each.place)
            done.add(taken, bad)
            if aside:
                by_line = {row.line: row for row in batch}
                for why in bad:
                    aside.add(by_line[why.place], why)
            bar.moved(sheet.bytes_read, done)
    return done


class _Bar:
    """A bar on a terminal, a line now and then elsewhere."""

    def __init__(self, size: int) -> None:
        columns = (TextColumn("events"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=err, disable=not err.is_terminal)
        self._task = self._bar.add_task("", total=size)
        self._said = time.monotonic()

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def moved(self, read: int, done: Done) -> None:
        """So many bytes of the file are done."""
        self._bar.update(self._task, completed=read)
        if not err.is_terminal and time.monotonic() - self._said > SAY_SECONDS:
            self._said = time.monotonic()
            err.print(f"{done.events:,} events so far, {done.rejected:,} rejected", markup=False)


def _tell(done: Done, aside: Aside | None, *, dry_run: bool, as_json: bool) -> None:
    taken = done.taken
    for why in done.first:
        err.print(f"line {why.place}: {why.error}. {why.mend}", markup=False, soft_wrap=True)
    if done.rejected > len(done.first):
        err.print(f"... and {done.rejected - len(done.first):,} more.", markup=False)
    if as_json:
        print_json({
            "events": done.events, "accepted": taken.accepted, "duplicates": taken.duplicates,
            "waiting": taken.waiting, "rejected": done.rejected, "dry_run": dry_run,
            "rejected_file": str(aside.path) if aside else None,
            "first_rejected": [{"line": one.place, "id": one.id, "error": one.error, "mend": one.mend}
                               for one in done.first],
        })  # fmt: skip
    else:
        out.print(_summary(done, dry_run=dry_run), markup=False, soft_wrap=True)
    if done.rejected:
        where = f"They stand in {aside.path}." if aside else "--rejected writes them to a file."
        refuse(f"{done.rejected:,} rejected: mend them and import again; what was taken is not taken twice. {where}")


def _summary(done: Done, *, dry_run: bool) -> str:
    taken = done.taken
    said = (
        f"{done.events:,} events: {taken.accepted:,} for leads we know, {taken.waiting:,} wait for their lead, "
        f"{taken.duplicates:,} were told before, {done.rejected:,} rejected."
    )
    return f"{said} Nothing was kept: this was a dry run." if dry_run else said
