"""Edits of the rest of a mapping's text: signals, own fields, the names of score fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connector.flows.mapping_places import FIELD, Nonsense, Texts, listed, put_or_drop, slug
from mappings.splicing import YamlText
from mappings.writing import flow

_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,29}")


def signal(made: YamlText, rest: str, value: str, edits: Texts) -> YamlText:  # noqa: ARG001
    """Listens to a signal of the contact, or no more."""
    section, _, name = rest.partition(".")
    place = ("signals", section, name)
    if made.value(place) is None:
        raise Nonsense("This signal is not there any more. Somebody removed it.")
    return put_or_drop(made, (*place, "off"), "" if value else True)


def custom(made: YamlText, rest: str, value: str, edits: Texts) -> YamlText:  # noqa: ARG001
    """Changes or removes a field of the agency's own, or its values of one that ships."""
    name, _, key = rest.partition(".")
    known = made.value(("custom", name))
    if key == "remove":
        return made.drop(("custom", name)) if known is not None else made
    if key not in ("label", "meaning", "unit", "choices"):
        raise Nonsense(f"A field of your own has no setting {key!r}.")
    given: Any = listed(value) if key == "choices" else " ".join(value.split())[:200]
    if known is None:
        return _add_own(made, name, {key: given}) if given else made
    if not given and len(known) == 1:
        return made.drop(("custom", name))
    return put_or_drop(made, ("custom", name, key), given, FIELD)


def new(made: YamlText, rest: str, value: str, edits: Texts) -> YamlText:
    """A field of the agency's own; its other inputs are read with its label."""
    if rest != "label":
        return made
    given = {key: edits.get(f"new.{key}", "") for key in ("from", "type", "meaning", "unit", "choices")}
    name = slug(value)
    if not name[:1].isalpha():
        raise Nonsense("Begin the name with a letter.")
    if made.value(("custom", name)) is not None or made.value(("fields", name)) is not None:
        raise Nonsense(f"There is a field {name} already. Choose another name, or change that one.")
    spec: dict[str, Any] = {"from": given["from"] or [], "type": given["type"] or "text", "label": value}
    spec |= {key: given[key] for key in ("meaning", "unit") if given[key]}
    spec |= {"choices": listed(given["choices"])} if given["choices"] else {}
    return _add_own(made, name, {**spec, "confirmed": True})


def _add_own(made: YamlText, name: str, spec: Mapping[str, Any]) -> YamlText:
    if made.value(("custom",)) is not None:
        return made.put(("custom", name), spec)
    line = f"custom:\n  {name}: {flow(spec)}\n"
    following = re.search(r"(?m)^(?:#[^\n]*\n)*(?:activities|signals|score_fields):", made.text)
    at = following.start() if following else len(made.text)
    return YamlText(f"{made.text[:at]}{line}\n{made.text[at:]}")


def prefix(made: YamlText, rest: str, value: str, edits: Texts) -> YamlText:  # noqa: ARG001
    """Changes how the names of score fields begin."""
    if not _PREFIX.fullmatch(value):
        raise Nonsense("Begin with a letter and use letters, digits and _, at most 30.")
    return made.put(("score_fields", "prefix"), value)
