"""Setting up the log in a test, and undoing it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def log_as_before() -> Iterator[None]:
    """Handlers and levels are afterwards what they were."""
    loggers = [logging.getLogger(), logging.getLogger("dbos")]
    before = [(list(one.handlers), one.level, one.propagate) for one in loggers]
    try:
        yield
    finally:
        for one, (handlers, level, propagate) in zip(loggers, before, strict=True):
            one.handlers[:], one.propagate = handlers, propagate
            one.setLevel(level)
