"""Two models compared, in words: ``Requested a quote: 25 points → 35 points``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from connector.core.vocabulary import Vocabulary
from connector.flows.model_parts import SHARED, criterion_places
from connector.flows.model_sayings import say_decay, say_hand_raiser, say_rule, say_territory, title
from mappings.splicing import YamlText


class Difference(NamedTuple):
    """One thing that differs; `before` is empty for what is new, `after` for what is gone."""

    what: str
    before: str
    after: str


class Differences(tuple[Difference, ...]):
    """All that differs, in the order of the file."""

    __slots__ = ()

    def sides(self) -> tuple[str, str]:
        """Both sides as texts, a line for each difference, for the audit trail."""
        return (
            "\n".join(f"{each.what}: {each.before}" for each in self if each.before),
            "\n".join(f"{each.what}: {each.after}" for each in self if each.after),
        )


def differences(before: str, after: str, vocabulary: Vocabulary) -> Differences:
    """What the second text says otherwise than the first. A text that is no readable YAML differs as a whole."""
    if before == after:
        return Differences()
    try:
        old, new = YamlText(before), YamlText(after)
        found = [*_general(old.value(()) or {}, new.value(()) or {}, vocabulary), *_criteria(old, new, vocabulary)]
    except (yaml.YAMLError, AttributeError, TypeError, ValueError):
        return Differences([Difference("The whole text", "as it was", "written anew")])
    return Differences(found or [Difference("Comments and layout of the file", "as they were", "changed")])


def _general(old: Mapping[str, Any], new: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Difference]:
    said_old, said_new = dict(_said(old, vocabulary)), dict(_said(new, vocabulary))
    for what in dict.fromkeys((*said_old, *said_new)):
        before, after = said_old.get(what, ""), said_new.get(what, "")
        if before != after:
            yield Difference(what, before, after)


def _said(root: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Everything but the criteria, a name and what is said under it."""
    yield "Name", root.get("name") or ""
    yield "Description", root.get("description") or ""
    for stage in ("MQL", "SQL"):
        yield stage, str((root.get("stages") or {}).get(stage) or "")
    yield "Room before a stage is lost", f"{root.get('hysteresis') or 0} points"
    for group, cap in (root.get("caps") or {}).items():
        yield f"Cap of {group}", f"{cap} points"
    for name, territory in (root.get("territories") or {}).items():
        yield f"Territory {name}", say_territory(territory)
    yield "Decay", say_decay(root.get("decay") or [])
    yield "Reset", f"after {root['reset_days']} quiet days" if root.get("reset_days") else "never"
    yield "Hand-raiser", say_hand_raiser(root.get("hand_raiser"), vocabulary)
    for line in root.get("product_lines") or ():
        yield f"Product line {line.get('id')}", line.get("name") or ""


def _criteria(old: YamlText, new: YamlText, vocabulary: Vocabulary) -> Iterator[Difference]:
    olds, news = criterion_places(old), criterion_places(new)
    for name in dict.fromkeys((*olds, *news)):
        before = old.value(olds[name]) if name in olds else None
        after = new.value(news[name]) if name in news else None
        if before is None or after is None:
            there = before or after
            whole = f"{_points(there)}: {say_rule(there, vocabulary)}" if there else ""
            yield Difference(title(there, vocabulary), whole if before else "", whole if after else "")
        else:
            yield from _criterion((before, _where(old, olds[name])), (after, _where(new, news[name])), vocabulary)
    both = [name for name in olds if name in news]
    if both != [name for name in news if name in olds]:
        yield Difference("Order of the criteria", "as it was", "changed")


def _criterion(
    old: tuple[Mapping[str, Any], str], new: tuple[Mapping[str, Any], str], vocabulary: Vocabulary
) -> Iterator[Difference]:
    (before, there), (after, here) = old, new
    name = title(before, vocabulary)
    if _points(before) != _points(after):
        yield Difference(name, _points(before), _points(after))
    rules = say_rule(before, vocabulary), say_rule(after, vocabulary)
    if rules[0] != rules[1]:
        yield Difference(f"{name}, when", *rules)
    for key, what in (("text", "what the rep reads"), ("group", "group"), ("why", "why")):
        if (before.get(key) or "") != (after.get(key) or ""):
            yield Difference(f"{name}, {what}", before.get(key) or "nothing", after.get(key) or "nothing")
    if there != here:
        yield Difference(f"{name}, for whom", there, here)


def _points(criterion: Mapping[str, Any] | None) -> str:
    """All points it may give: ``25 points``, of bands ``3, 8 points``."""
    if not criterion:
        return ""
    bands: Sequence[Mapping[str, Any]] = criterion.get("bands") or ()
    levels = [str(band.get("points")) for band in bands] or [str(criterion.get("points"))]
    return f"{', '.join(levels)} {'point' if levels == ['1'] else 'points'}"


def _where(made: YamlText, place: tuple[str | int, ...]) -> str:
    return "every lead" if place[0] == "criteria" else str(made.value((*place[:2], "id")) or SHARED)
