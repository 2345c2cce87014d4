"""Edits of a model's product lines and of the territories that they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import mappings
from connector.core.mapping.transforms import read_state
from connector.flows.model_parts import Nonsense, Place, criterion_places, line_place, listed, one_line
from mappings.splicing import YamlText
from mappings.writing import block

EMPTY = "empty"
"""Instead of the name of a shipped model: a product line without criteria of its own."""
_TERRITORY = ("states", "counties", "zip_prefixes")
_BEFORE = ("name", "description", "stages", "hysteresis", "caps", "hand_raiser", "territories")


def add_line(made: YamlText, line_id: str, source: str) -> YamlText:
    """A new product line: one of a shipped model with all that it refers to, or an empty one."""
    lines = made.value(("product_lines",)) or []
    if any(line.get("id") == line_id for line in lines):
        raise Nonsense(f"The model has the product line {line_id!r} already.")
    if source == EMPTY:
        named = line_id.replace("_", " ").capitalize()
        return made.insert(("product_lines",), len(lines), block({"id": line_id, "name": named}) + "\n")
    return _copy_line(made, line_id, _shipped(source, line_id), len(lines))


def _shipped(source: str, line_id: str) -> YamlText:
    if source not in mappings.model_names():
        raise Nonsense(f"No shipped model is called {source!r}.")
    shipped = YamlText(mappings.model_text(source))
    try:
        line_place(shipped, line_id)
    except Nonsense:
        said = f"The shipped model {source!r} has no product line {line_id!r}. Begin with an empty one."
        raise Nonsense(said) from None
    return shipped


def _copy_line(made: YamlText, line_id: str, shipped: YamlText, at: int) -> YamlText:
    """Ids that the model has already are told apart by the name of the line; territories come along where missing."""
    item = YamlText(shipped.item_text(line_place(shipped, line_id)))
    taken = criterion_places(made)
    for place, each in enumerate(item.value(("criteria",)) or ()):
        if each["id"] in taken:
            item = item.put(("criteria", place, "id"), f"{line_id}_{each['id']}")
    used = set(_territories_in(item.value(())))
    made = made.insert(("product_lines",), at, item.text)
    for name in used - set(made.value(("territories",)) or ()):
        source = mappings.read_document(shipped.text)[0]
        made = _put_territory(made, name, source["territories"][name])
    return made


def _territories_in(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "territory" and isinstance(value, str):
                yield value
            yield from _territories_in(value)
    elif isinstance(part, list):
        for each in part:
            yield from _territories_in(each)


# -------------------------------------------------------------------------------------------------------- territories


def add_territory(made: YamlText, name: str, edits: Mapping[str, str]) -> YamlText:
    """A new territory: the states beside its name, more of it later."""
    name = one_line(name)
    if not name:
        return made
    if name in (made.value(("territories",)) or ()):
        raise Nonsense(f"There is a territory {name!r} already.")
    states = _states(edits.get("add.territory.states", ""))
    if not states:
        raise Nonsense("A territory needs states. Write their postal codes, such as TX, FL.")
    return _put_territory(made, name, {"states": states})


def _put_territory(made: YamlText, name: str, territory: Mapping[str, Any]) -> YamlText:
    if made.value(("territories",)):
        return made.put(("territories", name), territory)
    return made.put(("territories",), {name: territory}, _BEFORE)


def change_territory(made: YamlText, rest: str, value: str, edits: Mapping[str, str]) -> YamlText:  # noqa: ARG001
    """``<name>.states``, ``.counties`` (a line for each state, ``OH: Franklin, Delaware``) or ``.zip_prefixes``."""
    name, _, key = rest.rpartition(".")
    path: Place = ("territories", name)
    if made.value(path) is None:
        raise Nonsense(f"The territory {name!r} is gone. Somebody removed it.")
    new = _territory_value(key, value)
    if new:
        return made.put((*path, key), new, _TERRITORY)
    if made.value((*path, key)) is None:
        return made
    if len(made.value(path)) == 1:
        raise Nonsense("A territory needs states, counties or ZIP prefixes.")
    return made.drop((*path, key))


def _territory_value(key: str, value: str) -> Any:
    match key:
        case "states":
            return _states(value)
        case "zip_prefixes":
            return listed(value.replace(" ", ","))
        case "counties":
            return _counties(value)
        case _:
            raise Nonsense(f"A territory has no {key!r}.")


def _states(text: str) -> list[str]:
    """Postal codes; names of states become theirs, and codes may stand with nothing but spaces between."""
    found: list[str] = []
    for part in listed(text):
        words = part.split()
        codes = words if all(len(word) == len("TX") for word in words) else [part]
        found += [read_state(code) or code.upper() for code in codes]
    return list(dict.fromkeys(found))


def _counties(text: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        state, colon, names = line.partition(":")
        if not colon or not listed(names):
            raise Nonsense("Write a line for each state with its counties, such as OH: Franklin, Delaware.")
        found[state.strip().upper()] = [*found.get(state.strip().upper(), ()), *listed(names)]
    return found
