"""What is being worked on right now, for the log: run, connection, tenant, worker. Numbers and names of ours only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_ABOUT: ContextVar[Mapping[str, int | str]] = ContextVar("leadtier_about", default={})  # noqa: B039 - never changed
NAMES = ("tenant", "connection", "run", "worker")


@contextmanager
def about(**what: int | str) -> Iterator[None]:
    """What the log lines written inside are about, added to what is said around it: `run`, `connection`, ….

    A thread begins with nothing: what starts one says it again there. Raises `ValueError` for another name than NAMES,
    because whatever stands here is logged.
    """
    if not set(what) <= set(NAMES):
        raise ValueError(f"a log line is about {', '.join(NAMES)}, not {', '.join(sorted(set(what) - set(NAMES)))}")
    token = _ABOUT.set({**_ABOUT.get(), **what})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def current() -> Mapping[str, int | str]:
    """What is being worked on, in the order of NAMES."""
    what = _ABOUT.get()
    return {name: what[name] for name in NAMES if name in what}
