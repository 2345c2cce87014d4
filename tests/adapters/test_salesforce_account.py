"""What our user may do: only what is proven counts as granted, by few calls; and how many calls are left."""

from __future__ import annotations

import pytest

from adapters.contract import Need, Permission, QuotaSpent, Reauthorise
from adapters.salesforce.account import READS, permissions, quota
from adapters.salesforce.org import Org
from tests.adapters.canned import Canned, Reply, Seen
from tests.adapters.salesforce_fake import FakeOrg, error, fake, field, org

__all__ = ["fake", "org"]

USERINFO = ("GET", "/services/oauth2/userinfo")


class Rights:
    """The permission sets of our user in a fake org that grants everything."""

    def __init__(self, org: FakeOrg) -> None:
        self.user: dict[str, bool] = {"PermissionsModifyMetadata": True, "PermissionsViewAllData": False}
        self.view_all = ["Lead", "Contact"]
        self.asked: list[str] = []
        org.objects = {wish.object: [field(name) for name in wish.fields] for wish in READS}
        org.will(*USERINFO, Reply(200, {"user_id": "005xx0000001"}))
        org.will("GET", "query", self.query)

    def query(self, seen: Seen) -> Reply:
        soql = seen.query["q"]
        self.asked.append(soql)
        if "FROM PermissionSetAssignment" in soql:
            rows = [{"PermissionSetId": "0PS2"}, {"PermissionSetId": "0PS1"}]
        elif "FROM PermissionSet " in soql:
            rows = [{"Id": "0PS1"}, self.user]
        else:
            rows = [{"SobjectType": name} for name in self.view_all]
        return Reply(200, {"totalSize": len(rows), "done": True, "records": rows})


@pytest.fixture
def rights(fake: FakeOrg) -> Rights:
    return Rights(fake)


def missing(org: Org) -> list[str]:
    return [found.scope for found in permissions(org) if not found.granted]


def test_with_every_right_nothing_is_missing_and_it_takes_five_calls(org: Org, rights: Rights, server: Canned) -> None:
    assert missing(org) == []
    assert len(server.seen) == 5
    assert "WHERE AssigneeId = '005xx0000001'" in rights.asked[0]
    assert "ParentId IN ('0PS1','0PS2')" in rights.asked[2]


def test_every_permission_says_what_it_is_for(org: Org, rights: Rights) -> None:
    found = permissions(org)
    assert all(one.why.endswith(".") and len(one.why.split()) > 3 for one in found)
    assert len({one.scope for one in found}) == len(found)


@pytest.mark.parametrize("name", [wish.object for wish in READS if wish.object not in {"Lead", "Contact"}])
def test_an_object_that_may_not_be_read_is_the_one_thing_missing(
    org: Org, rights: Rights, fake: FakeOrg, name: str
) -> None:
    del fake.objects[name]
    (one,) = [found for found in permissions(org) if not found.granted]
    assert (one.scope, one.need) == (f"Read {name}", Need.OPTIONAL)


def test_leads_that_may_not_be_read_are_missed_and_required(org: Org, rights: Rights, fake: FakeOrg) -> None:
    del fake.objects["Lead"]
    found = {one.scope: one for one in permissions(org)}
    assert not found["Read Lead"].granted
    assert found["Read Lead"].need is Need.REQUIRED
    assert not found["Edit Lead"].granted
    assert not [scope for scope in found if scope.startswith("field Lead.")]


def test_an_object_that_may_only_be_read_is_missed_for_writing(org: Org, rights: Rights, fake: FakeOrg) -> None:
    fake.closed = {"Contact"}
    assert missing(org) == ["Edit Contact"]


def test_a_hidden_field_is_named(org: Org, rights: Rights, fake: FakeOrg) -> None:
    fake.objects["Lead"] = [one for one in fake.objects["Lead"] if one["name"] != "HasOptedOutOfEmail"]
    (one,) = [found for found in permissions(org) if not found.granted]
    assert (one.scope, one.need) == ("field Lead.HasOptedOutOfEmail", Need.OPTIONAL)


def test_without_view_all_rows_are_missed_silently_so_it_is_named(org: Org, rights: Rights) -> None:
    rights.view_all = ["Lead"]
    assert missing(org) == ["View All Contact"]


@pytest.mark.parametrize("right", ["PermissionsViewAllData", "PermissionsModifyAllData"])
def test_who_may_see_all_data_needs_no_view_all(org: Org, rights: Rights, right: str) -> None:
    rights.user[right], rights.view_all = True, []
    assert missing(org) == []


def test_the_right_to_deploy_is_optional(org: Org, rights: Rights) -> None:
    rights.user["PermissionsModifyMetadata"] = False
    assert missing(org) == ["Modify Metadata Through Metadata API Functions"]
    assert {one.need for one in permissions(org) if not one.granted} == {Need.OPTIONAL}


UNPROVEN = ["View All Lead", "View All Contact", "Modify Metadata Through Metadata API Functions"]


@pytest.mark.parametrize(
    "call", [("GET", "query", 400, "INVALID_TYPE"), ("GET", "query", 403, "FORBIDDEN"), (*USERINFO, 404, "NOT_FOUND")]
)
def test_what_cannot_be_asked_is_not_proven(
    org: Org, rights: Rights, fake: FakeOrg, call: tuple[str, str, int, str]
) -> None:
    method, path, status, code = call
    fake.will(method, path, Reply(status, error(code, "no")))
    assert missing(org) == UNPROVEN


def test_it_is_found_out_anew_each_time(org: Org, rights: Rights, fake: FakeOrg) -> None:
    assert missing(org) == []
    del fake.objects["Opportunity"]
    assert missing(org) == ["Read Opportunity"]


def test_a_dead_token_is_no_missing_right(org: Org, rights: Rights, fake: FakeOrg) -> None:
    fake.will("POST", "composite", Reply(401, error("INVALID_SESSION_ID", "expired")))
    with pytest.raises(Reauthorise):
        permissions(org)


def test_the_shape_is_the_contracts(org: Org, rights: Rights) -> None:
    assert permissions(org)[0] == Permission("API Enabled", "Talk to Salesforce at all.", Need.REQUIRED, granted=True)


def test_the_quota_is_what_the_org_says(org: Org, fake: FakeOrg) -> None:
    fake.will("GET", "limits", Reply(200, {"DailyApiRequests": {"Max": 118000, "Remaining": 117_000}}))
    found = quota(org.client)
    assert found is not None
    assert (found.used, found.limit, found.resets_at) == (1000, 118000, None)


@pytest.mark.parametrize("answer", [Reply(403, error("FORBIDDEN", "no")), Reply(200, {}), Reply(200, [])])
def test_without_the_right_to_ask_the_last_answer_tells_the_quota(org: Org, fake: FakeOrg, answer: Reply) -> None:
    answer.headers = {"Sforce-Limit-Info": "api-usage=18/5000"}
    fake.will("GET", "limits", answer)
    found = quota(org.client)
    assert found is not None
    assert (found.used, found.limit) == (18, 5000)


def test_a_spent_day_is_not_hidden(org: Org, fake: FakeOrg) -> None:
    spent = Reply(403, error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
    fake.will("GET", "limits", spent)
    with pytest.raises(QuotaSpent):
        quota(org.client)
