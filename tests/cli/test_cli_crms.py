"""Which CRMs there are, what each asks for, and settings that are given, misspelt or missing."""

from __future__ import annotations

import json
import zipfile

from connector.services import installed_crms
from tests.cli.agency import Agency


def test_every_installed_crm_says_what_it_supports_and_asks_for(nobody: Agency) -> None:
    said = json.loads(nobody.run("crms", "--json").stdout)
    assert set(said) == set(installed_crms())
    for each in said.values():
        assert each["supports"]["Read as leads"]
        assert all(each["settings"].values())
    for name in said:
        assert name in nobody.run("crms").stdout


def test_a_setting_may_come_from_the_command_line_a_file_or_the_environment(nobody: Agency) -> None:
    url, token = nobody.crm.url, nobody.crm.token
    file = nobody.folder / "token.txt"
    file.write_text(token + "\n")
    where = ("connect", "hubspot", "--base-url", url, "--json")
    for given in (("--set", f"token={token}"), ("--set-file", f"token={file}"), ("--token-file", str(file))):
        assert json.loads(nobody.run(*where, *given).stdout)["connection"] == "hubspot"
    assert json.loads(nobody.run(*where, LEADTIER_CRM_TOKEN=token).stdout)["connection"] == "hubspot"


def test_a_misspelt_setting_is_refused_with_the_names_there_are(nobody: Agency) -> None:
    said = nobody.refusal("connect", "hubspot", "--set", "tokne=x", "--base-url", nobody.crm.url)
    assert "tokne" in said
    assert "refresh_token" in said


def test_a_setting_without_a_value_or_with_an_unreadable_file_is_refused(nobody: Agency) -> None:
    assert "NAME=VALUE" in nobody.refusal("connect", "hubspot", "--set", "token")
    assert "nowhere.pem" in nobody.refusal("connect", "hubspot", "--set-file", "token=nowhere.pem")


def test_no_setting_at_all_is_answered_with_where_to_look(nobody: Agency) -> None:
    assert "leadtier crms" in nobody.refusal("connect", "hubspot")


def test_a_crm_nobody_installed_is_refused_with_those_there_are(nobody: Agency) -> None:
    assert "hubspot" in nobody.refusal("connect", "pipedrive", "--token", "x")


def test_the_score_fields_of_salesforce_can_be_had_as_a_package_without_an_account(nobody: Agency) -> None:
    path = nobody.folder / "fields.zip"
    nobody.database.unlink()
    said = nobody.run("fields", "salesforce", "--export", str(path)).stdout
    assert "permission set" in said
    assert f"--metadata-dir {path}" in said
    assert "leadtier-fields.zip" not in said
    with zipfile.ZipFile(path) as package:
        assert "Leadtier_score__c" in package.read("objects/Lead.object").decode()
    assert not nobody.database.exists()
    assert "cannot be written" in nobody.refusal(
        "fields", "salesforce", "--export", str(nobody.folder / "no" / "f.zip")
    )


def test_a_crm_without_field_packages_says_so(nobody: Agency) -> None:
    said = nobody.refusal("fields", "hubspot", "--export", str(nobody.folder / "fields.zip"))
    assert "leadtier connect" in said
    assert not (nobody.folder / "fields.zip").exists()


def test_the_score_fields_are_listed_where_no_file_is_named(nobody: Agency) -> None:
    said = nobody.run("fields", "salesforce").stdout
    assert "Leadtier_score__c" in said
    assert "--export" in said
    said = nobody.run("fields", "hubspot").stdout
    assert "leadtier_reason_1" in said
    assert "--export" not in said
