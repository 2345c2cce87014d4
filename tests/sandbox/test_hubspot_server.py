"""The server as others meet it: its first line, both families of paths, links that work, a generated book."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from adapters.sandbox.dated import plain_path
from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.hubspot.screen import change_by_hand
from adapters.sandbox.hubspot.seeding import hubspot_book
from adapters.sandbox.hubspot.values import checked
from adapters.sandbox.server import Sandbox, running
from adapters.sandbox.settings import Settings
from adapters.sandbox.store import Store

AS_OF = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEADS = 150
COMMAND = "from adapters.sandbox.server import serve; serve(0, 20, 3)"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running(hubspot_book(LEADS, 3, AS_OF), settings=Settings(search_lag=0.0)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def session(sandbox: Sandbox) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {sandbox.token}"
        yield session


def test_the_first_line_says_where_it_is_and_a_signal_ends_it() -> None:
    process = subprocess.Popen([sys.executable, "-c", COMMAND], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    told = json.loads(process.stdout.readline())
    path = "/crm/v3/objects/contacts?limit=100"
    headers = {"Authorization": f"Bearer {told['hubspot_token']}"}
    page = requests.get(told["hubspot_url"] + path, headers=headers, timeout=10).json()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert 0 < len(page["results"]) <= 20
    assert isinstance(told["portal_id"], int)


def test_following_the_links_reads_everybody_once(sandbox: Sandbox, session: requests.Session) -> None:
    seen: list[str] = []
    link = f"{sandbox.url}/crm/objects/2026-09/contacts?limit=40&properties=email,firstname"
    while link:
        page = session.get(link, timeout=10).json()
        seen += [row["id"] for row in page["results"]]
        link = page.get("paging", {}).get("next", {}).get("link")
    assert len(seen) == len(set(seen)) == sandbox.store.objects.count(KINDS["contacts"])


@pytest.mark.parametrize(
    ("dated", "plain"),
    [
        ("/crm/objects/2026-09/contacts", "/crm/v3/objects/contacts"),
        ("/crm/objects/2026-03/contacts/batch/read", "/crm/v3/objects/contacts/batch/read"),
        ("/crm/objects/2026-09/0-1/12", "/crm/v3/objects/0-1/12"),
        ("/crm/objects/2026-09/notes/12/associations/contacts", "/crm/v4/objects/notes/12/associations/contacts"),
        ("/crm/associations/2026-09/a/b/batch/read", "/crm/v4/associations/a/b/batch/read"),
        ("/crm/properties/2026-09/contacts/groups", "/crm/v3/properties/contacts/groups"),
        ("/crm/owners/2026-09", "/crm/v3/owners"),
        ("/account-info/2026-09/details", "/account-info/v3/details"),
        ("/oauth/2026-09/token", "/oauth/v3/token"),
        ("/crm/v3/objects/contacts", "/crm/v3/objects/contacts"),
        ("/oauth/authorize", "/oauth/authorize"),
    ],
)
def test_dated_paths_are_the_same_resources(dated: str, plain: str) -> None:
    assert plain_path(dated) == plain


def test_both_families_give_the_same_records(sandbox: Sandbox, session: requests.Session) -> None:
    older, dated = (
        session.get(sandbox.url + path, params={"limit": 5, "properties": ["city", "zip"]}, timeout=10).json()
        for path in ("/crm/v3/objects/contacts", "/crm/objects/2026-09/contacts")
    )
    assert older["results"] == dated["results"]


def test_owners_answer_with_and_without_a_slash(sandbox: Sandbox, session: requests.Session) -> None:
    plain = session.get(f"{sandbox.url}/crm/v3/owners", timeout=10).json()
    assert plain == session.get(f"{sandbox.url}/crm/v3/owners/", timeout=10).json()
    gone = session.get(f"{sandbox.url}/crm/v3/owners/?archived=True", timeout=10).json()["results"]
    assert [owner["archived"] for owner in gone] == [True] * len(gone)
    assert gone
    assert all(not owner["archived"] for owner in plain["results"])


def test_an_address_longer_than_any_gateway_takes_is_a_414(sandbox: Sandbox, session: requests.Session) -> None:
    names = ",".join(f"property_{number}" for number in range(1_500))
    answer = session.get(f"{sandbox.url}/crm/v3/objects/contacts?properties={names}", timeout=10)
    assert answer.status_code == 414


def test_a_dropped_connection_is_no_answer(sandbox: Sandbox, session: requests.Session) -> None:
    sandbox.hub.faults.add("dropped", count=1)
    with pytest.raises(requests.RequestException):
        session.get(f"{sandbox.url}/crm/v3/objects/contacts", timeout=10).json()


def test_a_path_the_vendor_does_not_have_is_a_404_in_json(sandbox: Sandbox, session: requests.Session) -> None:
    answer = session.get(f"{sandbox.url}/crm/v3/nothing", timeout=10)
    assert (answer.status_code, answer.json()["status"]) == (404, "error")


def test_the_account_tells_its_number_and_time_zone(sandbox: Sandbox, session: requests.Session) -> None:
    told = session.get(f"{sandbox.url}/account-info/2026-09/details", timeout=10).json()
    assert (told["portalId"], told["timeZone"], told["accountType"]) == (sandbox.portal_id, "US/Eastern", "STANDARD")
    assert told["utcOffsetMilliseconds"] in (-18_000_000, -14_400_000)


def test_the_book_is_there_with_its_bin(sandbox: Sandbox) -> None:
    objects = sandbox.store.objects
    contacts = objects.count(KINDS["contacts"]), objects.count(KINDS["contacts"], archived=True)
    assert sum(contacts) == LEADS
    assert contacts[1] > 0
    assert all(objects.count(KINDS[name]) > 0 for name in ("companies", "deals", "calls", "emails", "notes", "tasks"))


def test_every_value_of_the_book_is_one_the_account_would_take(sandbox: Sandbox) -> None:
    """Definitions and generator are two hands; this keeps them on one instrument. Read-only values are exempt."""
    owners = {str(owner.id) for owner in sandbox.store.owners.all()}
    wrong: Counter[tuple[str, str, str]] = Counter()
    for item in hubspot_book(LEADS, 3, AS_OF).objects():
        definitions = sandbox.store.definitions.of(KINDS[item.type])
        kept, problems = checked(definitions, item.properties, lambda: owners)
        wrong.update((item.type, one.property, one.code) for one in problems if one.code != "READ_ONLY_VALUE")
        wrong.update((item.type, name, "form") for name, value in kept.items() if value != item.properties[name])
    assert not wrong


def test_a_kept_file_is_served_again_as_it_was_left(tmp_path: Path) -> None:
    path, contacts = tmp_path / "crm.db", KINDS["contacts"]
    with running(hubspot_book(20, 3, AS_OF), path=path) as first:
        lead = first.store.objects.page(contacts, 0, 1)[0].id
        change_by_hand(first.store, "contacts", lead, {"city": "Lima"}, user_id=1)
    with running(hubspot_book(20, 3, AS_OF), path=path) as second:
        kept = second.store.find("contacts", lead)
        assert kept
        assert kept.properties["city"] == "Lima"
        assert second.store.definitions.live(contacts, "email")


def test_a_file_whose_filling_was_cut_short_is_filled_anew(tmp_path: Path) -> None:
    path, contacts = tmp_path / "crm.db", KINDS["contacts"]
    book = hubspot_book(20, 3, AS_OF)
    store = Store(path)
    store.load(list(book.objects())[:30], book.owners)
    store.close()
    with running(book, path=path) as sandbox:
        objects = sandbox.store.objects
        assert objects.count(contacts) + objects.count(contacts, archived=True) == 20
