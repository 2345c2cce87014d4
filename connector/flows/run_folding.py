"""Folding: syncs that found nothing stand on a list as one line, so that those that did something are seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from connector.flows.today import LIVE
from connector.store.run_lists import ListedRun
from connector.store.runs import Run

FEW = 2
"""Up to so many quiet runs in a row are listed as they are."""

Fold = Sequence[ListedRun]
"""One run, or several of one kind in a row that found nothing, the newest first."""


def is_quiet(run: Run) -> bool:
    """Whether it ended well and there was nothing to do."""
    did = run.changed + run.scored + run.written + run.failed
    return run.state == "done" and run.kind != LIVE and not run.anew and not did and not run.message


def fold(found: Iterable[ListedRun]) -> Iterator[Fold]:
    """The runs in their order, quiet ones of one kind and connection together."""
    for (quiet, *_), some in groupby(found, key=_sort_of):
        runs = list(some)
        if quiet and len(runs) > FEW:
            yield runs
        else:
            yield from ([one] for one in runs)


def _sort_of(one: ListedRun) -> tuple[bool, str, int]:
    quiet = is_quiet(one.run)
    return (True, one.run.kind, one.run.scope.connection_id) if quiet else (False, "", one.run.id)
