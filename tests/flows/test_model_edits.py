"""Edits of a model's text: exactly what was meant changes, and nothing else, to the byte."""

from __future__ import annotations

import difflib
import time
from typing import Any

import pytest

import mappings
from connector.core.vocabulary import Vocabulary
from connector.flows.model_edits import EditRefused, apply, checked, form_edits
from connector.flows.model_values import values

VOCABULARY = Vocabulary.parse(mappings.load_vocabulary())
AUTO = mappings.model_text("personal_auto")
ODD = """\
# Written by somebody else: other indentation, aligned columns, quotes of both kinds, flow over lines.
name:   'It''s ours'   # the name
stages:
    MQL: 30
    SQL:    60   # hot
territories: {"West: co.": {states: [CA, NV]}, "zip": {zip_prefixes: ["077", "900"]}}
criteria:
- id: asked      # first
  group: engagement
  points:   25
  activity: [quote_requested,
             callback_requested]
  # a thought inside
- id: "fit_one"
  group: fit
  text: "Lives: there"
  points: 10
  when:
      all:
          - {territory: "West: co."}
          - field: age
            between:
                - 25
                - 60

product_lines: [{id: home, name: Home}]
"""


def lines_changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and those that came."""
    found = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    gone = [line[2:] for line in found if line.startswith("- ")]
    return gone, [line[2:] for line in found if line.startswith("+ ")]


@pytest.mark.parametrize("name", mappings.model_names())
def test_without_edits_or_with_the_values_it_has_a_model_stays_to_the_byte(name: str) -> None:
    text = mappings.model_text(name)
    assert apply(text, {}) == text
    assert apply(text, values(text)) == text


def test_a_file_of_any_style_keeps_its_style() -> None:
    assert apply(ODD, values(ODD)) == ODD
    edited, model = checked(ODD, {"criteria.asked.points": "30", "stages.SQL": "55"}, VOCABULARY)
    assert lines_changed(ODD, edited) == (
        ["    SQL:    60   # hot", "  points:   25"],
        ["    SQL:    55   # hot", "  points:   30"],
    )
    assert model.sql == 55


@pytest.mark.parametrize(
    ("edits", "gone", "came"),
    [
        ({"stages.SQL": "60"}, ["stages: {MQL: 40, SQL: 65}"], ["stages: {MQL: 40, SQL: 60}"]),
        ({"decay.1.percent": "30"}, ["  - {days: 90, percent: 25}"], ["  - {days: 90, percent: 30}"]),
        ({"add.decay.days": "60", "add.decay.percent": "20"}, [], ["  - {days: 60, percent: 20}"]),
        ({"decay.0.remove": "yes"}, ["  - {days: 45, percent: 10}"], []),
        ({"reset_days": ""}, ["reset_days: 365"], []),
        ({"caps.fit": ""}, ["caps: {fit: 45, engagement: 70}"], ["caps: {engagement: 70}"]),
        ({"hand_raiser.unless": ""}, ["  unless: {field: do_not_contact, is: true}"], []),
        (
            {"criteria.vehicles.bands.1.points": "9"},
            ["          - {at_least: 2, points: 8, text: Two or more vehicles to insure}"],
            ["          - {at_least: 2, points: 9, text: Two or more vehicles to insure}"],
        ),
        ({"criteria.meeting.why": "It: matters #1"}, [], ['    why: "It: matters #1"']),
        (
            {"territories.ours.states": "tx, Florida"},
            ["  ours: {states: [TX, FL, OH, GA, NC, AZ]}"],
            ["  ours: {states: [TX, FL]}"],
        ),
        ({"add.territory.name": "West", "add.territory.states": "CA NV"}, [], ["  West: {states: [CA, NV]}"]),
        ({"product_lines.personal_auto.name": "Cars"}, ["    name: Personal auto"], ["    name: Cars"]),
    ],
)  # fmt: skip
def test_an_edit_changes_its_own_lines_only(edits: dict[str, str], gone: list[str], came: list[str]) -> None:
    edited, _ = checked(AUTO, edits, VOCABULARY)
    assert lines_changed(AUTO, edited) == (gone, came)


def test_a_criterion_comes_goes_and_moves_with_its_lines() -> None:
    new = "id: forms\n# a thought\ngroup: engagement\npoints: 4\nactivity: form_submitted\n"
    added, model = checked(AUTO, {"add.criterion.shared": new}, VOCABULARY)
    assert "  - id: forms\n    # a thought\n    group: engagement\n" in added
    assert model.criteria[-1].id == "forms"
    assert apply(added, {"criteria.forms.remove": "yes"}) == AUTO

    up = apply(AUTO, {"criteria.meeting.move": "up"})
    assert apply(up, {"criteria.meeting.move": "down"}) == AUTO
    assert up.index("id: meeting") < up.index("id: asked_for_contact")

    _, model = checked(AUTO, {"criteria.vehicles.move": "to shared"}, VOCABULARY)
    assert "vehicles" in [each.id for each in model.criteria]
    assert "vehicles" not in [each.id for each in model.product_lines[0].criteria]


def test_a_file_on_one_line_is_edited_like_any_other() -> None:
    flat = (
        "{name: Flat, stages: {MQL: 30, SQL: 60}, "
        "criteria: [{id: a, group: engagement, points: 9, activity: called_us},"
        " {id: b, group: engagement, points: 8, activity: email_opened}], product_lines: [{id: home, name: Home}]}\n"
    )
    _, model = checked(flat, {"criteria.b.move": "up", "criteria.a.points": "10"}, VOCABULARY)
    assert [(each.id, each.levels()) for each in model.criteria] == [("b", (8,)), ("a", (10,))]
    _, model = checked(flat, {"criteria.b.move": "to home"}, VOCABULARY)
    assert [each.id for each in model.product_lines[0].criteria] == ["b"]


def test_a_dash_with_a_comment_behind_it_goes_with_its_item() -> None:
    odd = ODD.replace('- id: "fit_one"', '-   # about who they are\n  id: "fit_one"')
    edited = apply(odd, {"criteria.fit_one.remove": "yes"})
    assert lines_changed(odd, edited)[1] == []
    assert "about who they are" not in edited
    assert "# a thought inside" in edited


def test_a_section_comment_stays_when_the_criterion_below_it_goes() -> None:
    edited = apply(AUTO, {"criteria.do_not_contact.remove": "yes"})
    assert "# ---- Negative: what speaks against" in edited
    assert "Asked not to be contacted" not in edited


def test_a_product_line_brings_its_criteria_its_territories_and_ids_of_its_own() -> None:
    own = AUTO.replace("  ours: {states", "  mine: {states").replace("territory: ours", "territory: mine")
    _, model = checked(own, {"add.product_line.home": "home", "add.product_line.term_life": "empty"}, VOCABULARY)
    home, life = model.product_lines[1:]
    assert {"home_territory", "home_owner"} <= {each.id for each in home.criteria}
    assert (life.id, life.name, life.criteria) == ("term_life", "Term life", ())


def test_a_hand_raiser_is_turned_off_and_on_with_what_was_typed() -> None:
    off, model = checked(AUTO, {"hand_raiser.on": "no", "hand_raiser.within_days": "3"}, VOCABULARY)
    assert model.hand_raiser is None
    _, model = checked(off, {"hand_raiser.on": "yes", "hand_raiser.within_days": "5"}, VOCABULARY)
    assert model.hand_raiser is not None
    assert model.hand_raiser.within_days == 5


@pytest.mark.parametrize(
    ("edits", "path", "said"),
    [
        ({"stages.SQL": "warm"}, "stages.SQL", "“warm” is not a whole number"),
        ({"stages.SQL": ""}, "stages.SQL", "Nothing is not a whole number"),
        ({"stages.MQL": "65"}, "stages", "not above an MQL"),
        ({"criteria.meeting.points": "400"}, "criteria.meeting.points", "from 1 to 100"),
        ({"criteria.unsubscribed.points": "-400"}, "criteria.unsubscribed.points", "from -100 to -1"),
        ({"criteria.unsubscribed.points": "15"}, "criteria.unsubscribed.points", "from -100 to -1"),
        ({"criteria.vehicles.bands.0.points": "0"}, "criteria.vehicles.bands.0.points", "from 1 to 100"),
        ({"decay.0.percent": "140"}, "decay.0.percent", "from 1 to 100"),
        ({"decay.0.days": "95"}, "decay", "must come later"),
        ({"decay.9.percent": "3"}, "decay.9.percent", "gone"),
        ({"criteria.nobody.points": "4"}, "criteria.nobody.points", "no criterion 'nobody'"),
        ({"territories.ours.remove": "yes"}, "criteria.territory.when", "'ours' is not described"),
        ({"territories.ours.states": "Atlantis"}, "territories.ours.states.0", "ATLANTIS"),
        ({"criteria.meeting.yaml": "id: meeting\npoints: ["}, "criteria.meeting.yaml", "Line "),
        ({"criteria.meeting.when": "{a: b: c}"}, "criteria.meeting.when", "not readable"),
        ({"add.criterion.shared": "id: meeting\n"}, "add.criterion.shared", "already"),
        ({"add.product_line.personal_auto": "empty"}, "add.product_line.personal_auto", "already"),
        ({"add.product_line.boats": "empty"}, "product_lines.boats", "not a choice of product_interest"),
        ({"product_lines.personal_auto.remove": "yes"}, "product_lines", "at least one product line"),
        ({"hand_raiser.within_days": "-1"}, "hand_raiser.within_days", "from 0"),
        ({"__class__.x": "1"}, "__class__.x", "no part"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_a_sentence_beside_its_input(edits: dict[str, str], path: str, said: str) -> None:
    with pytest.raises(EditRefused) as refused:
        checked(AUTO, edits, VOCABULARY)
    assert said in refused.value.problems[path]


def test_every_wrong_value_is_named_in_one_go() -> None:
    with pytest.raises(EditRefused) as refused:
        checked(AUTO, {"stages.SQL": "x", "criteria.meeting.points": "y", "reset_days": "z"}, VOCABULARY)
    assert set(refused.value.problems) == {"stages.SQL", "criteria.meeting.points", "reset_days"}


def test_only_what_its_reader_changed_in_a_form_is_an_edit() -> None:
    shown = dict(values(AUTO))
    form: dict[str, Any] = {**shown, "base": AUTO.replace("\n", "\r\n"), "csrf_token": "x", "edition": "3"}
    assert form_edits(form) == {}
    form |= {"stages.SQL": " 60 ", "criteria.meeting.points.slider": "99", "add.decay.days": "", "revert": ""}
    assert form_edits(form) == {"stages.SQL": "60"}


@pytest.mark.parametrize("name", mappings.model_names())
def test_an_edit_takes_less_than_thirty_milliseconds(name: str) -> None:
    text = mappings.model_text(name)
    took = []
    for points in range(41, 46):
        began = time.perf_counter()
        apply(text, {"stages.MQL": str(points), "stages.SQL": "70"})
        took.append(time.perf_counter() - began)
    assert min(took) < 0.030
