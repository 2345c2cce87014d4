"""Edits of a model's text, by path: ``stages.SQL`` is ``60``. Comments, order and quotes of its author stay.

A form of the screens names its inputs by these paths, see `model_values.values` for those that hold a single value.
Beside them: ``criteria.<id>.move`` (up, down, ``to shared``, ``to <product line>``), ``criteria.<id>.yaml`` (all of
it), ``<anything>.remove``, ``add.criterion.<shared or a product line>`` (its YAML), ``add.product_line.<id>`` (the
shipped model it comes from, or ``empty``), ``add.decay.days`` with ``.percent``, and
``add.territory.name`` with ``.states``.
"""

from __future__ import annotations

from collections.abc import Mapping

from connector.core.model import Model, ModelRefused, parse_model
from connector.core.types import Problem
from connector.core.vocabulary import Vocabulary
from connector.flows.model_parts import Nonsense, criterion_places
from connector.flows.model_pieces import change
from connector.flows.model_values import values_or_none
from mappings import DocumentError, read_document
from mappings.splicing import YamlText

BASE = "base"
"""The input that holds the text a form was made from, so that only what its reader changed counts."""
NOT_EDITS = frozenset(
    {"csrf_token", "edition", "seen", "note", "revert", "add_line", "new_line", "new_line_from", BASE}
)
SLIDER = ".slider"
"""How the names of sliders end; the number beside decides."""
LONGEST = 200_000
"""Characters of a model; the largest that ships has six thousand. Reading much longer ones takes a minute."""


class EditRefused(Exception):
    """Edits that make no model. `problems` holds a sentence by path; the path is empty where none fits."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


def form_edits(form: Mapping[str, str]) -> Mapping[str, str]:
    """What somebody changed in a form whose inputs are named by paths; with `BASE`, only what differs from it."""
    sent = {
        path: value.replace("\r\n", "\n").strip()
        for path, value in form.items()
        if path not in NOT_EDITS and not path.endswith(SLIDER)
    }
    shown = values_or_none(form.get(BASE, "").replace("\r\n", "\n")) or {}
    return {path: value for path, value in sent.items() if shown.get(path, "") != value}


def typed_edits(form: Mapping[str, str]) -> Mapping[str, str]:
    """The same without what takes a button: while somebody types, nothing comes, goes or moves.

    htmx sends the button that has the focus along, and inputs for something new are not finished yet.
    """
    shown = values_or_none(form.get(BASE, "").replace("\r\n", "\n")) or {}
    return {path: value for path, value in form_edits(form).items() if path in shown and path != "hand_raiser.on"}


def apply(text: str, edits: Mapping[str, str]) -> str:
    """The text with these edits. What is not touched stays to the byte.

    Raises `EditRefused` with every edit that cannot be understood or whose part is gone; whether the result is a model
    that makes sense, `checked` says.
    """
    made, problems = YamlText(text), {}
    for path, value in sorted(edits.items(), key=_turn):
        try:
            made = change(made, path, value, edits)
        except Nonsense as error:
            problems[path] = str(error)
    if problems:
        raise EditRefused(problems)
    return made.text if made.text != YamlText(text).text else text


def _turn(edit: tuple[str, str]) -> tuple[int, int]:
    """What comes first: the hand-raiser must be there before it is changed, and places count until something goes."""
    path = edit[0]
    if path.endswith(".remove"):
        steps = [int(step) for step in path.split(".") if step.isdigit()]
        return 4, -(steps[-1] if steps else 0)
    if path.endswith(".move"):
        return 3, 0
    if path.startswith("add."):
        return 2, 0
    return (0, 0) if path == "hand_raiser.on" else (1, 0)


def checked(text: str, edits: Mapping[str, str], vocabulary: Vocabulary) -> tuple[str, Model]:
    """The text with these edits and the model it describes. Raises `EditRefused`, each sentence beside its path."""
    made = apply(text, edits)
    if len(made) > LONGEST:
        raise EditRefused({"": f"A model may have {LONGEST:,} characters, and this has {len(made):,}. Shorten it."})
    try:
        document, lines = read_document(made)
        return made, parse_model(document, lines, vocabulary)
    except DocumentError as error:
        raise EditRefused({"": str(error)}) from error
    except ModelRefused as error:
        raise EditRefused(beside(made, error.problems)) from error


def beside(text: str, problems: list[Problem]) -> Mapping[str, str]:
    """What is wrong with a model, by the paths of the inputs that show it."""
    made = YamlText(text)
    ids = {place: name for name, place in criterion_places(made).items()}
    found: dict[str, str] = {}
    for problem in problems:
        path = _input(made, problem.where, ids)
        sentence = f"{problem.text} {problem.mend}"
        found[path] = f"{found[path]} {sentence}" if path in found else sentence
    return found


def _input(made: YamlText, where: str, ids: Mapping[tuple[str | int, ...], str]) -> str:
    """The path of the input for a part of the document."""
    steps = tuple(int(step) if step.isdigit() else step for step in where.split("."))
    for length in (2, 4):
        if steps[:length] in ids:
            key = steps[length : length + (3 if "bands" in steps[length : length + 1] else 1)]
            return ".".join(("criteria", ids[steps[:length]], *map(str, key)))
    if steps[0] == "product_lines" and len(steps) > 1:
        return f"product_lines.{made.value((*steps[:2], 'id'))}" + (".name" if "name" in steps else "")
    return where if where != "the file" else ""
