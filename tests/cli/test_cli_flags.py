"""What reps said of scores, at the command line."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.cli.agency import Agency


@pytest.fixture
def flagged(scored: Agency) -> Agency:
    """One flag that waits, as the store keeps it."""
    with closing(sqlite3.connect(scored.database)) as connection, connection:
        connection.execute("DELETE FROM flag")
        connection.execute(
            "INSERT INTO flag (tenant_id, connection_id, lead_id, source_event, kind, note, who, at, score) "
            "SELECT tenant_id, connection_id, id, 'link:1:x', 'do_not_contact', 'Moved', 'Ana', 1795170000, 40 "
            "FROM lead ORDER BY id LIMIT 1"
        )
        connection.execute("UPDATE lead SET held_at = 1795170000 WHERE id = (SELECT lead_id FROM flag)")
    return scored


def test_no_flag_is_said_so(scored: Agency) -> None:
    assert "No flag waits for an answer." in scored.run("flags").stdout
    assert scored.json("flags") == {"flags": []}


def test_flags_are_listed_for_people_and_for_programs(flagged: Agency) -> None:
    said = flagged.run("flags").stdout
    assert "do not contact" in said
    assert "Moved" in said
    (one,) = flagged.json("flags")["flags"]
    assert (one["kind"], one["who"], one["score_then"], one["answer"]) == ("do_not_contact", "Ana", 40, "")
    assert one["on_hold_since"] == 1_795_170_000


def test_an_answer_is_kept_and_releases_the_hold_when_told(flagged: Agency) -> None:
    (one,) = flagged.json("flags")["flags"]
    flagged.run("flags", "answer", str(one["id"]), "--text", "She called again.", "--by", "Cleo", "--release")
    assert flagged.json("flags") == {"flags": []}
    (done,) = flagged.json("flags", "--answered")["flags"]
    assert (done["answer"], done["answered_by"], done["on_hold_since"]) == ("She called again.", "Cleo", None)
    assert "Cleo: She called again." in flagged.run("flags", "--answered").stdout


def test_an_answer_to_nothing_says_what_to_do(flagged: Agency) -> None:
    assert "leadtier flags" in flagged.run("flags", "answer", "99", "--text", "Fine.", code=1).stderr
    (one,) = flagged.json("flags")["flags"]
    assert "Write an answer" in flagged.run("flags", "answer", str(one["id"]), "--text", " ", code=1).stderr
