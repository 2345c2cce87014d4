"""YAML with line numbers, read the way people mean it.

Only ``true`` and ``false`` are yes and no, and only plain decimal numbers are numbers: a ZIP prefix such as ``077``
stays text, where YAML 1.1 would read an octal number, and so do dates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from yaml.reader import ReaderError

_MOST_DIGITS = 30
"""Longer numbers are slips of a key, or texts without quotes; Python itself stops at 4300 digits."""

Path = tuple[str | int, ...]
Lines = Mapping[Path, int]
"""The 1-based line of every part of a document, by its path; the whole document is ``()``."""


class DocumentError(ValueError):
    """A file that cannot be read as a document at all. `line` is 1-based; `mend` says what to do."""

    def __init__(self, line: int, text: str, mend: str) -> None:
        super().__init__(f"line {line}: {text}. {mend}")
        self.line = line
        self.text = text
        self.mend = mend


class _PlainLoader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # PyYAML's own way of holding them

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Stops at an explicit tag, which only the event still tells from what the value itself looks like."""
        event = self.peek_event()  # type: ignore[no-untyped-call]  # so in PyYAML's stubs
        if tag := getattr(event, "tag", None):
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            raise DocumentError(
                event.start_mark.line + 1,
                f"a tag ({shown[:40]}) means nothing here",
                "Remove it, or put the text into quotes if the exclamation mark belongs to it.",
            )
        return super().compose_node(parent, index)


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:0|[1-9][0-9]*)\.[0-9]+$", "-+0123456789"),
):
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def read_text(text: str) -> tuple[Any, Lines]:
    """The document in `text` and the line of every part. Raises `DocumentError`."""
    try:
        loader = _PlainLoader(text)
        reading = _Reading(loader)
        node = loader.get_single_node()
        return (reading.value(node, ()) if node else None), reading.lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise DocumentError(
            mark.line + 1 if mark else 1,
            f"this is not readable YAML: {error.problem or error.context}",
            "Compare the indentation, colons and quotes with the lines around it.",
        ) from error
    except RecursionError as error:
        raise DocumentError(1, "parts are nested too deeply", "Write it flatter.") from error
    except ReaderError as error:
        raise DocumentError(
            text.count("\n", 0, error.position) + 1,
            f"this is not plain text: character 0x{error.character:02x} stands in it",
            "Save the file as plain text in UTF-8.",
        ) from error


class _Reading:
    """One walk over the node tree, noting lines on the way."""

    def __init__(self, loader: _PlainLoader) -> None:
        self.loader = loader
        self.lines: dict[Path, int] = {(): 1}
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._seen:
            raise DocumentError(
                node.start_mark.line + 1, "an anchor (&) is used a second time by an alias (*)", "Write it out instead."
            )
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, place)) for place, item in enumerate(node.value)]
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> Any:
        is_number = node.tag.endswith((":int", ":float"))
        if is_number and (digits := sum(map(str.isdigit, node.value))) > _MOST_DIGITS:
            raise DocumentError(
                node.start_mark.line + 1,
                f"a number of {digits} digits is too long",
                "Write a shorter one, or put it into quotes if it is a text.",
            )
        return self.loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise DocumentError(line, "a name was expected here", "Write `name: value`.")
            if key in found:
                raise DocumentError(
                    line,
                    f"{key!r} stands twice in the same place, first on line {self.lines[(*path, key)]}",
                    "Keep one of the two.",
                )
            if node.flow_style and value_node.value == "" and value_node.style is None:
                raise DocumentError(
                    line, f"{key!r} has no value", "If it belongs to the text before it: put that text into quotes."
                )
            self.lines[(*path, key)] = line
            found[key] = self.value(value_node, (*path, key))
        return found
