"""Any sequence of edits gives exactly the model that was meant, whatever was edited before."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import mappings
from connector.core.vocabulary import Vocabulary
from connector.flows.model_edits import EditRefused, checked
from mappings.splicing import YamlText
from mappings.writing import block, flow

VOCABULARY = Vocabulary.parse(mappings.load_vocabulary())
ODD = """\
name:   'It''s ours'   # the name
stages:
    MQL: 30
    SQL:    60   # hot
criteria:
- id: asked      # first
  group: engagement
  points:   25
  activity: [quote_requested,
             callback_requested]
  # a thought inside
-
  id: "fit_one"
  group: fit
  text: >
    Lives
    there
  points: 10
  when:
      all:
          - {field: age, at_least: 20}
          - field: age
            between:
                - 25
                - 60

product_lines: [{id: home, name: Home}, {id: term_life, name: Life,
  criteria: [{id: x, group: fit, text: X, points: 3, when: {field: age, at_least: 3}}]}]
"""
FLAT = (
    "{name: Flat, stages: {MQL: 30, SQL: 60}, criteria: [{id: a, group: engagement, points: 9, activity: called_us}], "
    "product_lines: [{id: home, name: Home}]}"
)
TEXTS = [*(mappings.model_text(name) for name in mappings.model_names()), ODD, ODD, FLAT]
KINDS = ["quote_requested", "email_opened", "called_us"]

words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=30)
sentences = words.map(str.strip).filter(bool)
scalars = sentences | st.integers(-(10**6), 10**6) | st.booleans() | st.none()
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(sentences, inner, max_size=4), max_leaves=12
)
whats = st.sampled_from(["points", "text", "remove", "add", "up", "down", "move", "decay", "rule"])
steps = st.tuples(whats, st.integers(0, 99), sentences)


def read(text: str) -> Any:
    return mappings.read_document(text)[0]


@given(documents)
def test_whatever_is_written_reads_back_as_it_was(value: Any) -> None:
    assert read(f"key: {flow(value)}\n") == {"key": value}
    assert read(block({"key": value, "last": 1}) + "\n") == {"key": value, "last": 1}


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(TEXTS), st.lists(steps, min_size=1, max_size=8))
def test_a_sequence_of_edits_gives_what_was_meant(text: str, sequence: list[tuple[str, int, str]]) -> None:
    meant = read(text)
    for step in sequence:
        wanted = copy.deepcopy(meant)
        edits = do(wanted, *step)
        try:
            text, _ = checked(text, edits, VOCABULARY)
        except EditRefused:
            continue  # what a model may not be; the text stays as it was
        meant = wanted
        assert read(text) == meant


def places(model: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    found = [("shared", model["criteria"])]
    return found + [(line["id"], line.setdefault("criteria", [])) for line in model["product_lines"]]


def do(model: dict[str, Any], what: str, number: int, said: str) -> dict[str, str]:
    """Does it to the document and says which edits mean the same."""
    here = places(model)
    place, criteria = here[number % len(here)]
    if what == "decay":
        edits = _decay(model, number)
    elif what == "add" or not criteria:
        edits = _add(criteria, place, number, said)
    else:
        edits = _change(here[(number + 1) % len(here)], criteria, (what, number, said))
    for line in model["product_lines"]:
        if line["criteria"] == []:
            del line["criteria"]
    return edits


def _change(other: tuple[str, list[Any]], criteria: list[Any], step: tuple[str, int, str]) -> dict[str, str]:
    what, number, said = step
    at = number % len(criteria)
    one = criteria[at]
    path = f"criteria.{one['id']}"
    edits = {f"{path}.remove": "yes"}
    if what == "points" and "points" in one:
        one["points"] = -number - 1 if one["group"] == "negative" else number + 1
        edits = {f"{path}.points": str(one["points"])}
    elif what == "text":
        one["text"] = said
        edits = {f"{path}.text": said}
    elif what == "rule" and "activity" in one:
        edits = _rule(one, path, number, said)
    elif what in ("up", "down"):
        same = [place for place, each in enumerate(criteria) if each["group"] == one["group"]]
        beside = [p for p in same if p < at][-1:] if what == "up" else [p for p in same if p > at][:1]
        criteria.insert(beside[0] if beside else at, criteria.pop(at))
        edits = {f"{path}.move": what}
    else:
        gone = criteria.pop(at)
        if what == "move":
            other[1].insert(at if other[1] is criteria else len(other[1]), gone)
            edits = {f"{path}.move": f"to {other[0]}"}
    return edits


def _rule(one: dict[str, Any], path: str, number: int, said: str) -> dict[str, str]:
    kinds = KINDS[: 1 + number % 3]
    one["activity"] = kinds if len(kinds) > 1 else kinds[0]
    one["or_when"] = {"any": [{"field": "age", "at_least": number}, {"field": "city", "in": [said]}]}
    return {f"{path}.activity": ", ".join(kinds), f"{path}.or_when": flow(one["or_when"])}


def _add(criteria: list[Any], place: str, number: int, said: str) -> dict[str, str]:
    new = {
        "id": f"new_{number}",
        "group": "fit",
        "text": said,
        "points": 5,
        "when": {"field": "age", "at_least": number},
    }
    criteria.append(new)
    return {f"add.criterion.{place}": block(new) + "\n"}


def _decay(model: dict[str, Any], number: int) -> dict[str, str]:
    decay = model.setdefault("decay", [])
    decay.append({"days": number + 1, "percent": number + 1})
    decay.sort(key=lambda step: step["days"])
    return {"add.decay.days": str(number + 1), "add.decay.percent": str(number + 1)}


def test_the_texts_of_an_item_are_what_is_put_back() -> None:
    for text in map(mappings.model_text, mappings.model_names()):
        made = YamlText(text)
        for at in range(len(made.value(("criteria",)))):
            path = ("criteria", at)
            assert made.exchange(path, made.item_text(path)).text == text
