"""Reading the lines of the points table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.core.model.conditions import AllOf
from connector.core.model.parsing_conditions import RANGE, Context, read_condition, read_field, read_range
from connector.core.model.reading import block, listing, name, sentence, whole, words
from connector.core.model.shapes import Band, Bands, Count, Counting, Criterion, Profile, Rule
from connector.core.nodes import Node, Path
from connector.core.types import Group
from connector.core.vocabulary import FieldKind

MOST_POINTS = 100
"""Of one criterion, all occurrences together; the score itself ends at 100."""
MOST_DAYS = 3650
_SHARED = ("id", "group", "text", "points", "why")
_COUNTING = ("activity", "count", "times", "up_to", "within_days", "or_when")
_KEYS = (*_SHARED, "when", "field", "bands", *_COUNTING)


@dataclass(slots=True)
class Criteria:
    """Reads criteria and remembers their ids, which must be unique in the whole file."""

    context: Context
    lines: Mapping[Path, int]
    _ids: dict[str, Node] = field(default_factory=dict)

    def read(self, node: Node) -> tuple[Criterion, ...]:
        """A list of criteria."""
        return tuple(self._criterion(part) for part in node.each() if block(part, _KEYS))

    def _criterion(self, node: Node) -> Criterion:
        group = _group(node.get("group"))
        rule = _rule(node, group, self.context)
        needs_text = not isinstance(rule, Counting) or rule.or_when is not None
        asked = needs_text or node.get("text").value is not None
        text = sentence(node.get("text"), "what the rep reads, such as `Asked for a quote`") if asked else ""
        name, why = self._id(node.get("id")), node.get("why").text()
        return Criterion(name, group, text, rule, why, self.lines.get(node.path))

    def _id(self, node: Node) -> str:
        found = name(node, "a short name, such as `pricing_page`")
        if found in ("reset", "decay", "clamp", "floor", "hold"):
            node.refuse(f"The id {found!r} belongs to a line of the sum.", "Choose another id.")
        if found in self._ids:
            node.refuse(f"The id {found!r} stands twice in this file.", "Give one of the two another id.")
        self._ids[found] = node
        return found


def _group(node: Node) -> Group:
    found = node.one_of([group.value for group in Group], "one of the groups fit, engagement and negative")
    return Group(found) if found in list(Group) else Group.NEGATIVE


def _rule(node: Node, group: Group, context: Context) -> Rule:
    heads = [key for key in ("when", "bands", "activity") if node.get(key).value is not None]
    if len(heads) != 1:
        node.refuse(
            "A criterion looks at one thing.",
            "Give it `when:` (a condition), `field:` and `bands:` (points by size) or `activity:` (what the lead did).",
        )
        return Profile(AllOf(()), 1)
    if heads[0] == "activity":
        return _counting(node, group, context)
    _refuse_keys(node, _COUNTING, "belongs to `activity:`")
    if group is Group.ENGAGEMENT:
        node.refuse("Engagement is what the lead did, not who the lead is.", "Use `activity:`, or the group fit.")
    if heads[0] == "bands":
        return _bands(node, group, context)
    _refuse_keys(node, ("field",), "belongs inside the condition or to `bands:`")
    return Profile(read_condition(node.get("when"), context), _points(node.get("points"), group))


def _refuse_keys(node: Node, keys: tuple[str, ...], why: str) -> None:
    for key in keys:
        if node.get(key).value is not None:
            node.get(key).refuse(f"`{key}` {why}.", "Remove it here.")


def _points(node: Node, group: Group) -> int:
    if group is Group.NEGATIVE:
        return whole(node, -MOST_POINTS, -1, "the points that this takes")
    return whole(node, 1, MOST_POINTS, "the points that this gives")


# -------------------------------------------------------------------------------------------------------------- bands


def _bands(node: Node, group: Group, context: Context) -> Bands:
    _refuse_keys(node, ("points",), "stands in each band")
    spec = read_field(node.get("field"), context.vocabulary)
    if spec and spec.type is not FieldKind.NUMBER:
        node.get("field").refuse(f"{spec.name} is not a number.", f"Use `when:` to compare a {spec.type} field.")
    bands = tuple(_band(part, group) for part in node.get("bands").each() if block(part, (*RANGE, "points", "text")))
    return Bands(spec.name if spec else "", bands)


def _band(node: Node, group: Group) -> Band:
    text = sentence(node.get("text"), "what the rep reads") if node.get("text").value is not None else ""
    return Band(*read_range(node), _points(node.get("points"), group), text)


# ----------------------------------------------------------------------------------------------------------- counting


def _counting(node: Node, group: Group, context: Context) -> Counting:
    _refuse_keys(node, ("field", "bands"), "does not go together with `activity:`")
    if group is Group.FIT:
        node.refuse("Fit is who the lead is, not what the lead did.", "Use `when:`, or the group engagement.")
    count = _count(node.get("count"))
    points = _points(node.get("points"), group)
    window = node.get("within_days")
    either = node.get("or_when")
    return Counting(
        kinds=read_kinds(node.get("activity"), context),
        count=count,
        points=points,
        times=_times(node, count),
        up_to=_up_to(node, count, points),
        within_days=None if window.value is None else whole(window, 1, MOST_DAYS, "how many days back"),
        or_when=None if either.value is None else read_condition(either, context),
    )


def _count(node: Node) -> Count:
    if node.value is None:
        return Count.ONCE
    found = node.one_of([count.value for count in Count], f"a way of counting: {listing(Count)}")
    return Count(found) if found in list(Count) else Count.ONCE


def _times(node: Node, count: Count) -> int:
    if count in (Count.AT_LEAST, Count.IN_ONE_CAMPAIGN):
        return whole(node.get("times"), 2, 1000, "how often it must happen")
    _refuse_keys(node, ("times",), f"does not go together with `count: {count}`")
    return 1


def _up_to(node: Node, count: Count, points: int) -> int:
    if count is not Count.EACH:
        _refuse_keys(node, ("up_to",), "belongs to `count: each`")
        return 1
    if node.get("or_when").value is not None:
        node.get("or_when").refuse("`or_when` does not say how often.", "Use it with another `count:`.")
    return whole(node.get("up_to"), 2, max(2, MOST_POINTS // max(1, abs(points))), "how often it may give points")


def read_kinds(node: Node, context: Context) -> frozenset[str]:
    """One kind of activity or a list of them."""
    for part in node.each():
        part.one_of(context.vocabulary.kinds, "a kind of activity")
    return frozenset(words(node, "kinds of activity, such as quote_requested"))
