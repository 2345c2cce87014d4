"""The agency's own settings, its API keys, and the audit log."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask.testing import FlaskClient
from web_support import AT, Book, send

from connector.flows import api_keys
from connector.flows.services import Services
from connector.services import assemble
from connector.settings import Settings
from connector.store import audit
from connector.store.audit import Change

OWNER = "olivia@bluebonnet.example"


def trail(svc: Services) -> list[audit.Entry]:
    with svc.store.read() as conn:
        return list(audit.entries(conn, svc.tenant.id))


def text(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def test_another_name_and_zone_are_kept_and_shown_at_once(svc: Services, client: FlaskClient, book: Book) -> None:
    answer = send(client, "/settings", name="Bluebonnet & Sons", time_zone="America/Chicago")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings?saved=1")
    page = text(client, "/settings?saved=1")
    assert "Bluebonnet &amp; Sons" in page
    assert "Saved." in page
    changes = {one.action: one.change for one in trail(svc)}
    assert changes["rename agency"] == Change("Bluebonnet Insurance", "Bluebonnet & Sons")
    assert changes["change time zone"] == Change("UTC", "America/Chicago")
    assert "22 Nov 2026, 10:00" in text(client, "/settings/audit"), "16:00 in UTC"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": " "}, "Type a name"),
        ({"name": "x" * 101}, "at most 100"),
        ({"name": "Another agency"}, "has this name"),
        ({"time_zone": "Mars/Olympus"}, "not known"),
        ({"time_zone": "../../etc/passwd"}, "not known"),
    ],
)
def test_what_cannot_be_is_said_and_everything_typed_is_kept(
    svc: Services, client: FlaskClient, stranger: Book, given: dict[str, str], said: str
) -> None:
    fields = {"name": "New name", "time_zone": "Europe/Paris"} | given
    answer = send(client, "/settings", **fields)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert said in page
    assert all(f'value="{value}"' in page for value in fields.values())
    assert svc.for_tenant(svc.tenant.id).tenant.name == "Bluebonnet Insurance"


def test_the_process_finds_its_agency_again_after_it_was_renamed(svc: Services, client: FlaskClient) -> None:
    send(client, "/settings", name="Renamed", time_zone="UTC")
    settings = Settings(database_url=str(svc.store.engine.url), tenant="Bluebonnet Insurance")
    again = assemble(settings)
    assert again.tenant == svc.for_tenant(svc.tenant.id).tenant
    again.close()


def test_a_key_is_shown_once_works_and_is_revoked(svc: Services, client: FlaskClient) -> None:
    made = send(client, "/settings/api-keys", name="website").get_data(as_text=True)
    found = re.search(r'value="(lt_[^"]+)"', made)
    assert found
    assert api_keys.holder(svc, found[1])
    listed = text(client, "/settings/api-keys")
    assert "website" in listed
    assert found[1] not in listed
    assert send(client, "/settings/api-keys", name="website").status_code == 400
    assert send(client, "/settings/api-keys/revoke", "/settings/api-keys", name="website").status_code == 303
    assert api_keys.holder(svc, found[1]) is None
    assert [(one.actor, one.action) for one in trail(svc)] == [(OWNER, "revoke key"), (OWNER, "add key")]


def test_a_viewer_sees_the_keys_and_no_form(svc: Services, client: FlaskClient, viewer: FlaskClient) -> None:
    send(client, "/settings/api-keys", name="website")
    page = text(viewer, "/settings/api-keys")
    assert "website" in page
    assert "Revoke" not in page
    assert "Make a key" not in page


def note(svc: Services, actor: str, action: str, detail: str = "", change: Change = audit.NO_CHANGE) -> None:
    with svc.store.write() as conn:
        audit.record(conn, svc.tenant.id, actor, action, detail, AT, change)


def test_a_change_is_told_with_what_was_before_and_after(svc: Services, client: FlaskClient) -> None:
    note(svc, "ann@x.example", "change threshold", "MQL", Change("40", "<b>45</b>"))
    page = text(client, "/settings/audit")
    assert "<del>40</del>" in page
    assert "<ins>&lt;b&gt;45&lt;/b&gt;</ins>" in page


def test_the_log_is_filtered_by_person_and_action(svc: Services, client: FlaskClient) -> None:
    for actor, action in (("ann@x.example", "publish"), ("bob@x.example", "publish"), ("ann@x.example", "connect")):
        note(svc, actor, action, f"{action} by {actor}")
    page = text(client, "/settings/audit?actor=ann@x.example&action=publish")
    assert "publish by ann@x.example" in page
    assert "by bob@x.example" not in page
    assert "connect by" not in page
    assert "Nothing like that" in text(client, "/settings/audit?actor=nobody")


def test_every_line_stands_on_exactly_one_page(svc: Services, client: FlaskClient) -> None:
    for number in range(120):
        note(svc, "ann@x.example", "publish", f"version {number}.")
    seen: list[str] = []
    path: str | None = "/settings/audit?actor=ann@x.example"
    while path:
        page = text(client, path)
        seen += re.findall(r"version (\d+)\.", page)
        older = re.search(r'href="([^"]+)">Older', page)
        path = older[1].replace("&amp;", "&") if older else None
    assert seen == [str(number) for number in reversed(range(120))]


@pytest.mark.parametrize("before", ["x", "-1", "0", "99999999999999999999"])
def test_a_page_that_cannot_be_is_no_error(client: FlaskClient, before: str) -> None:
    assert client.get(f"/settings/audit?before={before}").status_code == 200


def test_the_export_holds_every_line_and_no_formula(svc: Services, client: FlaskClient) -> None:
    for number in range(2500):
        note(svc, "ann@x.example", "publish", f"={number}+1")
    note(svc, "ann@x.example", "say", 'quoted ", comma\nand line', Change("@SUM(A1)", "\tx"))
    answer = client.get("/settings/audit.csv?actor=ann@x.example")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    head, first, *rest = csv.reader(io.StringIO(answer.get_data(as_text=True)))
    assert head == ["When", "Who", "What", "About", "Before", "After"]
    assert first[3:] == ['quoted ", comma\nand line', "'@SUM(A1)", "'\tx"]
    assert len(rest) == 2500
    assert all(cell.startswith("'=") for _, _, _, cell, *_ in rest)


def test_another_agency_s_log_is_not_exported(svc: Services, client: FlaskClient, stranger: Book) -> None:
    with svc.store.write() as conn:
        audit.record(conn, stranger.tenant_id, "sam@stranger.example", "publish", "secret", AT)
    assert "stranger" not in text(client, "/settings/audit.csv")
    assert "stranger" not in text(client, "/settings/audit")
