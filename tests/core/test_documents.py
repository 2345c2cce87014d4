"""Files are read the way people mean them, with the line of every part."""

from __future__ import annotations

from pathlib import Path

import pytest

import mappings
from connector.core.vocabulary import FieldKind, Vocabulary
from mappings import DocumentError, read_document


def test_every_part_knows_its_line() -> None:
    document, lines = read_document("a: 1\nb:\n  - c: 2\n    d: [x,\n      y]\n")
    assert document == {"a": 1, "b": [{"c": 2, "d": ["x", "y"]}]}
    assert lines[("a",)] == 1
    assert lines[("b", 0, "d")] == 4
    assert lines[("b", 0, "d", 1)] == 5
    assert lines[()] == 1


def test_words_and_digits_stay_what_they_look_like() -> None:
    document, _ = read_document("[no, yes, on, 077, 2026-11-22, 1_000, 12:30, true, 5, -2.5, ~]")
    assert document == ["no", "yes", "on", "077", "2026-11-22", "1_000", "12:30", True, 5, -2.5, None]


def test_a_file_is_read_like_a_text(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text("name: Müller\n", encoding="utf-8")
    assert read_document(path) == ({"name": "Müller"}, {(): 1, ("name",): 1})


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("a: 1\nb: 2\na: 3", 3, "'a' stands twice in the same place, first on line 1"),
        ("a: 1\nb: [1, 2", 2, "not readable YAML"),
        ("a: 1\n  b: 2", 2, "not readable YAML"),
        ("a: {text: 100, 000 of them}", 1, "'000 of them' has no value. If it belongs to the text before it"),
        ("a: &x [1]\nb: *x", 1, "by an alias"),
        ("a: !!python/name:os.system x", 1, "a tag (!!python/name:os.system) means nothing here. Remove it"),
        ("a: 1\nb: !!int abc", 2, "a tag (!!int) means nothing here"),
        ("a: [1,\n !!timestamp abc]", 2, "a tag (!!timestamp) means nothing here"),
        ("!!set {a, b}", 1, "a tag (!!set) means nothing here"),
        ("a: 1\n!!str b: 2", 2, "a tag (!!str) means nothing here"),
        ("a: !important", 1, "a tag (!important) means nothing here"),
        ("a: ! x", 1, "a tag (!) means nothing here"),
        (
            "a: 1\nb: " + "9" * 5000,
            2,
            "a number of 5000 digits is too long. Write a shorter one, or put it into quotes",
        ),
        ("a: -" + "9" * 400 + ".5", 1, "a number of 401 digits is too long"),
        ("a: {{ points }}", 1, "a name was expected here"),
        ("? [a]\n: 1", 1, "a name was expected here"),
        ("a: 1\nb: \x07", 2, "not plain text: character 0x07"),
        ("[" * 2000, 1, "nested too deeply"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, line: int, told: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_document(text)
    assert caught.value.line == line
    assert told in str(caught.value)
    assert caught.value.mend


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_bytes("name: Müller".encode("latin-1"))
    with pytest.raises(DocumentError, match="UTF-8"):
        read_document(path)


def test_the_shipped_models_are_listed_and_read_by_name() -> None:
    assert mappings.model_names()[0] == "starter"
    assert len(mappings.model_names()) == 7
    assert mappings.model_text("home").startswith("# Home")
    with pytest.raises(FileNotFoundError, match="there are: starter"):
        mappings.model_text("../canonical")


# ---------------------------------------------------------------------------------------------------------- vocabulary


def test_the_vocabulary_holds_every_field_and_kind_with_its_meaning() -> None:
    words = Vocabulary.parse(mappings.load_vocabulary())
    assert words.fields["age"].type is FieldKind.NUMBER
    assert words.fields["household_income"].label == "Household income"
    assert "term_life" in words.fields["product_interest"].choices
    assert all(field.meaning for field in words.fields.values())
    assert [kind.code for kind in words.kinds.values()] == list(range(len(words.kinds)))
    assert words.kinds["callback_requested"].by_lead
    assert not words.kinds["call_attempted"].by_lead


def test_what_is_known_only_after_selling_is_marked() -> None:
    words = Vocabulary.parse(mappings.load_vocabulary())
    assert {name for name, field in words.fields.items() if field.outcome} >= {"lead_status", "annual_premium"}


def test_a_kind_nobody_knows_has_the_code_of_other() -> None:
    words = Vocabulary.parse(mappings.load_vocabulary())
    assert words.code_of("smoke_signal") == words.kinds["other"].code


@pytest.mark.parametrize(
    "document",
    [
        {}, {"fields": {}, "kinds": {}}, {"fields": {"a": {"type": "text"}}, "kinds": {}},
        {"fields": {"a": {"type": "colour", "meaning": "x"}}, "kinds": {"other": {"by": "rep", "text": "x"}}},
        {"fields": {}, "kinds": {"other": {"by": "nobody", "text": "x"}}},
    ],
)  # fmt: skip
def test_a_document_that_is_no_vocabulary_is_refused(document: dict) -> None:
    with pytest.raises(ValueError, match=r"vocabulary|kind|colour"):
        Vocabulary.parse(document)
