"""Ties between records: batch reads with their own paging, defaults, labels."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.sandbox.seed import SeedObject
from tests.sandbox.account import NOON, Account

V4 = "/crm/v4/associations"
DEFINED = "HUBSPOT_DEFINED"


def read(account: Account, start: str, end: str, *rows: dict[str, str]) -> Any:
    return account.post(f"{V4}/{start}/{end}/batch/read", {"inputs": list(rows)})["results"]


@pytest.fixture
def company(account: Account) -> str:
    return account.add("companies", name="Harbor Freight Lines")


def test_a_batch_read_gives_numbers_and_leaves_out_records_without_ties(account: Account) -> None:
    first, second = account.contacts(2)
    spec = [{"associationCategory": DEFINED, "associationTypeId": 194}]
    call = account.add("calls", ties=[{"to": {"id": first}, "types": spec}])
    kind = {"category": DEFINED, "typeId": 193, "label": None}
    target = {"toObjectId": int(call), "associationTypes": [kind]}
    found = read(account, "contacts", "calls", {"id": first}, {"id": second})
    assert found == [{"from": {"id": first}, "to": [target]}]


def test_a_batch_read_takes_a_thousand_ids_and_no_more(account: Account) -> None:
    rows = [{"id": str(number)} for number in range(1, 1_002)]
    assert account.post(f"{V4}/contacts/calls/batch/read", {"inputs": rows[:-1]})["results"] == []
    assert account.call("POST", f"{V4}/contacts/calls/batch/read", {"inputs": rows}).status_code == 400


def test_a_record_with_more_than_500_ties_is_paged_by_itself(account: Account) -> None:
    (lead,) = account.contacts(1)
    made = int(NOON * 1000)
    account.store.load(SeedObject("calls", str(5_000 + number), {}, made, made, (lead,)) for number in range(1_203))
    seen: list[int] = []
    row = {"id": lead}
    while True:
        (found,) = read(account, "contacts", "calls", row)
        seen += [target["toObjectId"] for target in found["to"]]
        if "paging" not in found:
            break
        row = {"id": lead, "after": found["paging"]["next"]["after"]}
    assert seen == list(range(5_000, 6_203))


def test_a_single_read_pages_too(account: Account, company: str) -> None:
    ids = account.contacts(3)
    for each in ids:
        account.call("PUT", f"/crm/v4/objects/contacts/{each}/associations/default/companies/{company}")
    page = account.get(f"/crm/v4/objects/companies/{company}/associations/contacts?limit=2")
    rest = account.get(page["paging"]["next"]["link"].removeprefix("http://localhost"))
    assert [str(row["toObjectId"]) for row in page["results"] + rest["results"]] == ids


def test_the_first_company_becomes_the_primary_one(account: Account, company: str) -> None:
    (lead,) = account.contacts(1)
    other = account.add("companies", name="Second")
    for each in (company, other):
        account.call("PUT", f"/crm/v4/objects/contacts/{lead}/associations/default/companies/{each}")
    found = read(account, "contacts", "companies", {"id": lead})[0]["to"]
    labels = {str(row["toObjectId"]): [kind["label"] for kind in row["associationTypes"]] for row in found}
    assert labels == {company: ["Primary", None], other: [None]}


def test_a_default_tie_is_answered_in_both_directions(account: Account, company: str) -> None:
    (lead,) = account.contacts(1)
    pair = {"from": {"id": lead}, "to": {"id": company}}
    results = account.post(f"{V4}/contacts/companies/batch/associate/default", {"inputs": [pair]})["results"]
    assert [(row["from"]["id"], row["associationSpec"]["associationTypeId"]) for row in results] == [
        (lead, 279),
        (company, 280),
    ]


def test_a_label_of_the_accounts_own_stands_beside_the_plain_tie(account: Account, company: str) -> None:
    (lead,) = account.contacts(1)
    made = account.post(f"{V4}/contacts/companies/labels", {"name": "billing", "label": "Billing contact"})
    type_id = made["results"][0]["typeId"]
    body = [{"associationCategory": "USER_DEFINED", "associationTypeId": type_id}]
    answer = account.call("PUT", f"/crm/v4/objects/contacts/{lead}/associations/companies/{company}", body)
    assert (answer.status_code, answer.json["labels"]) == (201, ["Billing contact"])
    for start, end, asked in (("contacts", "companies", lead), ("companies", "contacts", company)):
        labels = [kind["label"] for kind in read(account, start, end, {"id": asked})[0]["to"][0]["associationTypes"]]
        assert set(labels) >= {"Billing contact", None}


def test_a_type_id_of_another_direction_is_refused(account: Account, company: str) -> None:
    (lead,) = account.contacts(1)
    body = [{"associationCategory": DEFINED, "associationTypeId": 280}]
    answer = account.call("PUT", f"/crm/v4/objects/contacts/{lead}/associations/companies/{company}", body)
    assert answer.status_code == 400


def test_cutting_a_tie_cuts_it_on_both_sides(account: Account, company: str) -> None:
    (lead,) = account.contacts(1)
    account.call("PUT", f"/crm/v4/objects/contacts/{lead}/associations/default/companies/{company}")
    assert (
        account.call("DELETE", f"/crm/v4/objects/contacts/{lead}/associations/companies/{company}").status_code == 204
    )
    assert read(account, "contacts", "companies", {"id": lead}) == []
    assert read(account, "companies", "contacts", {"id": company}) == []


def test_a_tie_to_nobody_is_a_404(account: Account) -> None:
    (lead,) = account.contacts(1)
    path = f"/crm/v4/objects/contacts/{lead}/associations/default/companies/999"
    assert account.call("PUT", path).status_code == 404


def test_the_older_reads_name_a_tie_by_a_word(account: Account) -> None:
    (lead,) = account.contacts(1)
    spec = [{"associationCategory": DEFINED, "associationTypeId": 194}]
    call = account.add("calls", ties=[{"to": {"id": lead}, "types": spec}])
    tie = {"id": call, "type": "contact_to_call"}
    body = {"inputs": [{"id": lead}]}
    results = account.post("/crm/v3/associations/contacts/calls/batch/read", body)["results"]
    assert results == [{"from": {"id": lead}, "to": [tie]}]
    assert account.get(f"/crm/v3/objects/contacts/{lead}/associations/calls")["results"] == [tie]
