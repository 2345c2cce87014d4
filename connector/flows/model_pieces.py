"""One edit of a model's text: what its path means and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connector.flows.model_criteria import add_criterion, change_criterion
from connector.flows.model_lines import add_line, add_territory, change_territory
from connector.flows.model_parts import (
    Nonsense,
    Place,
    document,
    line_place,
    listed,
    one_line,
    one_or_list,
    whole_number,
)
from mappings.splicing import YamlText

ORDER = (
    "name", "description", "stages", "hysteresis", "caps", "hand_raiser", "territories", "decay", "reset_days",
    "criteria", "product_lines",
)  # fmt: skip
"""The keys of a model as the shipped ones have them; a new key takes its place among them."""
_RAISER = ("activity", "within_days", "at_least", "text", "unless")
_NEW_RAISER = {
    "activity": ["quote_requested", "callback_requested", "called_us"],
    "within_days": 3,
    "at_least": "SQL",
    "text": "asked us to get in touch",
}


def change(made: YamlText, path: str, value: str, edits: Mapping[str, str]) -> YamlText:
    """The text with one edit. `edits` are all of them: some belong together. Raises `Nonsense`."""
    head, _, rest = path.partition(".")
    if path.endswith(".remove") and head in ("decay", "product_lines", "territories"):
        return _remove(made, head, rest.removesuffix(".remove"), value)
    try:
        piece = _PIECES[head]
    except KeyError:
        raise Nonsense(f"A model has no part {path!r}.") from None
    return piece(made, rest, value, edits)


def _sentence(key: str) -> Callable[..., YamlText]:
    def put(made: YamlText, rest: str, value: str, edits: Mapping[str, str]) -> YamlText:  # noqa: ARG001
        return put_or_drop(made, (key,), one_line(value), ORDER)

    return put


def _number(made: YamlText, path: Place, value: str) -> YamlText:
    return put_or_drop(made, path, whole_number(value) if value.strip() else "", ORDER)


def put_or_drop(made: YamlText, path: Place, value: Any, order: tuple[str, ...]) -> YamlText:
    """The value there, or nothing there where it is an empty text."""
    if value not in ("", []):
        return made.put(path, value, order)
    return made.drop(path) if made.value(path) is not None else made


def _stages(made: YamlText, rest: str, value: str, edits: Mapping[str, str]) -> YamlText:  # noqa: ARG001
    return made.put(("stages", rest), whole_number(value), ("MQL", "SQL"))


def _hysteresis(made: YamlText, rest: str, value: str, edits: Mapping[str, str]) -> YamlText:  # noqa: ARG001
    points = whole_number(value) if value.strip() else 0
    return made if not points and made.value(("hysteresis",)) is None else made.put(("hysteresis",), points, ORDER)


def _caps(made: YamlText, rest: str, value: str, edits: Mapping[str, str]) -> YamlText:  # noqa: ARG001
    if made.value(("caps",)) is None:
        return made.put(("caps",), {rest: whole_number(value)}, ORDER) if value.strip() else made
    return put_or_drop(
        made, ("caps", rest), whole_number(value) if value.strip() else "", ("fit", "engagement", "negative")
    )


def _reset(made: YamlText, rest: str, value: str, edits: Mapping[str, str]) -> YamlText:  # noqa: ARG001
    return _number(made, ("reset_days",), value)


def _decay(made: YamlText, rest: str, value: str, edits: Mapping[str, str]) -> YamlText:  # noqa: ARG001
    at, _, key = rest.partition(".")
    if not at.isdigit() or made.value(("decay", int(at))) is None:
        raise Nonsense("This step of the decay is gone. Somebody removed it.")
    return made.put(("decay", int(at), key), whole_number(value), ("days", "percent"))


# -------------------------------------------------------------------------------------------------------- hand-raiser


def _raiser(made: YamlText, rest: str, value: str, edits: Mapping[str, str]) -> YamlText:
    there = made.value(("hand_raiser",)) is not None
    if rest == "on":
        if value == "no":
            return made.drop(("hand_raiser",)) if there else made
        return made if there else made.put(("hand_raiser",), _new_raiser(edits), ORDER)
    if not there:
        if edits.get("hand_raiser.on") == "no":
            return made
        raise Nonsense("The rule for raised hands is off. Turn it on first.")
    return put_or_drop(made, ("hand_raiser", rest), _raiser_value(rest, value), _RAISER)


def _raiser_value(key: str, value: str) -> Any:
    match key:
        case "activity":
            return one_or_list(listed(value)) if listed(value) else []
        case "within_days":
            return whole_number(value)
        case "unless":
            return document(value) if value.strip() else ""
        case _:
            return one_line(value)


def _new_raiser(edits: Mapping[str, str]) -> Mapping[str, Any]:
    """A rule with what was typed together with turning it on, and what is usual else."""
    typed = {key: edits.get(f"hand_raiser.{key}", "").strip() for key in _RAISER}
    told = {key: _raiser_value(key, value) for key, value in typed.items() if value}
    return {key: {**_NEW_RAISER, **told}[key] for key in _RAISER if key in _NEW_RAISER or key in told}


# ------------------------------------------------------------------------------------------------- what comes and goes


def _add(made: YamlText, rest: str, value: str, edits: Mapping[str, str]) -> YamlText:
    what, _, which = rest.partition(".")
    match what:
        case "criterion":
            return add_criterion(made, which, value)
        case "product_line":
            return add_line(made, which, value)
        case "decay":
            return _add_step(made, edits) if which == "days" or "add.decay.days" not in edits else made
        case "territory":
            return add_territory(made, value, edits) if which == "name" else made
        case _:
            raise Nonsense(f"Nothing is called {rest!r} that could be added.")


def _add_step(made: YamlText, edits: Mapping[str, str]) -> YamlText:
    days, percent = (whole_number(edits.get(f"add.decay.{key}", "")) for key in ("days", "percent"))
    steps = made.value(("decay",)) or []
    place = sum(1 for step in steps if int(step["days"]) < days)
    if not steps:
        return made.put(("decay",), [{"days": days, "percent": percent}], ORDER)
    return made.insert(("decay",), place, f"{{days: {days}, percent: {percent}}}\n")


def _remove(made: YamlText, head: str, rest: str, value: str) -> YamlText:
    if not value:
        return made
    if head == "decay":
        path: Place = ("decay", int(rest)) if rest.isdigit() else ("decay", -1)
    else:
        path = line_place(made, rest) if head == "product_lines" else ("territories", rest)
    if made.value(path) is None:
        raise Nonsense("This is gone already. Somebody removed it.")
    return made.drop(path)


def _line(made: YamlText, rest: str, value: str, edits: Mapping[str, str]) -> YamlText:  # noqa: ARG001
    line_id, _, key = rest.rpartition(".")
    if key != "name":
        raise Nonsense(f"A product line has no {key!r}.")
    return made.put((*line_place(made, line_id), "name"), one_line(value), ("id", "name", "criteria"))


_PIECES: Mapping[str, Callable[[YamlText, str, str, Mapping[str, str]], YamlText]] = {
    "name": _sentence("name"),
    "description": _sentence("description"),
    "stages": _stages,
    "hysteresis": _hysteresis,
    "caps": _caps,
    "reset_days": _reset,
    "decay": _decay,
    "hand_raiser": _raiser,
    "territories": change_territory,
    "product_lines": _line,
    "criteria": change_criterion,
    "add": _add,
}
