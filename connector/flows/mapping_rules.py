"""Edits of what activities count as: rules changed, moved, added and removed in a mapping's text."""

from __future__ import annotations

from typing import Any

from connector.flows.mapping_places import ORDER, Nonsense, Place, Texts, put_or_drop
from mappings.splicing import YamlText
from mappings.writing import flow

EMPTY = "(empty)"
"""How a condition shows the pattern of an empty property."""


def activity(made: YamlText, rest: str, value: str, edits: Texts) -> YamlText:
    """Changes what the activities of a type count as."""
    type_name, _, key = rest.partition(".")
    place: Place = ("activities", type_name)
    if key == "otherwise":
        return made.put((*place, "otherwise"), value, ORDER)
    if key.startswith("new."):
        return _add_rule(made, place, key, edits) if key == "new.when" and value else made
    _, at, what = [*key.split("."), "", ""][:3]
    rules = made.value((*place, "rules"))
    if not (at.isdigit() and isinstance(rules, list) and int(at) < len(rules)):
        raise Nonsense("This rule is not there any more. Somebody removed it.")
    return _rule(made, (*place, "rules"), int(at), what, value)


def _rule(made: YamlText, rules: Place, at: int, what: str, value: str) -> YamlText:
    match what:
        case "kind":
            return made.put((*rules, at, "kind"), value)
        case "at":
            return put_or_drop(made, (*rules, at, "at"), value)
        case "when":
            return made.put((*rules, at, "when"), conditions(value))
        case "remove":
            return made.drop((*rules, at))
        case "up" | "down":
            return _move(made, rules, at, at + (1 if what == "down" else -1))
    raise Nonsense(f"A rule has no part {what!r}.")


def _move(made: YamlText, rules: Place, at: int, to: int) -> YamlText:
    if not 0 <= to < len(made.value(rules)):
        return made
    item = made.item_text((*rules, at))
    return made.drop((*rules, at)).insert(rules, to, item)


def _add_rule(made: YamlText, place: Place, path: str, edits: Texts) -> YamlText:
    stem = f"{'.'.join(('activity', str(place[1])))}.{path.removesuffix('when')}"
    kind = edits.get(f"{stem}kind", "")
    if not kind:
        raise Nonsense("Choose what such an activity counts as.")
    rule = {"when": conditions(edits[f"{stem}when"]), "kind": kind}
    rules = made.value((*place, "rules"))
    if not rules:
        otherwise = made.value((*place, "otherwise"))
        new = {"rules": [rule], **({"otherwise": otherwise} if otherwise else {})}
        return made.put(place, new, ORDER)
    return made.insert((*place, "rules"), len(rules), f"{flow(rule)}\n")


def conditions(text: str) -> dict[str, Any]:
    """``property = pattern | pattern``, one condition a line, as a mapping file holds them. Raises `Nonsense`."""
    found: dict[str, Any] = {}
    for line in filter(str.strip, text.split("\n")):
        name, mark, patterns = line.partition("=")
        if not mark or not name.strip():
            raise Nonsense(f"“{line.strip()[:60]}” is no condition. Write it as: property = pattern | pattern")
        some = ["" if one.strip() == EMPTY else one.strip() for one in patterns.split("|")]
        found[name.strip()] = some[0] if len(some) == 1 else some
    if not found:
        raise Nonsense("A rule without conditions would hide all rules below it. Write one, or remove the rule.")
    return found
