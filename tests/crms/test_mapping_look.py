"""Looking at real accounts over the sandbox: every property, few calls, whatever the number of properties."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sandbox.salesforce.catalog import make_field
from connector.flows.mapping_drafts import open_draft
from connector.flows.mapping_look import CONTACTS, look
from connector.flows.mapping_trial import trial
from tests.crms.conftest import Agency
from tests.crms.orgs import agency_at

MANY = 300


@pytest.mark.parametrize(("kind", "most"), [("hubspot", 3), ("salesforce", 4)])
def test_every_property_of_the_newest_contacts_is_sampled_by_few_calls(agency: Agency, kind: str, most: int) -> None:
    found = look(agency.svc, agency.scopes[kind], fresh=True)
    assert found.trouble == ""
    assert found.contacts == len(agency.cards(kind))
    assert found.samples.keys() == {field.name for field in found.fields}
    assert found.calls <= most
    state = found.sample("state" if kind == "hubspot" else "State")
    assert state.filled > found.contacts / 2
    assert len(state.values) == 3


@pytest.mark.parametrize("kind", ["hubspot", "salesforce"])
def test_the_crm_names_its_newest_contacts_by_one_call_or_two(agency: Agency, kind: str) -> None:
    adapter = agency.svc.account(agency.scopes[kind])
    before = adapter.usage.calls
    everybody = adapter.newest(CONTACTS)
    assert adapter.usage.calls - before <= 2
    assert len(everybody) == len(set(everybody)) == len(agency.cards(kind))
    few = adapter.newest(7)
    assert len(few) == 7
    made = {one.id: one.created_at for one in adapter.contacts_by_id(everybody, []).items}
    times = [at for one in everybody if (at := made[one]) is not None]
    if kind == "hubspot":
        assert times == sorted(times, reverse=True)
    assert set(few) <= set(everybody)


@pytest.mark.parametrize("kind", ["hubspot", "salesforce"])
def test_a_record_is_tried_by_its_id_and_its_address_and_has_the_score_it_has(agency: Agency, kind: str) -> None:
    scope = agency.scopes[kind]
    crm_id, card = next(iter(agency.cards(kind).items()))
    draft = open_draft(agency.svc, scope)
    for typed in (crm_id, draft.connection.record_url.replace("{id}", crm_id)):
        found = trial(agency.svc, draft, typed)
        assert found.trouble == ""
        assert found.card is not None
        assert found.card.score == card.score
        assert sum(line.points for line in found.card.lines) == card.score


def test_a_hubspot_account_with_three_hundred_more_properties_is_looked_at(agency: Agency) -> None:
    client = agency.svc.account(agency.scopes["hubspot"])
    group = "contactinformation"
    wanted = [
        {"name": f"a_rather_long_custom_property_{n:03}", "label": f"Custom {n}", "groupName": group, "type": "string",
         "fieldType": "text"}
        for n in range(MANY)
    ]  # fmt: skip
    raw = client._client  # type: ignore[attr-defined]  # what no story does: an admin makes them by hand
    for start in range(0, MANY, 100):
        raw.post(raw.paths.properties("contacts") + "/batch/create", {"inputs": wanted[start : start + 100]})
    found = look(agency.svc, agency.scopes["hubspot"], fresh=True)
    assert found.trouble == ""
    assert len(found.fields) > MANY
    assert found.sample("a_rather_long_custom_property_299").of == len(agency.cards("hubspot"))


def test_a_salesforce_org_with_three_hundred_more_fields_is_looked_at_before_and_after_the_first_sync(
    tmp_path: Path,
) -> None:
    with agency_at("connected", tmp_path) as org:
        for number in range(MANY):
            name = f"A_rather_long_custom_field_name_{number:03}__c"
            field = make_field(name, "string", label=f"Custom {number}", custom=True, length=255)
            for kind in ("Lead", "Contact"):
                org.sandbox.org.add_custom_field(kind, field, visible=True)
        for number in range(210):
            org.desk.add("Lead", LastName=f"L{number}", A_rather_long_custom_field_name_299__c="hello")
        found = look(org.svc, org.scope)
        assert found.trouble == ""
        assert found.contacts > 210
        assert found.sample("A_rather_long_custom_field_name_299__c").filled == 210
        org.sync()
        again = look(org.svc, org.scope, fresh=True)
        assert (again.trouble, again.contacts) == ("", found.contacts)
