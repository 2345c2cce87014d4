"""One edit of a mapping's text: what its path means and what it does; edits of fields themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connector.core.mapping.transforms import normal
from connector.flows.mapping_extras import custom, new, prefix, signal
from connector.flows.mapping_places import FIELD, ORDER, Nonsense, Place, Texts, home, put_or_drop
from connector.flows.mapping_rules import activity
from mappings.splicing import YamlText


def change(made: YamlText, path: str, value: str, edits: Texts) -> YamlText:
    """The text with one edit. `edits` are all of them: some belong together. Raises `Nonsense`."""
    head, _, rest = path.partition(".")
    piece = _PIECES.get(head)
    if piece is None:
        raise Nonsense(f"A mapping has no part {path!r}.")
    return piece(made, rest, value, edits)


def _field(made: YamlText, rest: str, value: str, edits: Texts) -> YamlText:  # noqa: ARG001
    name, _, key = rest.partition(".")
    key, _, theirs = key.partition(".")
    place = home(made, name)
    match key:
        case "from":
            return _choose(made, place, value)
        case "confirmed":
            return _choose(made, place, value) if value else put_or_drop(made, (*place, "confirmed"), "")
        case "none":
            return _choose(made, place, "") if value else put_or_drop(made, (*place, "confirmed"), "")
        case "transform":
            return put_or_drop(made, (*place, "transform"), value, FIELD)
        case "min" | "max":
            return put_or_drop(made, (*place, key), _number(value) if value else "", FIELD)
        case "option":
            return _option(made, place, theirs, value)
    raise Nonsense(f"A field has no setting {key!r}.")


def _choose(made: YamlText, place: Place, property: str) -> YamlText:
    """The field comes from this property, because a person says so; empty: the CRM keeps none."""
    source: Any = property or []
    if made.value(place) is None:
        return made.put(place, {"from": source, "confirmed": True}, ORDER)
    return made.put((*place, "from"), source, FIELD).put((*place, "confirmed"), True, FIELD)


def _option(made: YamlText, place: Place, theirs: str, ours: str) -> YamlText:
    known = made.value((*place, "options"))
    known = known if isinstance(known, dict) else {}
    key = next((one for one in known if normal(one) == normal(theirs)), theirs)
    if not ours:
        return made.drop((*place, "options", key)) if key in known else made
    if made.value(place) is None:
        raise Nonsense("Choose a property first.")
    value: Any = ours == "true" if ours in ("true", "false") else ours
    return made.put((*place, "options", key), value, FIELD if not known else ())


def _number(text: str) -> int | float:
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e15:
        raise Nonsense(f"“{text[:40]}” is not a number. Write digits only, such as 120.")
    return int(number) if number.is_integer() else number


_PIECES: Mapping[str, Callable[[YamlText, str, str, Texts], YamlText]] = {
    "field": _field,
    "activity": activity,
    "signal": signal,
    "custom": custom,
    "new": new,
    "prefix": prefix,
}
