"""Edits of a mapping file's text, by path: ``field.age.from`` is ``age``. Comments, order and quotes stay.

A form of the screens names its inputs by these paths:

``field.<name>.`` ``from`` (a property; empty: the CRM keeps none), ``confirmed`` (the property that is agreed to),
``none`` (the CRM keeps none), ``transform``, ``min``, ``max``, ``option.<their option>`` (our value);
``activity.<type>.`` ``otherwise``, ``rule.<place>.when|kind|at|up|down|remove``, ``new.when|kind``;
``signal.<section>.<name>`` (``on`` or empty); ``prefix``;
``custom.<name>.label|meaning|unit|choices|remove`` and ``new.label|type|meaning|unit|choices|from``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from connector.flows.mapping_pieces import change
from connector.flows.mapping_places import Nonsense
from mappings.splicing import YamlText

SEEN = "seen"
"""The input that holds what every other one showed, as JSON, so that only what its reader changed counts."""
NOT_EDITS = frozenset({"csrf_token", "edition", "do", "then", SEEN})
LONGEST = 200_000
"""Characters of a mapping file; the largest that ships has some 14,000."""


class EditRefused(Exception):
    """Edits that make no mapping. `problems` holds a sentence by path; the path is empty where none fits."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


def form_edits(form: Mapping[str, str]) -> dict[str, str]:
    """What somebody changed in a form; a box that was ticked and is missing now was cleared."""
    sent = {path: value.replace("\r\n", "\n").strip() for path, value in form.items() if path not in NOT_EDITS}
    shown = _seen(form.get(SEEN, ""))
    cleared = {path: "" for path, value in shown.items() if value and path not in sent}
    return {path: value for path, value in {**sent, **cleared}.items() if shown.get(path, "") != value}


def _seen(text: str) -> Mapping[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(path): str(value) for path, value in found.items()} if isinstance(found, dict) else {}


def apply(text: str, edits: Mapping[str, str]) -> str:
    """The text with these edits. What is not touched stays to the byte.

    Raises `EditRefused` with every edit that cannot be understood; whether the result is a mapping that makes sense,
    `parse_mapping` says.
    """
    made, problems = YamlText(text), {}
    for path, value in sorted(edits.items(), key=_turn):
        try:
            made = change(made, path, value, edits)
        except Nonsense as error:
            problems[path] = str(error)
    if not problems and len(made.text) > LONGEST:
        problems[""] = f"A mapping may have {LONGEST:,} characters, and this has {len(made.text):,}. Shorten it."
    if problems:
        raise EditRefused(problems)
    return made.text if made.text != YamlText(text).text else text


def _turn(edit: tuple[str, str]) -> tuple[int, str]:
    """Places count until something goes or moves, and a property is chosen before it is agreed to."""
    path = edit[0]
    if path.endswith((".remove", ".up", ".down")):
        return 3, path
    if path.startswith("new.") or ".new." in path:
        return 2, path
    return (1 if path.endswith((".transform", ".min", ".max")) or ".option." in path else 0), path
