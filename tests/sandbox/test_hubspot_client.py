"""HubSpot's own Python client, unmodified and with its typed calls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hubspot import HubSpot
from hubspot.crm import contacts, properties
from hubspot.crm.associations import v4
from hubspot.crm.contacts.exceptions import ApiException

from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.hubspot.seeding import hubspot_book
from adapters.sandbox.server import Sandbox, running
from adapters.sandbox.settings import Settings

AS_OF = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running(hubspot_book(60, 9, AS_OF), settings=Settings(burst_limit=None, search_lag=0.0)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> HubSpot:
    return HubSpot(access_token=sandbox.token, host=sandbox.url)


@pytest.fixture(scope="module")
def leads(client: HubSpot) -> list[str]:
    return [row.id for row in client.crm.contacts.basic_api.get_page(limit=5).results]


def test_get_all_reads_the_whole_book(client: HubSpot, sandbox: Sandbox) -> None:
    told = client.crm.contacts.get_all(properties=["email", "lastname"])
    assert len(told) == sandbox.store.objects.count(KINDS["contacts"])


def test_a_page_with_history_and_associations_is_understood(client: HubSpot) -> None:
    page = client.crm.contacts.basic_api.get_page(
        limit=20, properties_with_history=["lifecyclestage"], associations=["companies", "calls"]
    )
    assert page.results[0].properties_with_history["lifecyclestage"][-1].timestamp.tzinfo
    assert any(row.associations for row in page.results)


def test_a_partial_failure_is_understood(client: HubSpot, leads: list[str]) -> None:
    rows = [
        contacts.SimplePublicObjectBatchInput(
            id=lead, object_write_trace_id=lead, properties={"city": "Lima"} if place else {"nope": "1"}
        )
        for place, lead in enumerate(leads)
    ]
    answer = client.crm.contacts.batch_api.update(contacts.BatchInputSimplePublicObjectBatchInput(inputs=rows))
    assert (answer.num_errors, len(answer.results)) == (1, len(leads) - 1)
    assert answer.errors[0].context == {"objectWriteTraceId": [leads[0]]}


def test_missing_ids_of_a_batch_read_are_understood(client: HubSpot, leads: list[str]) -> None:
    asked = contacts.BatchReadInputSimplePublicObjectId(
        properties=["email"],
        properties_with_history=[],
        inputs=[contacts.SimplePublicObjectId(id=lead) for lead in (leads[0], "999")],
    )
    answer = client.crm.contacts.batch_api.read(asked)
    assert (answer.num_errors, answer.errors[0].context["ids"]) == (1, ["999"])


def test_search_takes_the_typed_request(client: HubSpot) -> None:
    one = contacts.Filter(property_name="lastmodifieddate", operator="GTE", value="1731000000000")
    asked = contacts.PublicObjectSearchRequest(
        filter_groups=[contacts.FilterGroup(filters=[one])],
        sorts=["hs_object_id"],
        properties=["email"],
        limit=10,
        after="0",
    )
    answer = client.crm.contacts.search_api.do_search(asked)
    assert (len(answer.results), answer.paging.next.after) == (10, "10")


@pytest.mark.parametrize("kind", ["calls", "emails", "meetings", "notes", "tasks", "communications"])
def test_activities_are_listed_and_tied_to_contacts(client: HubSpot, kind: str) -> None:
    page = getattr(client.crm.objects, kind).basic_api.get_page(limit=10, properties=["hs_timestamp"])
    rows = [v4.PublicFetchAssociationsBatchRequest(id=row.id) for row in page.results]
    asked = v4.BatchInputPublicFetchAssociationsBatchRequest(inputs=rows)
    answer = client.crm.associations.v4.batch_api.get_page(kind, "contacts", asked)
    assert all(row.properties["hs_timestamp"] for row in page.results)
    assert {row._from.id for row in answer.results} == {row.id for row in page.results}


def test_fields_are_created_once_and_the_second_time_is_a_409(client: HubSpot) -> None:
    group = properties.PropertyGroupCreate(name="lead_scoring", label="Lead scoring", display_order=-1)
    client.crm.properties.groups_api.create("contacts", group)
    option = properties.OptionInput(label="Hot", value="hot", display_order=0, hidden=False)
    tier = properties.PropertyCreate(
        name="lt_tier",
        label="Tier",
        type="enumeration",
        field_type="select",
        group_name="lead_scoring",
        options=[option],
    )
    made = client.crm.properties.core_api.create("contacts", tier)
    assert [(one.value, one.label) for one in made.options] == [("hot", "Hot")]
    with pytest.raises(properties.exceptions.ApiException) as refused:
        client.crm.properties.core_api.create("contacts", tier)
    assert refused.value.status == 409


def test_a_refusal_carries_the_vendors_body(client: HubSpot, leads: list[str]) -> None:
    changes = contacts.SimplePublicObjectInput(properties={"hs_email_open": "3"})
    with pytest.raises(ApiException) as refused:
        client.crm.contacts.basic_api.update(leads[0], changes)
    assert refused.value.status == 400
    assert "READ_ONLY_VALUE" in refused.value.body


def test_owners_come_with_the_archived_ones_apart(client: HubSpot) -> None:
    owners = client.crm.owners.owners_api
    assert all(owner.user_id for owner in owners.get_page(limit=100).results)
    assert all(owner.archived for owner in owners.get_page(archived=True).results)
