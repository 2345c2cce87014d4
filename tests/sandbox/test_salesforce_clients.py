"""simple-salesforce, which was not written by us, over a real connection to the sandbox.

The client writes https:// whatever it is told, so that an adapter below it turns the address into the sandbox's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceMalformedRequest

from adapters.sandbox.salesforce.book import fill
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.server import Sandbox, running

LEADS = 300
AS_OF = datetime(2026, 11, 20, 15, tzinfo=UTC)


class Plain(HTTPAdapter):
    """Sends what is meant for https:// to the sandbox, which speaks http."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._host = urlsplit(url).netloc

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        request.url = urlunsplit(("http", self._host, parts.path, parts.query, ""))
        return super().send(request, *args, **more)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running(hubspot=False, salesforce=lambda org: fill(org, LEADS, 3, AS_OF)) as sandbox:
        yield sandbox


def connected(sandbox: Sandbox, token: str | None = None) -> Salesforce:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Plain(sandbox.url))
    return Salesforce(
        instance_url=sandbox.url.replace("http://", "https://"),
        session_id=token or sandbox.session,
        version="67.0",
        session=session,
    )


@pytest.fixture
def client(sandbox: Sandbox) -> Salesforce:
    return connected(sandbox)


def test_it_logs_in_with_its_own_client_credentials_flow(sandbox: Sandbox) -> None:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Plain(sandbox.url))
    settings = sandbox.org.settings
    client = Salesforce(
        consumer_key=settings.client_id, consumer_secret=settings.client_secret, domain="us.my", session=session
    )
    assert client.session_id != sandbox.session
    assert client.sf_instance == urlsplit(sandbox.url).netloc


def test_it_reads_every_page_of_a_query(client: Salesforce) -> None:
    soql = "SELECT Id, Name, Owner.Name, (SELECT Id FROM Tasks) FROM Lead ORDER BY SystemModstamp, Id"
    total = client.query("SELECT COUNT() FROM Lead")["totalSize"]
    assert total > 200
    client.headers["Sforce-Query-Options"] = "batchSize=200"
    assert len({row["Id"] for row in client.query_all_iter(soql)}) == total
    first = client.query(soql)
    assert not first["done"]
    more = client.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    assert more["records"][0]["attributes"]["url"].startswith("/services/data/v67.0/sobjects/Lead/")
    by_name = client.query_more(first["nextRecordsUrl"].rsplit("/", 1)[1])
    assert by_name["records"] == more["records"]


def test_it_creates_changes_reads_and_deletes_a_record(client: Salesforce) -> None:
    made = client.Lead.create({"LastName": "Ames", "Company": "Ames Bakery", "Email": "ann@ames.example"})
    assert made["success"]
    assert client.Lead.update(made["id"], {"Rating": "Hot"}) == 204
    assert client.Lead.get(made["id"])["Rating"] == "Hot"
    assert client.Contact.upsert("Email/new@ames.example", {"LastName": "Ames"}) == 201
    assert client.Contact.upsert("Email/new@ames.example", {"FirstName": "Ann"}) == 200
    assert client.Contact.get_by_custom_id("Email", "new@ames.example")["FirstName"] == "Ann"
    assert client.Lead.delete(made["id"]) == 204
    gone = client.query_all("SELECT Id FROM Lead WHERE IsDeleted = true", include_deleted=True)
    assert made["id"] in {row["Id"] for row in gone["records"]}


def test_it_reads_what_there_is(client: Salesforce) -> None:
    assert {"Lead", "Contact", "Task"} <= {each["name"] for each in client.describe()["sobjects"]}
    assert "OwnerId" in {field["name"] for field in client.Lead.describe()["fields"]}
    assert client.Lead.metadata()["objectDescribe"]["name"] == "Lead"
    assert client.limits()["DailyApiRequests"]["Max"] == 118_000
    assert client.api_usage["api-usage"].total == 118_000
    assert client.is_sandbox() in (True, False)


def test_it_writes_collections(client: Salesforce) -> None:
    leads = [row["Id"] for row in client.query("SELECT Id FROM Lead WHERE IsConverted = false LIMIT 3")["records"]]
    rows = [{"attributes": {"type": "Lead"}, "id": lead, "Rating": "Warm"} for lead in leads]
    told = client.restful("composite/sobjects", method="PATCH", json={"allOrNone": False, "records": rows})
    assert [each["id"] for each in told] == leads


def test_it_asks_what_changed(client: Salesforce) -> None:
    made = client.Lead.create({"LastName": "Bell", "Company": "Us"})["id"]
    now = datetime.now(UTC)
    assert made in client.Lead.updated(now - timedelta(minutes=5), now + timedelta(minutes=5))["ids"]
    client.Lead.delete(made)
    told = client.Lead.deleted(now - timedelta(minutes=5), now + timedelta(minutes=5))
    assert made in {each["id"] for each in told["deletedRecords"]}


def test_it_runs_bulk_jobs(client: Salesforce, tmp_path: Path) -> None:
    rows = [{"LastName": f"Bulk {number}", "Company": "Bulk", "City": 'Zoë "Z", Ltd'} for number in range(5)]
    told = client.bulk2.Lead.insert(records=rows, wait=0.05)
    assert sum(each["numberRecordsProcessed"] for each in told) == 5
    assert sum(each["numberRecordsFailed"] for each in told) == 0
    pages = list(client.bulk2.Lead.query("SELECT Id, LastName FROM Lead WHERE Company = 'Bulk'", wait=0.05))
    assert sum(page.count("\n") - 1 for page in pages) == 5


def test_it_raises_what_the_vendor_refuses(client: Salesforce, sandbox: Sandbox) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.query("SELECT Nosuch FROM Lead")
    assert refused.value.content[0]["errorCode"] == "INVALID_FIELD"
    with pytest.raises(SalesforceExpiredSession):
        connected(sandbox, token="dead").limits()


def leads_of(path: Path, filled: list[int]) -> int:
    """How many leads a sandbox over this file serves; notes in `filled` every filling."""

    def filler(org: Org) -> None:
        filled.append(1)
        org.load("Lead", [{"LastName": "Ames", "Company": "Us"}])

    with running(hubspot=False, salesforce=filler, path=path) as sandbox:
        connected(sandbox).Lead.create({"LastName": "Bell", "Company": "Us"})
        return int(connected(sandbox).query("SELECT COUNT() FROM Lead")["totalSize"])


def test_a_kept_file_is_served_again_as_it_was_left(tmp_path: Path) -> None:
    filled: list[int] = []
    assert leads_of(tmp_path / "crm.db", filled) == 2
    assert leads_of(tmp_path / "crm.db", filled) == 3
    assert len(filled) == 1
    assert (tmp_path / "crm-salesforce.db").exists()
    assert not (tmp_path / "crm.db").exists()


def test_a_file_whose_filling_was_cut_short_is_filled_anew(tmp_path: Path) -> None:
    def torn(org: Org) -> None:
        org.load("Lead", [{"LastName": "Ames", "Company": "Us"}] * 5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), running(hubspot=False, salesforce=torn, path=tmp_path / "crm.db"):
        pass
    assert leads_of(tmp_path / "crm.db", []) == 2


def test_both_crms_share_a_port_and_say_how_to_reach_them() -> None:
    with running(salesforce=lambda org: None) as both:
        said = both.announcement()
        assert said["hubspot_url"] == said["salesforce_url"] == both.url
        assert said["salesforce_session"] == both.session
        assert said["salesforce_org_id"] == both.org.org_id
        assert {"hubspot_token", "portal_id", "salesforce_api_version", "salesforce_client_id"} <= set(said)
        assert connected(both).query("SELECT Id FROM Lead")["totalSize"] == 0
        bearer = {"Authorization": f"Bearer {both.token}"}
        assert requests.get(f"{both.url}/crm/v3/objects/contacts", headers=bearer, timeout=10).status_code == 200


def test_a_side_that_is_not_played_is_not_there(sandbox: Sandbox) -> None:
    assert "hubspot_url" not in sandbox.announcement()
    assert requests.get(f"{sandbox.url}/crm/v3/objects/contacts", timeout=10).status_code == 404
    with pytest.raises(LookupError, match="HubSpot"):
        _ = sandbox.store
    with running() as hubspot:
        assert requests.get(f"{hubspot.url}/services/data", timeout=10).status_code == 404
        with pytest.raises(LookupError, match="Salesforce"):
            _ = hubspot.org
