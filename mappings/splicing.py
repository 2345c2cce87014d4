"""YAML edited in place: every edit changes the characters it must and no other.

Files that people write have comments, aligned columns, quotes and an order of their own. A printer of YAML, however
careful, would write the whole file anew; this looks up where a part stands and exchanges just that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import yaml

from mappings.documents import Path, read_text
from mappings.writing import behind_key, flow, scalar

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlText:
    """A readable YAML text without anchors and tags, as `mappings.read_document` takes it. Edits give a new one.

    Raises `yaml.YAMLError` on first use when it is not readable. Scalars are shown as the text they are written with.
    """

    def __init__(self, text: str) -> None:
        self.text = text if text.endswith("\n") or not text else f"{text}\n"

    @cached_property
    def _root(self) -> yaml.Node | None:
        root: yaml.Node | None = yaml.compose(self.text, Loader=_Loader)
        return root

    # ------------------------------------------------------------------------------------------------------- looking

    def value(self, path: Path) -> Any:
        """What stands there as texts, lists and dicts of them; None where nothing does."""
        return _plain(self._node(path))

    def item_text(self, path: Path) -> str:
        """The lines of a list's item as its author wrote them, without the dash, moved to the left edge."""
        node = self._node(path)
        if node is None:
            raise LookupError(f"there is nothing at {path}")
        start = node.start_mark.index
        if _is_flow(node):
            return self.text[start : self._last(node)] + "\n"
        lines = self.text[start : self._span(path)[1]].splitlines(keepends=True)
        edge = node.start_mark.column
        return "".join([lines[0], *(line[min(edge, len(line) - len(line.lstrip(" "))) :] for line in lines[1:])])

    def _node(self, path: Path) -> yaml.Node | None:
        node = self._root
        for step in path:
            node = _under(node, step)
        return node

    # ------------------------------------------------------------------------------------------------------- editing

    def put(self, path: Path, value: Any, order: Sequence[str] = ()) -> YamlText:
        """With that value there. A key that is new stands behind those that come before it in `order`."""
        node, parent = self._node(path), self._node(path[:-1])
        if node is None:
            return self._add_key(path, value, order)
        if _plain(node) == _plain_of(value):
            return self
        if isinstance(node, yaml.ScalarNode) and not isinstance(value, Mapping | list) and node.style not in ("|", ">"):
            gap = " " if node.start_mark.index == node.end_mark.index else ""
            return self._with(node.start_mark.index, node.end_mark.index, gap + scalar(value, node.style or ""))
        if parent is not None and _is_flow(parent):
            return self._with(node.start_mark.index, self._last(node), flow(value))
        return self._put_block(path, node, value)

    def _put_block(self, path: Path, node: yaml.Node, value: Any) -> YamlText:
        """Exchanges a value that may cover several lines."""
        if isinstance(path[-1], int):
            return self._with(node.start_mark.index, self._last(node), flow(value))
        key = self._key(path)
        colon = self.text.index(":", key.end_mark.index)
        return self._with(colon + 1, self._last(node), behind_key(value, key.start_mark.column))

    def _add_key(self, path: Path, value: Any, order: Sequence[str]) -> YamlText:
        name, parent = str(path[-1]), self._node(path[:-1])
        if not isinstance(parent, yaml.MappingNode) or not parent.value:
            return self.put(path[:-1], {name: value}, order)
        keys = [key.value for key, _ in parent.value]
        earlier = order[: order.index(name)] if name in order else ()
        place = max((keys.index(key) for key in earlier if key in keys), default=len(keys) - 1)
        if _is_flow(parent):
            behind = self._last(parent.value[place][1])
            return self._with(behind, behind, f", {scalar(name)}: {flow(value)}")
        edge = parent.value[0][0].start_mark.column
        end = self._line_end(self._last(parent.value[place][1]))
        return self._with(end, end, f"{' ' * edge}{scalar(name)}:{behind_key(value, edge)}\n")

    def insert(self, path: Path, place: int, item: str) -> YamlText:
        """With an item, given as `item_text` gives it, at that place of a list, which is made where there is none."""
        node, parent = self._node(path), self._node(path[:-1])
        if isinstance(node, yaml.SequenceNode) and node.value:
            if not _is_flow(node):
                return self._insert_lines(path, node, place, item)
            if _is_flow(parent):
                return self._insert_flow(node, place, item)
            items = [flow(_typed(each, self.text)) + "\n" for each in node.value]
            return self._new_list(path, [*items[:place], item, *items[place:]])
        if parent is not None and _is_flow(parent):
            return self.put(path, [_typed(yaml.compose(item, Loader=_Loader), item)])
        return self._new_list(path, [item])

    def _insert_lines(self, path: Path, node: yaml.SequenceNode, place: int, item: str) -> YamlText:
        edge = node.start_mark.column
        spans = [self._span((*path, at)) for at in range(len(node.value))]
        gap = "\n" if _is_airy(self.text, spans) else ""
        new = _as_item(item, edge)
        if place < len(spans):
            return self._with(spans[place][0], spans[place][0], new + gap)
        return self._with(spans[-1][1], spans[-1][1], gap + new)

    def _insert_flow(self, node: yaml.SequenceNode, place: int, item: str) -> YamlText:
        new = flow(_typed(yaml.compose(item, Loader=_Loader), item))
        if place < len(node.value):
            at = node.value[place].start_mark.index
            return self._with(at, at, f"{new}, ")
        behind = self._last(node.value[-1])
        return self._with(behind, behind, f", {new}")

    def _new_list(self, path: Path, items: Sequence[str]) -> YamlText:
        """The key of that path with a list of items below it."""
        made = self if self._node(path) is not None else self._add_key(path, [], ())
        key, node = made._key(path), made._node(path)
        colon = made.text.index(":", key.end_mark.index)
        lines = "\n".join(_as_item(item, key.start_mark.column + 2) for item in items).rstrip("\n")
        return made._with(colon + 1, made._last(node), f"\n{lines}")

    def exchange(self, path: Path, item: str) -> YamlText:
        """With another item, given as `item_text` gives it, in the place of one of a list."""
        node, parent = self._node(path), self._node(path[:-1])
        if node is None or parent is None or _is_flow(parent):
            return self.put(path, read_text(item)[0])
        return self._with(*self._span(path), _as_item(item, parent.start_mark.column))

    def move(self, path: Path, to: Path, place: int) -> YamlText:
        """With that item of a list at a place of the list `to`, which may be its own."""
        item = self.item_text(path)
        if to == path[:-1]:
            return self if place == path[-1] else self.drop(path).insert(to, place, item)
        return self.insert(to, place, item).drop(path)

    def drop(self, path: Path) -> YamlText:
        """Without what stands there. A block or list that would be left empty goes too."""
        parent = self._node(path[:-1])
        parts = getattr(parent, "value", ())
        if len(parts) == 1 and len(path) > 1:
            return self.drop(path[:-1])
        start, end = self._cut(path, parent)
        return self._with(start, end, "")

    def _cut(self, path: Path, parent: yaml.Node | None) -> tuple[int, int]:
        """From where to where the text goes when that part goes."""
        if parent is None:
            raise LookupError(f"there is nothing at {path}")
        heads = [each[0] if isinstance(each, tuple) else each for each in parent.value]
        place = next(at for at, head in enumerate(heads) if path[-1] in (at, head.value))
        if _is_flow(parent) and place + 1 < len(heads):
            return heads[place].start_mark.index, heads[place + 1].start_mark.index
        if _is_flow(parent):
            before = parent.value[place - 1]
            return self._last(before[1] if isinstance(before, tuple) else before), self._last(self._node(path))
        start, end = self._span(path)
        if self.text[start : heads[place].start_mark.index].strip() and isinstance(parent, yaml.MappingNode):
            return heads[place].start_mark.index, heads[place + 1].start_mark.index  # it stands behind a dash
        return self._with_blank(start, end)

    def _with_blank(self, start: int, end: int) -> tuple[int, int]:
        """Takes along a blank line where two would be left together, or one at the end."""
        blank = re.compile(r"[ \t]*\r?\n").match(self.text, end)
        above = self.text[:start].splitlines()[-1:]
        if blank and (not above or not above[0].strip()):
            return start, blank.end()
        if end == len(self.text):
            return len(self.text[:start].rstrip()) + 1, end
        return start, end

    # -------------------------------------------------------------------------------------------------------- places

    def _with(self, start: int, end: int, new: str) -> YamlText:
        return YamlText(self.text[:start] + new + self.text[end:])

    def _key(self, path: Path) -> yaml.Node:
        parent = self._node(path[:-1])
        found: yaml.Node = next(key for key, _ in getattr(parent, "value", ()) if key.value == path[-1])
        return found

    def _span(self, path: Path) -> tuple[int, int]:
        """The lines of a key with its value, or of a list's item with its dash, and the comments inside it."""
        node = self._node(path)
        if node is None:
            raise LookupError(f"there is nothing at {path}")
        if isinstance(path[-1], int):
            start, edge = self._dash(node, self._node(path[:-1]))
        else:
            key = self._key(path).start_mark
            start, edge = key.index - key.column, key.column
        end = self._line_end(self._last(node))
        inside = re.compile(rf" {{{edge + 1},}}#[^\n]*\n")
        while comment := inside.match(self.text, end):
            end = comment.end()
        return start, end

    def _dash(self, item: yaml.Node, of: yaml.Node | None) -> tuple[int, int]:
        """Where the line with the dash of a list's item begins, and the column of the dash."""
        if of is None or _is_flow(of):
            raise LookupError("this list has no dashes")
        edge, line = of.start_mark.column, item.start_mark.index - item.start_mark.column
        while line > of.start_mark.index and self.text[line + edge] != "-":
            line = self.text.rfind("\n", 0, line - 1) + 1  # the dash stands alone on a line above
        return line, edge

    def _last(self, node: yaml.Node | None) -> int:
        """Where the last character of a part stands, behind it: YAML's own mark of a block lies at the next part."""
        if isinstance(node, yaml.CollectionNode) and not _is_flow(node) and node.value:
            last = node.value[-1]
            return self._last(last[1] if isinstance(last, tuple) else last)
        if node is None:
            raise LookupError("there is nothing to end")
        end = node.end_mark.index
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            return len(self.text[:end].rstrip())
        return end

    def _line_end(self, index: int) -> int:
        """Behind the line in which that character stands."""
        return self.text.index("\n", index) + 1


def _under(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    return None


def _plain(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    return None if node is None else node.value


def _plain_of(value: Any) -> Any:
    """A value as `_plain` would show it."""
    if isinstance(value, Mapping):
        return {key: _plain_of(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain_of(each) for each in value]
    return value if isinstance(value, str) else scalar(value)


def _typed(node: yaml.Node | None, text: str) -> Any:
    """A part of a text with its numbers and truths."""
    if node is None:
        return None
    return read_text(text[node.start_mark.index : node.end_mark.index])[0]


def _is_flow(node: yaml.Node | None) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _is_airy(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a blank line separates the items of a list; for a single one: whether it is more than a line."""
    if len(spans) == 1:
        return text.count("\n", *spans[0]) > 1
    return "\n\n" in text[spans[0][1] - 1 : spans[1][0]].replace("\r", "")


def _as_item(item: str, edge: int) -> str:
    first, *rest = item.rstrip("\n").split("\n")
    return "\n".join([f"{' ' * edge}- {first}", *(f"{' ' * (edge + 2)}{line}" if line else "" for line in rest), ""])
