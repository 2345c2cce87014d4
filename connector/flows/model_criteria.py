"""Edits of one criterion of a model's text: its values, its place, all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.flows.model_parts import (
    SHARED,
    Nonsense,
    Place,
    criteria_of,
    criterion_place,
    criterion_places,
    document,
    listed,
    one_line,
    one_or_list,
    whole_number,
)
from mappings.splicing import YamlText

ORDER = (
    "id", "group", "text", "points", "field", "bands", "when", "activity", "count", "times", "up_to", "within_days",
    "or_when", "why",
)  # fmt: skip
"""The keys of a criterion as the shipped models have them."""
_NUMBERS = ("points", "times", "up_to", "within_days")
_DOCUMENTS = ("when", "or_when", "bands")
_WORDS = ("group", "text", "why", "count", "field")


def change_criterion(made: YamlText, rest: str, value: str, edits: Mapping[str, str]) -> YamlText:  # noqa: ARG001
    """``<id>.<key>``: a value of it, its place (``move``), all of it (``yaml``), or gone (``remove``)."""
    name, _, key = rest.partition(".")
    place = criterion_place(made, name)
    match key:
        case "remove":
            return made.drop(place) if value else made
        case "move":
            return _move(made, place, value) if value else made
        case "yaml":
            return replace_item(made, place, item_of(value))
        case _:
            return _put(made, place, key, value)


def _put(made: YamlText, place: Place, key: str, value: str) -> YamlText:
    if key.startswith("bands."):
        _, at, part = key.split(".", 2)
        path: Place = (*place, "bands", int(at) if at.isdigit() else -1, part)
        if made.value(path) is None:
            raise Nonsense("This band is gone. Somebody removed it.")
        return made.put(path, whole_number(value))
    path = (*place, key)
    there = made.value(path) is not None
    if not there and not value.strip():
        return made
    new = _value(key, value)
    return made.put(path, new, ORDER) if new != "" else made.drop(path)


def _value(key: str, value: str) -> Any:
    """What was typed as it stands in the file; an empty text where the key is to go."""
    if not value.strip():
        if key in ("points", "group"):
            raise Nonsense(f"A criterion needs {key}.")
        return ""
    if key in _NUMBERS:
        return whole_number(value)
    if key in _DOCUMENTS:
        return document(value)
    if key == "activity":
        return one_or_list(listed(value))
    if key in _WORDS:
        return one_line(value)
    raise Nonsense(f"A criterion has no {key!r}.")


def add_criterion(made: YamlText, place: str, text: str) -> YamlText:
    """A new criterion, given as YAML, behind the others of its place."""
    item = item_of(text)
    name = YamlText(item).value(("id",))
    if name in criterion_places(made):
        raise Nonsense(f"The id {name!r} stands in this model already. Choose another.")
    path = criteria_of(made, place)
    return made.insert(path, len(made.value(path) or ()), item)


def item_of(text: str) -> str:
    """A criterion as somebody typed it, with or without the dash. Raises `Nonsense` where it is no block."""
    read = document(text)
    if isinstance(read, list) and len(read) == 1 and isinstance(read[0], dict):
        return YamlText(text).item_text((0,))
    if not isinstance(read, dict):
        raise Nonsense("A criterion is a block of names with values, such as `id: pricing_page`.")
    return YamlText("- " + text.strip("\n").replace("\n", "\n  ")).item_text((0,))


def replace_item(made: YamlText, place: Place, item: str) -> YamlText:
    """That item of a list exchanged for another, given by its lines."""
    if made.item_text(place).rstrip() == item.rstrip():
        return made
    return made.exchange(place, item)


def _move(made: YamlText, place: Place, where: str) -> YamlText:
    if where.startswith("to "):
        target = criteria_of(made, where.removeprefix("to "))
        at = len(made.value(target) or ())
        if target == place[:-1]:
            return made
    else:
        target, at = place[:-1], _neighbour(made, place, where)
    if len(made.value(place[:-1])) == 1 and place[:-1] == ("criteria",):
        raise Nonsense(f"It is the only criterion that every lead may meet, and a model needs one ({SHARED}).")
    return made.move(place, target, at)


def _neighbour(made: YamlText, place: Place, where: str) -> int:
    """Where it stands after going up or down one among those of its own group; where it is, at the end of them."""
    here = int(place[-1])
    groups = [each.get("group") for each in made.value(place[:-1])]
    steps = range(here - 1, -1, -1) if where == "up" else range(here + 1, len(groups))
    if where not in ("up", "down"):
        raise Nonsense("A criterion moves up, down, or to a product line.")
    return next((at for at in steps if groups[at] == groups[here]), here)
