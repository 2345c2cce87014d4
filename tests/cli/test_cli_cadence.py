"""How often a CRM is read by itself, and the question whether missing leads are gone, at the command line."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.cli.agency import Agency


def test_cadence_shows_and_sets_how_often_a_crm_is_read(fresh: Agency) -> None:
    assert "hubspot is read every 5 minutes." in fresh.run("cadence").stdout
    assert "Not compared as a whole yet." in fresh.run("cadence").stdout
    assert "is read every 2 hours. Next sync" in fresh.run("cadence", "--every", "2h").stdout
    assert fresh.json("cadence")["hubspot"]["every"] == 7200
    assert "is read once a night only." in fresh.run("cadence", "--every", "off").stdout
    assert fresh.json("cadence")["hubspot"]["next_at"] is None


@pytest.mark.parametrize("wrong", ["5", "m", "-5m", "5 minutes", "1e9s", "٥m", "", "99999999s"])
def test_what_is_no_stretch_of_time_is_refused_with_an_example(nobody: Agency, wrong: str) -> None:
    assert "for example 90s, 5m" in nobody.run("cadence", "--every", wrong, code=2).output


def test_reading_every_few_seconds_is_refused(fresh: Agency) -> None:
    assert "uses its calls up" in fresh.run("cadence", "--every", "5s", code=1).output


def ask(agency: Agency, answer: str = "") -> None:
    asked = {"count": 51, "of": 1000, "run": 7, "day": "2026-11-20", "answer": answer}
    with closing(sqlite3.connect(agency.database)) as database, database:
        database.execute("UPDATE connection SET missing = ?", [json.dumps(asked)])


def test_a_question_is_shown_with_what_to_do_and_answered_once(fresh: Agency) -> None:
    assert "No leads are missing." in fresh.run("missing").stdout
    assert "nothing to answer" in fresh.run("missing", "accept", code=1).output
    ask(fresh)
    assert "51 of 1,000 leads were not in the CRM" in fresh.run("missing").stdout
    assert fresh.doctor()["missing leads"]["state"] == "bad"
    assert "stay as they are" in fresh.run("missing", "--connection", "hubspot", "keep").stdout
    assert "Answered: keep." in fresh.run("missing").stdout
    assert "missing leads" not in fresh.doctor()
    assert "retired by the next reconciliation" in fresh.run("missing", "accept").stdout
    assert fresh.doctor()["cadence"]["text"].startswith("Read every 5 minutes.")
