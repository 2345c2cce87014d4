"""The pages of connections: forms keep what was typed and never a secret; strangers and viewers are kept out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from web_support import Book

from adapters.contract import Reauthorise
from connector.core.types import Tier
from connector.flows.services import Services
from connector.store import connections, runs
from connector.store.database import Scope
from connector.store.leaving import DISCONNECT
from tests.flows.conftest import World
from tests.flows.connecting import Office
from tests.flows.crm import Crm


@pytest.fixture
def crm() -> Crm:
    return Crm().book()


@pytest.fixture
def office(svc: Services, crm: Crm) -> Iterator[Office]:
    """A CRM in memory in the place of those that are installed."""
    world = World.__new__(World)
    world.crm = crm
    world.services = lambda: svc  # type: ignore[method-assign]
    office = Office(world)
    office.services()
    yield office
    svc.crms = {}


def token(client: FlaskClient, path: str = "/connections/new/hubspot") -> str:
    """The form's own word."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def post(client: FlaskClient, path: str, **form: str):  # type: ignore[no-untyped-def]
    return client.post(path, data={"csrf_token": token(client), **form})


def tried(client: FlaskClient, **more: str) -> str:
    """Tests a token; the address of the page that shows the account."""
    answer = post(client, "/connections/new/hubspot", way="token", token="t-secret-1", **more)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def connected(client: FlaskClient, **more: str) -> str:
    """Connects by a token; the connection's page."""
    word = parse_qs(urlsplit(tried(client, **more)).query)["grant"][0]
    answer = post(client, "/connections/look", grant=word)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_an_empty_list_teaches(client: FlaskClient, viewer: FlaskClient) -> None:
    page = client.get("/connections").text
    assert "No CRM is connected yet" in page
    assert "/connections/new" in page
    assert "An admin connects a CRM" in viewer.get("/connections").text


def test_every_installed_crm_says_what_it_needs_and_why(client: FlaskClient, svc: Services) -> None:
    page = client.get("/connections/new").text
    for crm in svc.crms.values():
        assert f"Choose {crm.capabilities.name}" in page
        assert all(wish.why.replace("'", "&#39;") in page for wish in crm.wishes)


def test_each_way_in_asks_for_its_own_settings(client: FlaskClient, svc: Services) -> None:
    for kind, crm in svc.crms.items():
        for way in crm.ways:
            page = client.get(f"/connections/new/{kind}?way={way.name}").text
            asked = set(re.findall(r'id="set-(\w+)"', page))
            assert {*way.needs, *way.takes} <= asked
            assert not asked & {name for each in crm.ways for name in each.needs} - {*way.needs, *way.takes}


def test_nothing_is_written_before_connect_is_pressed(client: FlaskClient, office: Office) -> None:
    calls: list[str] = []
    office.world.crm.on_call = calls.append
    page = client.get(tried(client)).text
    assert "Will be created" in page
    assert "contacts.write" in page
    assert "America/Chicago" in page
    assert "ensure_fields" not in calls
    assert "No CRM is connected yet" in client.get("/connections").text


def test_connect_creates_the_fields_and_says_how_many(client: FlaskClient, office: Office, svc: Services) -> None:
    page = client.get(connected(client, name="Main book")).text
    assert "13 created, 0 there already" in page
    assert "Main book" in page
    assert "Start the first sync" in page
    with svc.store.read() as conn:
        said = conn.exec_driver_sql("SELECT actor FROM audit WHERE action = 'connect'").scalar_one()
    assert "@" in said


def test_a_form_that_is_wrong_keeps_what_was_typed_but_no_secret(client: FlaskClient, office: Office) -> None:
    answer = post(
        client, "/connections/new/hubspot", way="browser", client_id="app-1", client_secret="", name="Mine", records="b"
    )
    assert answer.status_code == 400
    assert 'value="app-1"' in answer.text
    assert 'value="Mine"' in answer.text
    assert 'value="b"' in answer.text
    assert "Give the client secret." in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_crm_that_refuses_shows_the_form_again_without_the_secret(client: FlaskClient, office: Office) -> None:
    def dead(_: str) -> None:
        raise Reauthorise("The token is not accepted.")

    office.world.crm.on_call = dead
    answer = client.get(tried(client, name="Mine", base_url="https://crm.example"))
    assert answer.status_code == 400
    assert "The token is not accepted." in answer.text
    assert 'value="Mine"' in answer.text
    assert 'value="https://crm.example"' in answer.text
    assert "t-secret-1" not in answer.text


def test_a_missing_permission_is_named_and_there_is_no_button(client: FlaskClient, office: Office) -> None:
    office.granted = False
    page = client.get(tried(client)).text
    assert "contacts.write" in page
    assert "Tick it in Setup" in page
    assert 'action="/connections/look"' not in page


def test_an_address_that_is_none_is_said_at_once(client: FlaskClient, office: Office) -> None:
    answer = post(client, "/connections/new/hubspot", way="token", token="t-1", base_url="javascript:alert(1)")
    assert answer.status_code == 400
    assert "no web address" in answer.text


def test_the_browser_goes_to_the_consent_page_and_comes_back_with_a_look(client: FlaskClient, office: Office) -> None:
    page = post(client, "/connections/new/hubspot", way="browser", client_id="app-1", client_secret="s-1").text
    found = re.search(r"https://crm\.example/agree\?state=([\w-]+)", page)
    assert found is not None
    assert "s-1" not in page
    back = client.get(f"/connections/callback?state={found[1]}&code=code-1")
    assert back.status_code == 303
    assert "The account answers" in client.get(back.headers["Location"]).text
    assert office.exchanged[0][1].redirect_uri == "http://localhost/connections/callback"
    assert client.get(f"/connections/callback?state={found[1]}&code=code-1").status_code == 400


def test_a_consent_that_was_refused_shows_the_form_with_a_sentence(client: FlaskClient, office: Office) -> None:
    page = post(client, "/connections/new/hubspot", way="browser", client_id="app-1", client_secret="s-1").text
    state = re.findall(r"state=([\w-]+)", page)[0]
    answer = client.get(f"/connections/callback?state={state}&error=access_denied&error_description=%3Cb%3E")
    assert answer.status_code == 400
    assert "access was not granted" in answer.text
    assert 'value="app-1"' in answer.text


def test_a_callback_nobody_asked_for_connects_nothing(client: FlaskClient, office: Office) -> None:
    answer = client.get("/connections/callback?state=guessed&code=code-1")
    assert answer.status_code == 400
    assert "Begin again" in answer.text
    assert office.exchanged == []


def test_another_persons_test_is_not_shown(client: FlaskClient, admin: FlaskClient, office: Office) -> None:
    assert admin.get(tried(client)).status_code == 400


def test_a_dead_grant_shows_a_banner_that_begins_again_with_what_is_stored(
    client: FlaskClient, office: Office, svc: Services
) -> None:
    path = connected(client)
    connection_id = int(path.rsplit("/", 1)[1])
    with svc.store.write() as conn:
        connections.set_trouble(conn, Scope(svc.tenant.id, connection_id), "The access was withdrawn.")
    assert "The access was withdrawn." in client.get(path).text
    answer = post(client, f"{path}/reconnect")
    assert answer.status_code == 303, answer.text
    looked = client.get(answer.headers["Location"]).text
    assert "t-secret-1" not in looked
    word = parse_qs(urlsplit(answer.headers["Location"]).query)["grant"][0]
    assert post(client, "/connections/look", grant=word).headers["Location"] == path
    assert "The access was withdrawn." not in client.get(path).text


@pytest.mark.parametrize("address", ["https://elsewhere.example", "http://127.0.0.1:9"])
def test_a_stored_secret_goes_to_no_other_address_than_the_one_it_was_given_for(
    client: FlaskClient, office: Office, address: str
) -> None:
    path = connected(client)
    before = len(office.opened_with)
    answer = post(client, f"{path}/reconnect", way="token", token="", base_url=address)
    assert answer.status_code == 400
    assert "give this once more" in answer.text
    assert address in answer.text, "what was typed stays"
    assert len(office.opened_with) == before


def test_reconnecting_to_another_account_is_refused_by_name(client: FlaskClient, office: Office) -> None:
    path = connected(client)
    office.account_id = "99"
    answer = post(client, f"{path}/reconnect", way="token", token="t-secret-2", base_url="")
    page = client.get(answer.headers["Location"])
    assert page.status_code == 400
    assert "This is account 99" in page.text
    assert "t-secret-2" not in page.text


def test_name_and_interval_are_set_and_audited(client: FlaskClient, office: Office, svc: Services) -> None:
    path = connected(client)
    assert post(client, path, name="Austin", every="3600").status_code == 303
    page = client.get(path).text
    assert "<h1>Austin</h1>" in page
    assert '<option value="3600" selected>' in page
    with svc.store.read() as conn:
        said = conn.exec_driver_sql("SELECT action, before, after FROM audit ORDER BY id DESC LIMIT 2").all()
    assert [tuple(one) for one in said] == [
        ("set sync interval", "every 5 minutes", "every hour"),
        ("rename connection", "hubspot", "Austin"),
    ]


@pytest.mark.parametrize(
    "form", [{"name": "", "every": "300"}, {"name": "x", "every": "5"}, {"name": "x", "every": "-1"}]
)
def test_settings_that_make_no_sense_are_refused_beside_the_field(
    client: FlaskClient, office: Office, form: dict[str, str]
) -> None:
    answer = post(client, connected(client), **form)
    assert answer.status_code == 400
    assert "-wrong" in answer.text


def test_the_first_sync_begins_with_a_click_and_shows_its_progress(client: FlaskClient, office: Office) -> None:
    path = connected(client)
    assert post(client, f"{path}/runs", what="sync").status_code == 303
    page = client.get(path).text
    assert "The first sync" in page
    assert "run-progress" in page
    assert post(client, f"{path}/runs", what="nothing").status_code == 400


def test_only_an_owner_disconnects_and_only_by_its_name(
    client: FlaskClient, admin: FlaskClient, office: Office, svc: Services
) -> None:
    path = connected(client)
    assert admin.get(f"{path}/disconnect").status_code == 403
    wrong = post(client, f"{path}/disconnect", name="Hubspot!")
    assert wrong.status_code == 400
    assert "Type the connection" in wrong.text
    assert post(client, f"{path}/disconnect", name="hubspot").status_code == 303
    with svc.store.read() as conn:
        assert [run.kind for run in runs.open_runs(conn, svc.tenant.id)] == [DISCONNECT]
    assert "Being removed" in client.get("/connections").text
    assert "Being removed" in client.get(path).text


@pytest.mark.parametrize("path", ["", "/webhooks", "/reconnect", "/look", "/disconnect"])
def test_a_strangers_connection_is_not_there(client: FlaskClient, stranger: Book, path: str) -> None:
    theirs = stranger.connect("their crm").connection_id
    answer = client.get(f"/connections/{theirs}{path}")
    assert answer.status_code == 404
    assert "their crm" not in answer.text


def test_a_viewer_sees_and_changes_nothing(client: FlaskClient, viewer: FlaskClient, office: Office) -> None:
    path = connected(client)
    page = viewer.get(path).text
    assert "Sync now" not in page
    for where in ("/connections/new", f"{path}/reconnect", f"{path}/look", "/connections/callback?state=x&code=y"):
        assert viewer.get(where).status_code == 403


def test_markup_in_a_name_is_text(client: FlaskClient, office: Office) -> None:
    path = connected(client, name="<script>x</script>")
    assert "<script>x" not in client.get(path).text + client.get("/connections").text


def test_the_list_tells_states_leads_and_times(client: FlaskClient, book: Book) -> None:
    scope = book.connect("main crm")
    book.worker()
    book.run(scope)
    book.lead(scope, "1", 50, Tier.WARM)
    page = client.get("/connections").text
    assert "main crm" in page
    assert "Works" in page
    book.trouble(scope, "The token is dead.")
    assert "The token is dead." in client.get("/connections").text


def test_the_fields_come_as_a_package(client: FlaskClient, svc: Services) -> None:
    with_package = [kind for kind, crm in svc.crms.items() if crm.field_package]
    for kind in with_package:
        answer = client.get(f"/connections/new/{kind}/fields")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.data[:2] == b"PK"
    without = next(kind for kind, crm in svc.crms.items() if not crm.field_package)
    assert client.get(f"/connections/new/{without}/fields").status_code == 404
