"""A criterion as the inputs of a form, and what somebody typed into them as edits of the model.

Inputs: ``kind`` (did, is, bands, yaml), ``group``, ``text``, ``points``, ``why``; for what leads did ``activity``,
``count``, ``times``, ``up_to``, ``within_days``; conditions as `condition_forms` names them, under ``when`` and
``or_when``; for bands ``field`` and ``band.<n>.low``, ``.high``, ``.ends`` (in: the end belongs to it), ``.points``,
``.text``; for all of it as text ``yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from connector.core.vocabulary import Vocabulary
from connector.flows.condition_forms import Unsayable, condition_inputs, condition_of, numbers_in
from connector.flows.form_inputs import Inputs
from connector.flows.model_parts import Nonsense, document, listed, one_line, one_or_list, whole_number
from mappings.writing import block, flow

KINDS: Mapping[str, str] = {
    "did": "What they did",
    "is": "Who they are",
    "bands": "How large a number is",
    "yaml": "Anything, as text",
}
BANDS = 6
"""Rows for bands that the form offers; more are written as text."""
_COUNTS = {"once": (), "each": ("up_to",), "at_least": ("times",), "in_one_campaign": ("times",)}
_RULE = ("activity", "count", "times", "up_to", "within_days", "or_when", "when", "field", "bands", "points")


class FormWrong(Exception):
    """Inputs that make no criterion. `problems` holds a sentence by the name of the input."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


def inputs(criterion: Mapping[str, Any], yaml: str) -> Inputs:
    """The inputs that show a criterion; ``kind`` is ``yaml`` where the other kinds cannot say it."""
    shown = Inputs({key: [str(criterion.get(key) or "")] for key in ("group", "text", "points", "why")})
    shown.show("yaml", yaml)
    try:
        shown.show("kind", _show_rule(shown, criterion))
    except Unsayable:
        shown.show("kind", "yaml")
    return shown


def _show_rule(shown: Inputs, criterion: Mapping[str, Any]) -> str:
    if "activity" in criterion:
        kinds = criterion["activity"]
        shown.show("activity", *([kinds] if isinstance(kinds, str) else kinds))
        for key in ("count", "times", "up_to", "within_days"):
            shown.show(key, str(criterion.get(key) or ""))
        shown.take(condition_inputs("or_when", criterion.get("or_when")))
        return "did"
    if "bands" in criterion:
        shown.show("field", str(criterion.get("field") or ""))
        _show_bands(shown, criterion["bands"])
        return "bands"
    shown.take(condition_inputs("when", criterion.get("when")))
    return "is"


def _show_bands(shown: Inputs, bands: Sequence[Mapping[str, Any]]) -> None:
    if len(bands) > BANDS or any("at_most" in band for band in bands):
        raise Unsayable
    for at, band in enumerate(bands):
        low, high = band.get("between") or (band.get("at_least", ""), band.get("below", ""))
        ends = "in" if "between" in band else "out"
        row = {"low": low, "high": high, "ends": ends, "points": band.get("points"), "text": band.get("text") or ""}
        for key, value in row.items():
            shown.show(f"band.{at}.{key}", str(value))


# ------------------------------------------------------------------------------------------------------ what was typed


def edits_of(name: str, form: Inputs, vocabulary: Vocabulary) -> Mapping[str, str]:
    """What was typed as edits of the criterion of that id. Raises `FormWrong`."""
    if form.get("kind") == "yaml":
        return {f"criteria.{name}.yaml": form.get("yaml", "").replace("\r\n", "\n")}
    made = _criterion(form, vocabulary)
    edits = {f"criteria.{name}.{key}": one_line(form.get(key, "")) for key in ("group", "text", "why")}
    for key in _RULE:
        edits[f"criteria.{name}.{key}"] = _written(made.get(key))
    return edits


def _written(value: Any) -> str:
    if value is None:
        return ""
    is_block = isinstance(value[0] if isinstance(value, list) and value else value, Mapping)
    return flow(value) if is_block else _words(value)


def _words(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def new_criterion(form: Inputs, taken: Sequence[str], vocabulary: Vocabulary) -> tuple[str, str]:
    """The id and the YAML of a new criterion. Raises `FormWrong`."""
    if form.get("kind") == "yaml":
        text = form.get("yaml", "").replace("\r\n", "\n")
        return str(_read_yaml(text).get("id")), text
    made = _criterion(form, vocabulary)
    words = one_line(form.get("text", "")) or " ".join(listed(_words(made.get("activity") or "criterion"))[:1])
    name = _free_id(words, taken)
    said = {key: one_line(form.get(key, "")) for key in ("group", "text", "why")}
    whole = {"id": name, "group": said["group"], "text": said["text"], **made, "why": said["why"]}
    return name, block({key: value for key, value in whole.items() if value != ""}) + "\n"


def _read_yaml(text: str) -> Mapping[str, Any]:
    try:
        read = document(text)
    except Nonsense as error:
        raise FormWrong({"yaml": str(error)}) from error
    read = read[0] if isinstance(read, list) and read else read
    if not isinstance(read, dict) or not read.get("id"):
        raise FormWrong({"yaml": "A criterion is a block of names with values that begins with `id: some_name`."})
    return read


def _free_id(words: str, taken: Sequence[str]) -> str:
    """An id made of words that no criterion has."""
    name = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:40].strip("_")
    name = name if name[:1].isalpha() else f"criterion_{name}".strip("_")
    reserved = {*taken, "reset", "decay", "clamp", "floor", "hold"}
    return next(each for each in (name, *(f"{name}_{n}" for n in range(2, 1000))) if each not in reserved)


def _criterion(form: Inputs, vocabulary: Vocabulary) -> dict[str, Any]:
    """The keys of the rule, points included. Raises `FormWrong` with all that is wrong."""
    problems: dict[str, str] = {}
    made: dict[str, Any] = {}
    kind = form.get("kind", "")
    if kind != "bands":
        _take(made, problems, "points", form)
    match kind:
        case "did":
            _take_counting(made, problems, form, vocabulary)
        case "bands":
            made["field"] = form.get("field", "")
            made["bands"] = _bands(form, problems)
        case _:
            _take_condition(made, problems, "when", form, vocabulary)
            if "when" not in made and not problems:
                problems["when"] = "Say who this is about: choose a field and what it should be."
    if problems:
        raise FormWrong(problems)
    return made


def _take(made: dict[str, Any], problems: dict[str, str], key: str, form: Inputs) -> None:
    try:
        made[key] = whole_number(form.get(key, ""))
    except Nonsense as error:
        problems[key] = str(error)


def _take_counting(made: dict[str, Any], problems: dict[str, str], form: Inputs, vocabulary: Vocabulary) -> None:
    kinds = list(dict.fromkeys(form.every("activity")))
    if not kinds:
        problems["activity"] = "Choose at least one thing that they did."
    else:
        made["activity"] = one_or_list(kinds)
    count = form.get("count") or "once"
    if count != "once":
        made["count"] = count
    for key in _COUNTS.get(count, ()):
        _take(made, problems, key, form)
    if form.get("within_days", "").strip():
        _take(made, problems, "within_days", form)
    _take_condition(made, problems, "or_when", form, vocabulary)


def _take_condition(
    made: dict[str, Any], problems: dict[str, str], key: str, form: Inputs, vocabulary: Vocabulary
) -> None:
    condition, wrong = condition_of(key, form, vocabulary)
    problems.update(wrong)
    if condition:
        made[key] = condition


def _bands(form: Inputs, problems: dict[str, str]) -> list[dict[str, Any]]:
    made = []
    for at in range(BANDS):
        typed = {key: one_line(form.get(f"band.{at}.{key}")) for key in ("low", "high", "points", "text")}
        if not any(typed.values()):
            continue
        try:
            made.append(_band(typed["low"], typed["high"], form.get(f"band.{at}.ends")))
            made[-1] |= {"points": whole_number(typed["points"])} | ({"text": typed["text"]} if typed["text"] else {})
        except Nonsense as error:
            problems[f"band.{at}"] = str(error)
    if not made and not problems:
        problems["band.0"] = "Write at least one band: from where, to where, and its points."
    return made


def _band(low: str, high: str, ends: str) -> dict[str, Any]:
    bounds = [numbers_in(bound) for bound in (low, high)]
    if any(bound and len(found) != 1 for bound, found in zip((low, high), bounds, strict=True)) or not (low or high):
        raise Nonsense("Write one number in each end, such as 25 and 60; one of the two may stay empty.")
    if low and high and ends == "in":
        return {"between": [bounds[0][0], bounds[1][0]]}
    return {key: found[0] for key, found in (("at_least", bounds[0]), ("below", bounds[1])) if found}
