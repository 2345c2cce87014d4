"""Reading the section of a mapping file that holds an agency's own fields, and its own values of those that ship."""

from __future__ import annotations

import re
from typing import Any

from connector.core.mapping.transforms import normal
from connector.core.nodes import Node, quoted
from connector.core.protected import judge
from connector.core.vocabulary import FieldKind, FieldSpec, Vocabulary

MOST_FIELDS = 60
"""Own fields an agency may have; each is a column of every score."""
MOST_CHOICES = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def read_custom(node: Node, words: Vocabulary) -> dict[str, dict[str, Any]]:
    """The own fields by name as `Vocabulary.with_custom` takes them; those with faults are left out."""
    base = words.shipped or words
    found = {}
    for name, part in node.items():
        before = len(node.faults.problems)
        made = _choices_of(part, base.fields[name]) if name in base.fields else _own(name, part)
        if len(node.faults.problems) == before:
            found[name] = made
    if len(found) > MOST_FIELDS:
        node.refuse(f"These are {len(found)} own fields.", f"Keep those that scores need: at most {MOST_FIELDS}.")
    return found


def _choices_of(node: Node, word: FieldSpec) -> dict[str, Any]:
    """Own values of a field that ships, such as a product line of one's own."""
    node.only("choices")
    if word.type is not FieldKind.CHOICE or not word.input:
        mend = "Give your own field another name; choices can be added to product_interest and lead_source."
        node.refuse(f"{word.name} is a field that ships with us.", mend)
    return {"choices": _choices(node.get("choices"), word.choices)}


def _own(name: str, node: Node) -> dict[str, Any]:
    node.only("from", "type", "label", "meaning", "unit", "choices", "transform", "options", "min", "max", "confirmed")
    if not _NAME.fullmatch(name):
        node.refuse(
            f"{quoted(name)} cannot name a field.",
            "Use small letters, digits and _, a letter first, at most 40 characters.",
        )
    label = node.get("label").text() or name.replace("_", " ").capitalize()
    for about in (judge(name, label), *map(judge, node.get("from").texts())):
        if about.refused:
            node.refuse(
                f"{label} cannot be an input of a score: {about.reason}", f"Leave it out. Source: {about.source}."
            )
            break
    kind = node.get("type").one_of([kind.value for kind in FieldKind], "a type of field")
    choices = _choices(node.get("choices"), ())
    if (kind == FieldKind.CHOICE) != bool(choices):
        mend = "List the values under `choices:`." if not choices else "Leave `choices` out, or write `type: choice`."
        node.refuse(f"{name} is a {kind} with {len(choices)} choices.", mend)
    meaning, unit = node.get("meaning").text() or label, node.get("unit").text()
    return {"type": kind, "title": label, "meaning": meaning, "unit": unit, "choices": choices}


def _choices(node: Node, known: tuple[str, ...]) -> list[str]:
    seen = {normal(choice) for choice in known}
    for part in node.each():
        if not _NAME.fullmatch(part.text()):
            mend = "Use small letters, digits and _, such as pet_insurance."
            part.refuse(f"{quoted(part.value)} cannot name a choice.", mend)
        elif normal(part.text()) in seen:
            part.refuse(f"The choice {part.text()} stands here twice, or ships with us.", "Write it once.")
        seen.add(normal(part.text()))
    if len(node.texts()) > MOST_CHOICES:
        node.refuse("These are too many choices.", f"Keep to {MOST_CHOICES}; group the others.")
    return list(node.texts())
