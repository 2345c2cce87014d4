"""Walking a mapping document: each step knows its path, so that a fault can name its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from connector.core.types import Problem

Path = tuple[str | int, ...]

_MOST_QUOTED = 40


class Faults:
    """Every fault found so far. A line is that of the nearest part of the document that has one."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self._lines = lines
        self.problems: list[Problem] = []

    def add(self, path: Path, text: str, mend: str) -> None:
        """Notes a fault at `path`."""
        where = ".".join(map(str, path)) or "the file"
        self.problems.append(Problem(where, text, mend, self._line(path)))

    def _line(self, path: Path) -> int | None:
        steps = (path[:length] for length in range(len(path), -1, -1))
        return next((self._lines[step] for step in steps if step in self._lines), None)


class Node:
    """A part of the document with its path. Wrong shapes are noted and read as empty, so that reading goes on."""

    def __init__(self, value: object, path: Path, faults: Faults) -> None:
        self.value = value
        self.path = path
        self.faults = faults

    def refuse(self, text: str, mend: str) -> None:
        """Notes a fault here."""
        self.faults.add(self.path, text, mend)

    def get(self, key: str) -> Node:
        """The part under `key`, which may hold None."""
        value = self.value.get(key) if isinstance(self.value, Mapping) else None
        return Node(value, (*self.path, key), self.faults)

    def items(self) -> Iterator[tuple[str, Node]]:
        """The parts of a block of names, in the order of the file."""
        if self.value is not None and not isinstance(self.value, Mapping):
            self.refuse("Names with values were expected here.", "Write it as `name: value`, one a line.")
        elif self.value:
            yield from ((str(key), Node(value, (*self.path, key), self.faults)) for key, value in self.value.items())

    def each(self) -> Iterator[Node]:
        """The parts of a list; a single value counts as a list of one."""
        values = self.value if isinstance(self.value, list) else [] if self.value is None else [self.value]
        for place, value in enumerate(values):
            yield Node(value, (*self.path, place), self.faults)

    def text(self, default: str = "") -> str:
        """A text; a number or a yes/no, which YAML makes of bare words, counts as the text it stands for."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        if isinstance(self.value, str | int | float):
            return str(self.value)
        if self.value is not None:
            self.refuse("A single value was expected here.", "Write one name or one text.")
        return default

    def need(self, what: str) -> str:
        """A text that must be there."""
        text = self.text()
        if not text and self.value in (None, ""):
            self.refuse(f"{self.path[-1]!s} is missing: {what}.", f"Add a line `{self.path[-1]!s}: ...`.")
        return text

    def texts(self) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of one."""
        return tuple(part.text() for part in self.each())

    def number(self) -> float | None:
        """A number, or None where there is none."""
        if isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return float(self.value)
        if self.value is not None:
            self.refuse(f"{quoted(self.value)} is not a number.", "Write a plain number.")
        return None

    def truth(self) -> bool:
        """True or false; false where nothing stands."""
        if self.value is not None and not isinstance(self.value, bool):
            self.refuse(f"{quoted(self.value)} is neither true nor false.", "Write true or false.")
        return self.value is True

    def only(self, *known: str) -> None:
        """Notes every name in this block that means nothing here."""
        for key, part in self.items():
            if key not in known:
                part.refuse(f"{quoted(key)} means nothing here.", did_you_mean(key, known))

    def one_of(self, known: Sequence[str] | Mapping[str, object], what: str) -> str:
        """A text that must be one of `known`."""
        text = self.need(what)
        if text and text not in known:
            self.refuse(f"{quoted(text)} is not {what}.", did_you_mean(text, tuple(known)))
        return text


def quoted(value: object) -> str:
    """A value as a sentence repeats it: in quotes when it is a text, and no more than its first 40 characters."""
    if isinstance(value, str):
        return repr(value if len(value) <= _MOST_QUOTED else f"{value[: _MOST_QUOTED - 1]}…")
    text = repr(value)
    return text if len(text) <= _MOST_QUOTED else f"{text[: _MOST_QUOTED - 1]}…"


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """The mend for a word nobody knows: the nearest known one, or all of them."""
    near = get_close_matches(word, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known)}."
