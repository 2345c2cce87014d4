"""The rule for raised hands as the inputs of a form.

Inputs: ``on``, ``activity``, ``within_days``, ``at_least``, ``text``, and a condition under ``unless``.
"""

from __future__ import annotations

from collections.abc import Mapping

from connector.core.vocabulary import Vocabulary
from connector.flows.condition_forms import Unsayable, condition_inputs, condition_of
from connector.flows.criterion_forms import FormWrong
from connector.flows.form_inputs import Inputs
from mappings.splicing import YamlText
from mappings.writing import flow

_WORDS = ("within_days", "at_least", "text")


def inputs(text: str) -> Inputs:
    """The inputs that show the rule of a model's text; ``unless.text`` stands for what rows cannot show."""
    rule = YamlText(text).value(("hand_raiser",))
    shown = Inputs({"on": ["yes" if rule else "no"]})
    kinds = (rule or {}).get("activity") or []
    shown.show("activity", *([kinds] if isinstance(kinds, str) else kinds))
    for key in _WORDS:
        shown.show(key, (rule or {}).get(key) or "")
    try:
        shown.take(condition_inputs("unless", (rule or {}).get("unless")))
    except Unsayable:
        shown.show("unless.kept", "yes")
    return shown


def edits_of(form: Inputs, vocabulary: Vocabulary) -> Mapping[str, str]:
    """What was typed as edits of the model. Raises `FormWrong`."""
    if form.get("on") == "no":
        return {"hand_raiser.on": "no"}
    condition, problems = condition_of("unless", form, vocabulary)
    if not form.every("activity"):
        problems = {**problems, "activity": "Choose at least one thing by which a lead raises a hand."}
    if problems:
        raise FormWrong(problems)
    edits = {"on": "yes", "activity": ", ".join(form.every("activity"))}
    edits |= {key: form.get(key) for key in _WORDS}
    if not form.get("unless.kept"):
        edits["unless"] = flow(condition) if condition else ""
    return {f"hand_raiser.{key}": value for key, value in edits.items()}
