"""`leadtier hooks`: addresses, secrets and counts at the command line; secrets come from files or a prompt only."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from connector.__main__ import main
from tests.cli.agency import Agency

PUBLIC = {"LEADTIER_PUBLIC_URL": "https://leads.example"}


def listed(fresh: Agency) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(fresh.run("hooks", "--json", **PUBLIC).stdout)
    return found


def test_the_list_needs_to_know_how_crms_reach_us(fresh: Agency) -> None:
    assert "LEADTIER_PUBLIC_URL" in fresh.refusal("hooks")
    assert "LEADTIER_PUBLIC_URL" in fresh.refusal("hooks", "add", "--connection", "hubspot", "--secret-file", __file__)


def test_the_list_says_step_by_step_what_to_set_up(fresh: Agency) -> None:
    said = fresh.run("hooks", **PUBLIC).stdout
    assert "https://leads.example/hooks/hubspot" in said
    assert '"propertyName": "leadtier_flag"' in said
    assert "1. In the app's project" in said
    assert "No secret is known yet" in said


def test_an_app_s_secret_is_added_listed_and_removed(fresh: Agency) -> None:
    file = fresh.folder / "secret"
    file.write_text("the-client-secret\n")
    fresh.run("hooks", "add", "--app", "hubspot", "--secret-file", str(file))
    asked = CliRunner().invoke(main, ["hooks", "add", "--app", "hubspot"], input="typed\n", env=fresh.environment)
    assert asked.exit_code == 0
    assert "typed" not in asked.output
    (app,) = listed(fresh)
    assert [secret["id"] for secret in app["secrets"]] == [1, 2]
    fresh.run("hooks", "remove", "1")
    (app,) = listed(fresh)
    assert [secret["id"] for secret in app["secrets"]] == [2]
    assert "leadtier hooks" in fresh.refusal("hooks", "remove", "1")
    assert "the-client-secret" not in str(fresh.rows("SELECT * FROM hook_secret") + fresh.rows("SELECT * FROM audit"))


def test_a_connection_s_own_address_is_shown_once(fresh: Agency) -> None:
    file = fresh.folder / "secret"
    file.write_text("the-client-secret")
    made = json.loads(
        fresh.run(
            "hooks", "add", "--connection", "hubspot", "--secret-file", str(file), "--json", **PUBLIC
        ).stdout.splitlines()[-1]
    )
    assert made["address"].startswith("https://leads.example/hooks/hubspot/")
    key = made["address"].rpartition("/")[2]
    assert len(key) >= 40
    assert key not in fresh.run("hooks", **PUBLIC).stdout
    assert key not in str(fresh.rows("SELECT * FROM hook_secret"))
    again = fresh.run("hooks", "add", "--connection", "hubspot", "--secret-file", str(file), **PUBLIC).stdout
    assert "https://" not in again, "another secret of the same address"
    assert [each["address"] for each in listed(fresh)] == [
        "https://leads.example/hooks/hubspot",
        "https://leads.example/hooks/hubspot/…",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hooks", "add"), "either"),
        (("hooks", "add", "--app", "hubspot", "--connection", "hubspot"), "either"),
        (("hooks", "add", "--app", "anycrm"), "no adapter"),
        (("hooks", "add", "--connection", "another"), "no connection"),
        (("hooks", "add", "--app", "salesforce", "--secret-file", __file__), "--connection"),
        (("hooks", "add", "--app", "hubspot", "--secret-file", __file__), "no secret"),
        (("hooks", "remove", "77"), "no webhook secret 77"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(fresh: Agency, words: tuple[str, ...], said: str) -> None:
    assert said in fresh.refusal(*words, **PUBLIC)


def test_counts_are_told_and_none_are_too(fresh: Agency) -> None:
    assert "Nothing was refused" in fresh.run("hooks", "counts").stdout
    assert json.loads(fresh.run("hooks", "counts", "--json").stdout) == []
