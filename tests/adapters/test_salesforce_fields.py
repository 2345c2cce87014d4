"""Our fields: what exists is judged, what is missing or hidden is deployed with its permission set, then verified."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest

from adapters.contract import Choice, FieldOutcome, FieldState, FieldType, Misconfigured, Retry, WantedField
from adapters.salesforce.fields import ensure_fields
from adapters.salesforce.org import Org
from tests.adapters.canned import Canned, Reply, Seen
from tests.adapters.salesforce_fake import ROOT, FakeOrg, error, fake, field, org

__all__ = ["fake", "org"]

DEPLOY = "metadata/deployRequest"
ASSIGN = ("POST", "sobjects/PermissionSetAssignment")
SCORE = WantedField("Score__c", "Score", FieldType.NUMBER, "How warm")
TIER = WantedField("Tier__c", "Tier", FieldType.CHOICE, "Word", (Choice("Hot", "Hot"),))
NEW = WantedField("New__c", "New", FieldType.TEXT, "Made by us")
OTHER = WantedField("Other__c", "Other", FieldType.BOOLEAN, "Made by us")
TYPES = {"New__c": "string", "Other__c": "boolean", "Score__c": "double"}


class Setup:
    """The set-up side of a fake org: deploys make fields visible to whoever has the permission set."""

    def __init__(self, org: FakeOrg, server: Canned) -> None:
        self.org = org
        self.server = server
        self.zips: list[dict[str, str]] = []
        self.bad: dict[str, str] = {}
        """Components that fail, with why."""
        self.there: set[str] = set()
        """Components that exist though they are not seen."""
        self.assigned = False
        self.opens = True
        self.looks = ["done"]
        org.will("POST", DEPLOY, self.deploy)
        org.will("GET", f"{DEPLOY}/0Af1", self.result)
        org.will("GET", "/services/oauth2/userinfo", Reply(200, {"user_id": "005xx0000001"}))
        org.will("GET", "query", self.query)
        org.will(*ASSIGN, self.assign)

    def deploy(self, seen: Seen) -> Reply:
        content = re.search(rb"PK\x03\x04.*", seen.raw, re.DOTALL)
        assert content is not None
        with zipfile.ZipFile(io.BytesIO(content[0].rpartition(b"\r\n--")[0])) as packed:
            self.zips.append({name: packed.read(name).decode() for name in packed.namelist()})
        return Reply(201, {"id": "0Af1", "deployResult": {"done": False, "status": "Pending"}})

    def result(self, _: Seen) -> Reply:
        if len(self.looks) > 1:
            self.looks.pop(0)
            return Reply(200, {"deployResult": {"done": False, "status": "InProgress"}})
        failures = [
            {"fullName": name, "componentType": "CustomField", "problem": why, "problemType": "Error"}
            for name, why in self.bad.items()
            if name in self.members()
        ]
        if not failures and self.opens:
            self.open()
        done = {"created": False, "success": True}
        successes = [{"fullName": name, **done, "created": name not in self.there} for name in self.members()]
        details: dict[str, Any] = {"componentFailures": failures, "componentSuccesses": [] if failures else successes}
        return Reply(200, {"deployResult": {"done": True, "success": not failures, "details": details}})

    def open(self) -> None:
        for name in re.findall(r"<field>(\w+\.\w+)</field>", self.zips[-1]["permissionsets/Leadtier.permissionset"]):
            owner, _, own = name.partition(".")
            kept = [one for one in self.org.objects[owner] if one["name"] != own]
            had = next((one for one in self.org.objects[owner] if one["name"] == own), field(own, TYPES.get(own, "")))
            self.org.objects[owner] = [*kept, had | {"updateable": True}]

    def members(self) -> list[str]:
        return [name for name in re.findall(r"<members>(.*?)<", self.zips[-1]["package.xml"]) if "." in name]

    def query(self, seen: Seen) -> Reply:
        about_assignment = "FROM PermissionSetAssignment" in seen.query["q"]
        rows = [{"Id": "0Pa1"}] if about_assignment and self.assigned else [] if about_assignment else [{"Id": "0PS1"}]
        return Reply(200, {"totalSize": len(rows), "done": True, "records": rows})

    def assign(self, seen: Seen) -> Reply:
        assert seen.body == {"AssigneeId": "005xx0000001", "PermissionSetId": "0PS1"}
        self.assigned = True
        return Reply(201, {"id": "0Pa1", "success": True, "errors": []})

    def calls(self) -> list[str]:
        return [f"{seen.method} {seen.path.removeprefix(ROOT)}" for seen in self.server.seen]


@pytest.fixture
def setup(fake: FakeOrg, server: Canned) -> Setup:
    return Setup(fake, server)


def ensure(org: Org, *wanted: WantedField) -> list[FieldOutcome]:
    return list(ensure_fields(org, "lead_scoring", "Lead scoring", wanted))


def states(org: Org, *wanted: WantedField) -> list[FieldState]:
    return [outcome.state for outcome in ensure(org, *wanted)]


def test_what_exists_and_may_be_edited_is_left_and_costs_one_call(org: Org, setup: Setup) -> None:
    assert ensure(org, SCORE, TIER) == [FieldOutcome(one.name, FieldState.EXISTS) for one in (SCORE, TIER)]
    assert setup.calls() == ["POST composite"]


def test_what_is_missing_is_deployed_once_for_both_objects_and_assigned(org: Org, setup: Setup) -> None:
    assert states(org, SCORE, NEW, OTHER) == [FieldState.EXISTS, FieldState.CREATED, FieldState.CREATED]
    assert len(setup.zips) == 1
    assert setup.members() == ["Lead.New__c", "Lead.Other__c", "Contact.New__c", "Contact.Other__c"]
    opened = setup.zips[0]["permissionsets/Leadtier.permissionset"]
    assert all(f"<field>{name}.{own}<" in opened for name in ("Lead", "Contact") for own in ("Score__c", "New__c"))
    assert setup.assigned
    assert states(org, SCORE, NEW, OTHER) == [FieldState.EXISTS] * 3
    assert len(setup.zips) == 1


def test_the_package_goes_as_a_form_and_the_calls_after_it_as_json(org: Org, setup: Setup) -> None:
    ensure(org, NEW)
    sent = next(seen for seen in setup.server.seen if seen.path.endswith(DEPLOY))
    assert sent.headers["content-type"].startswith("multipart/form-data")
    assert b'name="json"' in sent.raw
    assert b'"rollbackOnError": true' in sent.raw
    after = next(seen for seen in setup.server.seen if seen.path.endswith(ASSIGN[1]))
    assert after.headers["content-type"].startswith("application/json")


def test_a_deploy_is_some_nine_calls(org: Org, setup: Setup) -> None:
    setup.looks = ["busy", "done"]
    ensure(org, NEW)
    assert setup.calls() == [
        "POST composite",
        f"POST {DEPLOY}",
        f"GET {DEPLOY}/0Af1",
        f"GET {DEPLOY}/0Af1",
        "GET /services/oauth2/userinfo",
        "GET query",
        "GET query",
        "POST sobjects/PermissionSetAssignment",
        "POST composite",
    ]


def test_whoever_has_the_permission_set_is_not_given_it_again(org: Org, setup: Setup) -> None:
    setup.assigned = True
    assert states(org, NEW) == [FieldState.CREATED]
    assert "POST sobjects/PermissionSetAssignment" not in setup.calls()


def test_an_assignment_that_is_there_already_is_no_failure(org: Org, setup: Setup, fake: FakeOrg) -> None:
    fake.will(*ASSIGN, Reply(400, error("DUPLICATE_VALUE", "Duplicate PermissionSetAssignment")))
    assert states(org, NEW) == [FieldState.CREATED]


def test_a_field_that_is_there_but_hidden_is_opened_and_not_called_new(org: Org, setup: Setup) -> None:
    setup.there = {"Lead.New__c", "Contact.New__c"}
    assert states(org, NEW) == [FieldState.EXISTS]


def test_a_field_that_may_only_be_read_is_opened_without_being_made_again(
    org: Org, setup: Setup, fake: FakeOrg
) -> None:
    fake.objects["Lead"][0] = field("Score__c", "double", updateable=False)
    assert states(org, SCORE) == [FieldState.EXISTS]
    assert setup.members() == []
    assert "objects/Lead.object" not in setup.zips[0]


def test_a_field_missing_on_one_object_is_made_there_alone(org: Org, setup: Setup, fake: FakeOrg) -> None:
    fake.objects["Contact"] = [one for one in fake.objects["Contact"] if one["name"] != "Score__c"]
    assert states(org, SCORE) == [FieldState.CREATED]
    assert setup.members() == ["Contact.Score__c"]


def test_an_object_we_may_not_read_is_left_out(org: Org, setup: Setup, fake: FakeOrg) -> None:
    del fake.objects["Contact"]
    assert states(org, NEW) == [FieldState.CREATED]
    assert setup.members() == ["Lead.New__c"]


def test_without_lead_and_contact_the_right_to_read_is_named(org: Org, setup: Setup, fake: FakeOrg) -> None:
    fake.objects = {}
    with pytest.raises(Misconfigured, match="Lead"):
        ensure(org, NEW)


def test_a_field_that_stays_hidden_says_what_to_do(org: Org, setup: Setup) -> None:
    setup.opens = False
    (outcome,) = ensure(org, NEW)
    assert outcome.state is FieldState.FAILED
    assert "still closed" in outcome.message
    assert "permission set Leadtier" in outcome.message


def test_a_field_the_deploy_refuses_does_not_keep_the_others(org: Org, setup: Setup) -> None:
    setup.bad = {"Lead.New__c": "There is already a field named New on Lead."}
    new, other = ensure(org, NEW, OTHER)
    assert (new.state, other.state) == (FieldState.FAILED, FieldState.CREATED)
    assert "already a field named New" in new.message
    assert len(setup.zips) == 2
    assert setup.members() == ["Lead.Other__c", "Contact.Other__c"]


def test_when_every_field_is_refused_it_is_not_tried_again(org: Org, setup: Setup) -> None:
    setup.bad = {"Lead.New__c": "no", "Contact.Other__c": "neither"}
    assert [outcome.state for outcome in ensure(org, NEW, OTHER)] == [FieldState.FAILED] * 2
    assert len(setup.zips) == 1
    assert not setup.assigned


def test_a_deploy_that_fails_as_a_whole_fails_every_field_with_its_sentence(
    org: Org, setup: Setup, fake: FakeOrg
) -> None:
    failed = {"done": True, "success": False, "errorMessage": "The org is being upgraded", "details": {}}
    fake.will("GET", f"{DEPLOY}/0Af1", Reply(200, {"deployResult": failed}))
    outcomes = ensure(org, SCORE, NEW, OTHER)
    assert [outcome.state for outcome in outcomes] == [FieldState.EXISTS, FieldState.FAILED, FieldState.FAILED]
    assert "The org is being upgraded" in outcomes[1].message


@pytest.mark.parametrize(
    "refusal",
    [
        Reply(403, error("INSUFFICIENT_ACCESS", "You do not have the required permissions")),
        Reply(400, error("INSUFFICIENT_ACCESS", "You do not have the required permissions")),
        Reply(404, error("NOT_FOUND", "The requested resource does not exist")),
    ],
)
def test_without_the_right_to_deploy_the_package_for_the_admin_is_named(
    org: Org, setup: Setup, fake: FakeOrg, refusal: Reply
) -> None:
    fake.will("POST", DEPLOY, refusal)
    score, new, other = ensure(org, SCORE, NEW, OTHER)
    assert (score.state, new.state, other.state) == (FieldState.EXISTS, FieldState.FAILED, FieldState.FAILED)
    assert "leadtier fields salesforce --export leadtier-fields.zip" in new.message
    assert "--metadata-dir leadtier-fields.zip --single-package --target-org <org>" in new.message
    assert "permission set Leadtier" in new.message
    assert other.message == "Other__c could not be set up either; see New__c.", "the long sentence is said once"


def test_a_deploy_that_takes_too_long_is_looked_for_later(org: Org, setup: Setup, fake: FakeOrg) -> None:
    fake.will("GET", f"{DEPLOY}/0Af1", Reply(200, {"deployResult": {"done": False}}))
    with pytest.raises(Retry, match="still deploying"):
        ensure(org, NEW)


@pytest.mark.parametrize(
    ("live", "wanted", "word"),
    [
        (field("Score__c", "string"), SCORE, "as text"),
        (field("Score__c", "double", calculated=True, updateable=False), SCORE, "formula"),
        (field("Tier__c", "picklist", picklistValues=[{"value": "Cold", "active": True}]), TIER, "Hot"),
        (field("Tier__c", "picklist", picklistValues=[{"value": "Hot", "active": False}]), TIER, "Hot"),
        (field("Tier__c", "multipicklist", picklistValues=[{"value": "Hot"}]), TIER, "as choices"),
    ],
)
def test_a_field_of_another_shape_is_reported_and_left(
    org: Org, setup: Setup, fake: FakeOrg, live: dict[str, Any], wanted: WantedField, word: str
) -> None:
    fake.objects["Contact"] = [live]
    (outcome,) = ensure(org, wanted)
    assert outcome.state is FieldState.DIFFERS
    assert f"Contact.{wanted.name}" in outcome.message
    assert word in outcome.message
    assert setup.zips == []


@pytest.mark.parametrize("kind", ["int", "double", "currency", "percent"])
def test_any_kind_of_number_will_do(org: Org, setup: Setup, fake: FakeOrg, kind: str) -> None:
    fake.objects = {"Lead": [field("Score__c", kind)], "Contact": [field("Score__c", kind)]}
    assert states(org, SCORE) == [FieldState.EXISTS]


def test_short_and_long_text_will_do_for_each_other(org: Org, setup: Setup, fake: FakeOrg) -> None:
    fake.objects = {name: [field("Reason__c", "textarea")] for name in ("Lead", "Contact")}
    assert states(org, WantedField("Reason__c", "Reason", FieldType.TEXT, "")) == [FieldState.EXISTS]


def test_a_name_that_cannot_be_one_fails_without_keeping_the_others(org: Org, setup: Setup) -> None:
    wrong = WantedField("leadtier_score", "Score", FieldType.NUMBER, "")
    first, second = ensure(org, wrong, NEW)
    assert (first.state, second.state) == (FieldState.FAILED, FieldState.CREATED)
    assert "__c" in first.message
    assert "leadtier_score" not in "".join(setup.zips[0].values())


def test_a_field_of_a_managed_package_will_do_with_its_prefix(org: Org, setup: Setup, fake: FakeOrg) -> None:
    fake.objects = {name: [field("agency__Score__c", "double")] for name in ("Lead", "Contact")}
    packaged = WantedField("agency__Score__c", "Score", FieldType.NUMBER, "")
    assert states(org, packaged) == [FieldState.EXISTS]
    del fake.objects["Contact"][0]
    assert states(org, packaged) == [FieldState.FAILED]
