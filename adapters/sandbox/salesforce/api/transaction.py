"""Several writes as one: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters.sandbox.salesforce.hub import hub


class _Undo(Exception):
    """Leaves the transaction without keeping what it wrote."""


@contextmanager
def all_or_nothing(*, wanted: bool) -> Iterator[Callable[[], None]]:
    """One transaction around a block when `wanted`; calling what it yields undoes at the block's end what was written.

    The data layer's own transactions inside become part of this one.
    """
    undone = False

    def undo() -> None:
        nonlocal undone
        undone = True

    if not wanted:
        yield undo
        return
    try:
        with hub().org.writing():
            yield undo
            if undone:
                raise _Undo
    except _Undo:
        return
