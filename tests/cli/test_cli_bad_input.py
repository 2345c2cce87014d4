"""What goes wrong in life: each gives a sentence that says what to do, ends no more than it must, and loses nothing."""

from __future__ import annotations

import sqlite3

import pytest

from tests.cli.agency import CONTACTS, REASONS, Agency

EMAILS = "objects/emails"


def all_written(agency: Agency) -> bool:
    """Every contact in the CRM holds a score, and the one that explain tells."""
    held = agency.properties()
    cards = agency.rows("SELECT crm_id, score FROM card JOIN lead ON lead.id = lead_id")
    return len(cards) == 12 and all(held[str(crm_id)]["leadtier_score"] == str(score) for crm_id, score in cards)


def delete_property(agency: Agency, name: str) -> None:
    """An admin deletes a property in the CRM."""
    found = agency.crm.store.definitions.live(CONTACTS, name)
    assert found is not None
    stamp = {"archived": True, "archivedAt": "2026-11-20T12:00:00Z"}
    agency.crm.store.definitions.put(CONTACTS, [found | stamp])


def test_a_wrong_token_is_refused_and_nothing_is_saved(nobody: Agency) -> None:
    said = nobody.refusal("connect", "hubspot", "--token", "pat-wrong", "--base-url", nobody.crm.url)
    assert "token" in said
    assert "pat-wrong" not in said
    assert nobody.rows("SELECT * FROM connection") == []
    assert "leadtier connect" in nobody.refusal("sync")


def test_a_token_revoked_in_mid_run_keeps_the_place_until_connected_again(fresh: Agency) -> None:
    fresh.crm.hub.faults.add("token_revoked", path="batch/update")
    failed = fresh.sync(code=1)
    assert (failed["state"], failed["contacts"], failed["written"]) == ("failed", 12, 0)
    assert "connect" in failed["message"].lower()
    fresh.crm.hub.faults.clear()
    doctor = fresh.doctor()
    assert doctor["needs you"]["state"] == "bad"
    assert doctor["last sync"]["state"] == "bad"
    fresh.connect()
    assert fresh.sync()["written"] == 12
    assert all_written(fresh)
    assert "needs you" not in fresh.doctor()


def test_without_the_scope_for_contacts_the_sync_ends_and_names_it(fresh: Agency) -> None:
    fresh.crm.hub.faults.add("scope_removed", scopes=["crm.objects.contacts.read"])
    failed = fresh.sync(code=1)
    assert failed["state"] == "failed"
    assert "crm.objects.contacts.read" in failed["message"]
    assert fresh.doctor()["scope"]["mend"]
    fresh.crm.hub.faults.clear()
    assert fresh.sync()["state"] == "done"
    assert all_written(fresh)


def test_without_the_scope_for_e_mail_everything_else_is_read_and_scored(fresh: Agency) -> None:
    fresh.crm.hub.faults.add("scope_removed", scopes=["sales-email-read"])
    done = fresh.sync()
    assert (done["state"], done["contacts"], done["written"]) == ("done", 12, 12)
    assert "sales-email-read" in fresh.doctor()["activities:emails"]["text"]
    fresh.crm.hub.faults.clear()
    assert fresh.sync()["activities"] > 0, "granted later, e-mails are read from the beginning"
    assert "activities:emails" not in fresh.doctor()
    assert all_written(fresh)


def test_a_web_page_instead_of_data_ends_the_run_with_a_sentence(fresh: Agency) -> None:
    fresh.crm.hub.faults.add("html", path="objects/contacts$")
    failed = fresh.sync(code=1)
    assert failed["state"] == "failed"
    assert "<" not in failed["message"]
    assert failed["message"].endswith(".")
    fresh.crm.hub.faults.clear()
    assert fresh.sync()["written"] == 12


def test_a_row_the_crm_refuses_costs_only_itself(fresh: Agency) -> None:
    poor = sorted(fresh.properties())[3]
    fresh.crm.hub.faults.add("rows_rejected", ids=[poor])
    done = fresh.sync()
    assert (done["state"], done["written"], done["failed"]) == ("done", 11, 1)
    refused = fresh.doctor()["write:refused"]
    assert refused["mend"]
    assert "refused 1 record" in (said := fresh.run("sync").stdout.splitlines()[-1])
    assert "leadtier doctor" in said
    fresh.crm.hub.faults.clear()
    assert fresh.sync()["written"] == 1
    assert all_written(fresh)
    assert "write:refused" not in fresh.doctor()


def test_a_score_property_deleted_in_the_crm_is_made_again_by_connecting_again(fresh: Agency) -> None:
    delete_property(fresh, "leadtier_tier")
    failed = fresh.sync(code=1)
    assert "leadtier_tier" in failed["message"]
    assert "connect" in failed["message"].lower()
    assert fresh.doctor()["score fields"]["state"] == "bad"
    fresh.connect()
    assert fresh.sync()["written"] == 12
    assert all_written(fresh)
    assert all(held["leadtier_tier"] for held in fresh.properties().values())


def test_a_mapped_property_deleted_in_the_crm_is_told_and_counts_as_empty(fresh: Agency) -> None:
    fresh.sync()
    delete_property(fresh, "age")
    done = fresh.sync()
    assert done["state"] == "done"
    told = fresh.doctor()["field:age"]
    assert told["mend"]
    fresh.connect()
    assert fresh.sync()["state"] == "done"
    assert all_written(fresh)


def test_a_model_with_typos_names_every_line_and_what_was_meant(nobody: Agency) -> None:
    text = nobody.run("models", "starter").stdout
    wrong = text.replace("criteria:", "criterai:", 1).replace("points: 25", "points: many", 1)
    assert wrong != text
    typos = nobody.folder / "typos.yaml"
    typos.write_text(wrong)
    for command in ("lint", "publish"):
        said = nobody.refusal(command, str(typos))
        line = next(n for n, words in enumerate(wrong.splitlines(), 1) if "criterai" in words)
        assert f"line {line}" in said
        assert "criteria" in said.replace("criterai", "")


def test_a_model_that_is_not_yaml_names_the_line(nobody: Agency) -> None:
    broken = nobody.folder / "broken.yaml"
    broken.write_text("name: x\ncriteria: [\n")
    assert "line" in nobody.refusal("lint", str(broken))
    assert "starter" in nobody.refusal("lint", str(nobody.folder / "missing.yaml"))


@pytest.mark.parametrize(
    "url", ["nonsense", "oracle://x", "sqlite:////proc/none/x.db", "postgresql+psycopg://x:y@127.0.0.1:9/z"]
)
def test_a_database_that_cannot_be_had_is_a_sentence(nobody: Agency, url: str) -> None:
    said = nobody.refusal("doctor", LEADTIER_DATABASE_URL=url, LEADTIER_SECRET_KEY=nobody.run("key").stdout.strip())
    assert "database" in said.lower()
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEADTIER_PORT", "eighty"),
        ("LEADTIER_TIME_ZONE", "Mars/Olympus"),
        ("LEADTIER_SECRET_KEY", "short"),
        ("LEADTIER_SECRET_KEY_FILE", "/nowhere/key"),
        ("LEADTIER_LOG_LEVEL", "loud"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(nobody: Agency, name: str, value: str) -> None:
    assert name in nobody.refusal("doctor", **{name: value})


def test_a_key_that_does_not_fit_says_which_key_is_needed(fresh: Agency) -> None:
    other = fresh.run("key").stdout.strip()
    said = fresh.run("sync", code=1, LEADTIER_SECRET_KEY=other).output
    assert "LEADTIER_SECRET_KEY" in said
    assert "connect it again" in said
    assert "LEADTIER_SECRET_KEY" in fresh.run("doctor", code=1, LEADTIER_SECRET_KEY=other).stdout
    assert fresh.sync()["state"] == "done"


def test_a_lead_that_is_not_there_and_a_time_that_is_none_are_sentences(scored: Agency) -> None:
    assert "no lead '404'" in scored.refusal("explain", "404")
    assert "Name one lead" in scored.refusal("explain")
    assert "2026-12-24" in scored.run("explain", "1", "--as-of", "soon", code=2).stderr
    assert "2026-12-24" in scored.run("rescore", "--as-of", "31 February", code=2).stderr
    assert "no connection is called" in scored.refusal("sync", "--connection", "other").lower()


def test_connecting_without_or_with_an_unreadable_token_says_what_to_give(nobody: Agency) -> None:
    assert "--token" in nobody.refusal("connect", "hubspot")
    missing = nobody.run("connect", "hubspot", "--token-file", str(nobody.folder / "no-such-file"), code=2)
    assert "no-such-file" in missing.stderr
    binary = nobody.folder / "token.bin"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "token" in nobody.refusal("connect", "hubspot", "--token-file", str(binary)).lower()
    assert "no adapter" in nobody.refusal("connect", "pipedrive", "--token", "x")


def test_without_arguments_the_commands_are_taught(nobody: Agency) -> None:
    said = nobody.run(code=2).output
    assert "leadtier connect hubspot --token" in said
    assert all(command in said for command in ("sync", "explain", "doctor", "serve", "lint", "rescore", "sandbox"))


def test_a_database_made_by_a_newer_program_is_left_alone(fresh: Agency) -> None:
    with sqlite3.connect(fresh.database) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    said = fresh.refusal("doctor")
    assert "newer" in said
    assert fresh.rows("SELECT version_num FROM alembic_version") == [("9999",)]


def test_score_fields_that_failed_are_not_said_to_be_there_and_are_told_of_once(nobody: Agency) -> None:
    nobody.connect()
    for name in REASONS:
        delete_property(nobody, name)
    nobody.crm.hub.faults.add("scope_removed", scopes=["crm.schemas.contacts.write"])
    words = ("--token", nobody.crm.token, "--base-url", nobody.crm.url)
    said = nobody.run("connect", "hubspot", *words).stdout
    assert "0 created, 10 there already, 3 failed" in said
    assert [sum(line.startswith(name) for line in said.splitlines()) for name in REASONS] == [1, 1, 1]
    assert "does not exist in this account" not in said


def test_connecting_again_says_when_it_renames(nobody: Agency) -> None:
    nobody.connect("--name", "main")
    words = ("connect", "hubspot", "--token", nobody.crm.token, "--base-url", nobody.crm.url)
    assert "Connected main:" in nobody.run(*words).stdout
    said = nobody.run(*words, "--name", "two").stdout
    assert "Connected two:" in said
    assert "renamed from main to two" in said
