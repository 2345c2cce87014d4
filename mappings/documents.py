"""YAML with line numbers, read the way people mean it.

Only ``true`` and ``false`` are yes and no, and only plain decimal numbers are numbers: a ZIP prefix such as ``077``
stays text, where YAML 1.1 would read an octal number, and so do dates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

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
    except yaml.YAMLError as error:
        text = f"this is not readable YAML: {error}"
        raise DocumentError(1, text, "Save the file as plain text in UTF-8.") from error


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
        return self.loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
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
