"""Vaults for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from adapters.oauth import Alone


class Told(Alone):
    """Tells somebody what is kept, before it is used."""

    def __init__(self, credentials: Mapping[str, str], tell: Callable[[Mapping[str, str]], None]) -> None:
        super().__init__(credentials)
        self._tell = tell

    def keep(self, fresh: Mapping[str, str]) -> None:
        self._tell(dict(fresh))
        super().keep(fresh)


class Shared(Alone):
    """One vault that several processes use, here several adapters."""

    def __init__(self, credentials: Mapping[str, str]) -> None:
        super().__init__(credentials)
        self._lock = threading.Lock()

    @contextmanager
    def renewing(self) -> Iterator[Mapping[str, str]]:
        with self._lock, super().renewing() as kept:
            yield kept
