"""What every command shares: the group, opening the services, and how refusals are said."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NoReturn, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import click
from rich.console import Console

from adapters.contract import AdapterError
from connector import logs
from connector.core.mapping import MappingRefused
from connector.core.model import ModelRefused
from connector.core.types import Problem
from connector.flows.services import Refused, Services
from connector.services import assemble
from connector.settings import Settings, SettingsRefused, load
from connector.store.database import StoreUnusable
from connector.store.sealing import SealBroken
from mappings import DocumentError

P = ParamSpec("P")
R = TypeVar("R")

out = Console(highlight=False, emoji=False)
"""What a person asked for."""
err = Console(stderr=True, highlight=False, emoji=False)
"""Progress and refusals: never mixed into what a program reads."""

_SPOKEN = (Refused, AdapterError, SettingsRefused, StoreUnusable, SealBroken, LookupError)
"""Errors whose text is a sentence for a person."""


@contextmanager
def house(log_level: str = "WARNING") -> Iterator[tuple[Services, Settings]]:
    """Settings and services for one command, closed at its end.

    `log_level` holds where the operator has set none: ``INFO`` for what runs until stopped.
    """
    settings = load()
    logs.set_up(settings.log_level or log_level, settings.log_format)
    svc = assemble(settings)
    try:
        yield svc, settings
    finally:
        svc.close()


def spoken(command: Callable[P, R]) -> Callable[P, R]:
    """Turns refusals into sentences and exit code 1; anything else is a fault of ours and shows itself."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (ModelRefused, MappingRefused) as error:
            for problem in error.problems:
                err.print(told(problem), style="red", markup=False, soft_wrap=True)
            refuse(f"The file was refused: {len(error.problems)} to mend.")
        except DocumentError as error:
            refuse(str(error))
        except _SPOKEN as error:
            refuse(str(error.args[0]) if error.args else str(error))
        except KeyboardInterrupt:
            refuse("Stopped. Nothing is lost: the same command goes on where it stopped.", 130)

    return guarded


def refuse(sentence: str, code: int = 1) -> NoReturn:
    """Ends the command with a sentence on stderr."""
    err.print(sentence, style="red", markup=False, soft_wrap=True)
    sys.exit(code)


def told(problem: Problem) -> str:
    """A problem as one line: where, what, and what to do."""
    place = f"line {problem.line}: " if problem.line else ""
    return f"{place}{problem.where}: {problem.text} {problem.mend}".rstrip()


def print_json(document: Any) -> None:
    """One JSON document on one line of stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, default=str))


class Moment(click.ParamType[datetime]):
    """A time on the command line: ISO 8601; without a zone it is UTC, without an hour the day's end."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The aware time meant. Fails with an example when it is none."""
        if isinstance(value, datetime):
            return value
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time; use for example 2026-12-24 or 2026-12-24T18:00:00Z", param, ctx)
        if len(value) <= len("2026-12-24"):
            at = at.replace(hour=23, minute=59, second=59)
        return at if at.tzinfo else at.replace(tzinfo=UTC)


def local(seconds: int, zone: ZoneInfo) -> str:
    """A moment as people read it, in the tenant's zone."""
    return f"{datetime.fromtimestamp(seconds, zone):%d %b %Y %H:%M %Z}"
