"""What holds for every page: headers, names it answers to, health, other lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from web_support import Book, signed_in

import connector.web
from connector.flows.services import Services
from connector.store.database import Store, engine_for
from connector.web.app import create_app
from connector.web.charts import histogram
from connector.web.formats import span

TEMPLATES = sorted((Path(connector.web.__file__).parent / "templates").glob("*.html"))


def test_every_page_forbids_foreign_and_inline_code(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_what_the_policy_forbids(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", text)
    assert not re.search(r"(src|href)=\"https?:", text)


def test_people_s_data_is_not_kept_by_the_browser_but_style_sheets_are(client: FlaskClient) -> None:
    assert client.get("/leads").headers["Cache-Control"] == "no-store"
    assert "max-age" in client.get("/static/app.css").headers["Cache-Control"]


def test_another_name_in_the_host_header_is_turned_away(client: FlaskClient) -> None:
    answer = client.get("/leads", headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert "leadtier run" in answer.get_data(as_text=True)


@pytest.mark.parametrize("host", ["localhost:8700", "127.0.0.1:8700", "[::1]:8700", "localhost", "[::1]"])
def test_this_machine_s_own_names_are_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


def test_behind_a_proxy_any_name_can_be_allowed(svc: Services) -> None:
    anywhere = signed_in(svc, app=create_app(svc, hosts=()))
    assert anywhere.get("/", headers={"Host": "leads.example"}).status_code == 200


def test_health_is_told_to_anybody(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"Host": "10.0.0.7:8700"}).get_json() == {"status": "alive"}
    assert client.get("/readyz", headers={"Host": "10.0.0.7:8700"}).get_json()["status"] == "ready"


def test_without_its_database_it_is_alive_but_not_ready(
    client: FlaskClient, svc: Services, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(svc, "store", Store(engine_for(f"sqlite:///{tmp_path / 'gone' / 'x.db'}")))
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "leadtier doctor" in answer.get_json()["mend"]
    page = client.get("/")
    assert page.status_code == 500
    assert "Traceback" not in page.get_data(as_text=True)


def test_a_page_can_only_be_looked_at(client: FlaskClient) -> None:
    assert client.post("/leads").status_code == 405


def test_runs_are_listed_with_their_counts_and_how_they_ended(client: FlaskClient, book: Book) -> None:
    assert "Nothing has run yet" in client.get("/runs").get_data(as_text=True)
    scope = book.connect()
    book.run(scope, ago=5000, contacts=1234)
    book.run(scope, state="failed", message="The disk is full.")
    shown = client.get("/runs").get_data(as_text=True)
    assert shown.index("The disk is full.") < shown.index("1,234")
    assert "40 seconds" in shown


def test_problems_are_listed_and_can_be_kept_to_one_place(client: FlaskClient, book: Book) -> None:
    assert "Nothing needs a person" in client.get("/problems").get_data(as_text=True)
    scope = book.connect()
    book.problem(scope, "1", "age", "Age is odd.", "Run `leadtier sync`.")
    book.problem(scope, "1", "state", "State is odd.", "")
    both = client.get("/problems").get_data(as_text=True)
    assert "Age is odd." in both
    assert "State is odd." in both
    assert "<code>leadtier sync</code>" in both
    assert "State is odd." not in client.get("/problems?where=age").get_data(as_text=True)


def test_bars_stand_on_the_axis_and_the_tallest_fills_the_chart() -> None:
    bars = histogram([("Hot", 100, 10), ("Warm", 50, 5), ("Cold", 0, 1)])
    assert [(bar.tier, bar.y + bar.height) for bar in bars] == [("Cold", 130), ("Warm", 130), ("Hot", 130)]
    assert max(bar.height for bar in bars) == 130
    assert bars[-1].x + bars[-1].width <= 400
    assert histogram([]) == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 seconds"), (1, "1 second"), (720, "12 minutes"), (7300, "2 hours"), (864000, "10 days")],
)
def test_a_span_is_told_in_its_largest_unit(seconds: int, said: str) -> None:
    assert span(seconds) == said
