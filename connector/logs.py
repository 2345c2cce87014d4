"""What operators read: log lines for people or for machines, about which run and connection, never about people.

Values reach a log by two ways that nobody writes on purpose, and both are shut here: libraries tell addresses with
their queries at level DEBUG, so that others than we speak only of trouble; and errors quote the value that they could
not bear, so that of errors that are not ours only the kind and the place are shown.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

from connector.flows import context

OURS = frozenset({"connector", "adapters", "mappings", "__main__"})
"""The packages whose lines and errors hold no values of leads: tests/test_logs.py holds them to it."""

_SPEAKS_FOR_ITSELF = "dbos"
"""A logger that writes to the terminal by itself unless somebody else's handler is there first."""

ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def set_up(level: str, form: str) -> None:
    """Log lines go to stderr from `level` on; `form` is ``text`` or ``json``. Done again, it replaces itself."""
    handler = _ToStderr()
    handler.setFormatter(_json() if form == "json" else _Text())
    handler.addFilter(_Quiet(logging.getLevelName(level)))
    for logger in (logging.getLogger(), logging.getLogger(_SPEAKS_FOR_ITSELF)):
        for old in [each for each in logger.handlers if isinstance(each, _ToStderr)]:
            logger.removeHandler(old)
        logger.addHandler(handler)
    logging.getLogger(_SPEAKS_FOR_ITSELF).propagate = False
    # It warns whenever one look for work takes longer than the second until the next.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger().setLevel(level)


def ours(name: str) -> bool:
    """Whether a logger or a module is of this house."""
    return name.partition(".")[0] in OURS


class _ToStderr(logging.StreamHandler[TextIO]):
    """Writes to what stderr is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class _Quiet(logging.Filter):
    """Lets our lines through from a level on, others' from WARNING on; all say what is being worked on."""

    def __init__(self, level: int) -> None:
        super().__init__()
        self._level = level

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in context.current().items():
            setattr(record, name, value)
        if isinstance(record.args, tuple):
            record.args = tuple(_safe(each) for each in record.args)
        return record.levelno >= (self._level if ours(record.name) else max(self._level, logging.WARNING))


class _Discreet(logging.Formatter):
    """Shows where an error came from, and its text only where that is ours."""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # what another handler made of the error is not taken over
        return super().format(record)

    def formatException(self, ei: ErrorInfo) -> str:  # noqa: N802 - logging's own name
        return "\n".join(_told(ei[1])) if ei[1] is not None else ""


class _Text(_Discreet):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        about = ", ".join(f"{name} {getattr(record, name)}" for name in context.NAMES if hasattr(record, name))
        return super().formatMessage(record) + (f" [{about}]" if about else "")


class _Json(_Discreet, JsonFormatter):
    """One object a line; what a line was given besides its text stands in it by name."""


def _json() -> _Json:
    names = {"levelname": "level", "name": "logger", "exc_info": "error"}
    return _Json(["levelname", "name", "message"], timestamp="time", rename_fields=names)


def _told(error: BaseException) -> Iterator[str]:
    """The error with what led to it, the first cause first."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before)
        yield "which led to:"
    yield "Traceback (most recent call last):"
    yield from (line.rstrip("\n") for line in traceback.format_tb(error.__traceback__))
    yield f"{type(error).__module__}.{type(error).__qualname__}: {_text(error)}".removeprefix("builtins.")


def _text(error: BaseException) -> str:
    """What an error of ours says for the log. To an admin an adapter may quote the vendor, who quotes records."""
    if not ours(type(error).__module__):
        return "its text may hold people's data and is not shown"
    return str(getattr(error, "log", error))


def _safe(word: object) -> object:
    """What a line is made of; an error that is not ours by its kind only."""
    if not isinstance(word, BaseException):
        return word
    return _text(word) if ours(type(word).__module__) else type(word).__qualname__
