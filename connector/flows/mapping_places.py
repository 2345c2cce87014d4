"""Where the parts of a mapping file stand, and how what somebody typed becomes a value of one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mappings.splicing import YamlText

ORDER = ("version", "crm", "fields", "custom", "activities", "signals", "score_fields")
"""The parts of a mapping file as the shipped ones have them."""
FIELD = ("from", "type", "label", "meaning", "unit", "choices", "transform", "options", "min", "max", "confirmed")
"""The settings of a field, likewise."""
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
Place = tuple[str | int, ...]
Texts = Mapping[str, str]


class Nonsense(Exception):
    """An edit that cannot be understood; the text is a sentence for the person who typed it."""


def home(made: YamlText, name: str) -> Place:
    """Where a field stands: the agency's own under `custom`, any other under `fields`."""
    own = made.value(("custom", name))
    return ("custom", name) if isinstance(own, dict) and "type" in own else ("fields", name)


def put_or_drop(made: YamlText, path: Place, value: Any, order: Sequence[str] = ()) -> YamlText:
    """The value there, or nothing there where it is an empty text or list."""
    if value not in ("", []):
        return made.put(path, value, order)
    return made.drop(path) if made.value(path) is not None else made


def slug(text: str) -> str:
    """A name of ours for what people call something: ``Pet insurance`` is ``pet_insurance``."""
    return _NOT_IN_NAMES.sub("_", text.casefold()).strip("_")[:40].rstrip("_")


def listed(text: str) -> list[str]:
    """Words between commas or line ends as names of ours, each once."""
    return list(dict.fromkeys(name for part in re.split(r"[,;\n]", text) if (name := slug(part))))
