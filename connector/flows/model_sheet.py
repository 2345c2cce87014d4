"""A model as a page shows it: the points table by group, for every lead and for each product line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from connector.core.vocabulary import Vocabulary
from connector.flows.model_parts import SHARED, criterion_places
from connector.flows.model_sayings import say_band, say_hand_raiser, say_rule, title
from connector.flows.model_values import GROUPS
from mappings.splicing import YamlText


class BandRow(NamedTuple):
    """A band of a number; `path` is that of its points."""

    path: str
    text: str


class Row(NamedTuple):
    """A criterion. `kind` says how it looks at a lead: ``did``, ``is`` or ``bands``."""

    id: str
    title: str
    rule: str
    why: str
    kind: str
    about: str
    """The first activity kind or field that it looks at, by which a picture is chosen."""
    bands: Sequence[BandRow]


class Block(NamedTuple):
    """The criteria of one place: `SHARED`, or the id of a product line."""

    place: str
    name: str
    groups: Mapping[str, Sequence[Row]]

    @property
    def size(self) -> int:
        """How many criteria it has."""
        return sum(map(len, self.groups.values()))


class Sheet(NamedTuple):
    """The whole table. `steps` counts the steps of the decay, `territories` names them."""

    blocks: Sequence[Block]
    steps: int
    territories: Sequence[str]
    raiser: str
    """The rule for raised hands, in words."""


class Found(NamedTuple):
    """A criterion as it stands in the text: its values, its lines, and its place."""

    values: Mapping[str, Any]
    text: str
    place: str


def criterion_of(text: str, name: str) -> Found | None:
    """The criterion of that id, if the model has it."""
    made = YamlText(text)
    if (path := criterion_places(made).get(name)) is None:
        return None
    place = SHARED if path[0] == "criteria" else made.value((*path[:2], "id"))
    return Found(made.value(path), made.item_text(path), place)


def criterion_ids(text: str) -> Sequence[str]:
    """The ids of all criteria, the shared ones first."""
    return list(criterion_places(YamlText(text)))


def places_of(text: str) -> Mapping[str, str]:
    """Where criteria stand, and what people call it: `SHARED`, then every product line."""
    lines = YamlText(text).value(("product_lines",)) or ()
    return {SHARED: "Every lead", **{line["id"]: line["name"] for line in lines}}


def territories_of(text: str) -> Sequence[str]:
    """The names of the territories."""
    return list(YamlText(text).value(("territories",)) or ())


def sheet(text: str, vocabulary: Vocabulary) -> Sheet:
    """The table of a text that is a model."""
    root = YamlText(text).value(())
    blocks = [Block(SHARED, "Every lead", _groups(root.get("criteria"), vocabulary))]
    blocks += [
        Block(line["id"], line["name"], _groups(line.get("criteria"), vocabulary)) for line in root["product_lines"]
    ]
    raiser = say_hand_raiser(root.get("hand_raiser"), vocabulary)
    return Sheet(blocks, len(root.get("decay") or ()), list(root.get("territories") or ()), raiser)


def _groups(criteria: Any, vocabulary: Vocabulary) -> Mapping[str, Sequence[Row]]:
    found: dict[str, list[Row]] = {group: [] for group in GROUPS}
    for criterion in criteria or ():
        found[criterion["group"]].append(_row(criterion, vocabulary))
    return found


def _row(criterion: Mapping[str, Any], vocabulary: Vocabulary) -> Row:
    name, called = criterion["id"], title(criterion, vocabulary)
    rule, why = _beside(called, say_rule(criterion, vocabulary)), criterion.get("why") or ""
    if "activity" in criterion:
        kinds = criterion["activity"]
        about = kinds if isinstance(kinds, str) else kinds[0]
        return Row(name, called, rule, why, "did", about, ())
    if "bands" in criterion:
        bands = [
            BandRow(f"criteria.{name}.bands.{at}.points", band.get("text") or say_band(band))
            for at, band in enumerate(criterion["bands"])
        ]
        about = criterion["field"]
        return Row(name, called, about.replace("_", " ").capitalize(), why, "bands", about, bands)
    return Row(name, called, rule, why, "is", _field(criterion["when"]), ())


def _beside(called: str, rule: str) -> str:
    """The rule without what the title says already."""
    rest = rule.removeprefix(called).removeprefix(", ") if rule.startswith(called) else rule
    return rest[:1].upper() + rest[1:]


def _field(condition: Any) -> str:
    """The first field or territory that a condition names."""
    if isinstance(condition, dict):
        if "field" in condition:
            return str(condition["field"])
        return next((found for part in condition.values() if (found := _field(part))), "territory")
    if isinstance(condition, list):
        return next((found for part in condition if (found := _field(part))), "")
    return ""
