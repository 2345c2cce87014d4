"""Runs on their pages: how far one is, starting and cancelling; refused rows, calls, and what needs a person."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

import pytest
from flask.testing import FlaskClient
from test_web_flag_links import hidden, text
from web_support import AT, Book

from adapters.contract import Quota
from connector.core.types import Tier
from connector.flows.missing import Question
from connector.flows.opened import SeenQuota
from connector.flows.services import Services
from connector.store import connections as connection_rows
from connector.store import outbox, problems
from connector.store import runs as run_rows
from connector.store.database import Scope
from connector.store.problems import ProblemRow
from connector.store.runs import Run


def post(client: FlaskClient, path: str, page: str = "", **data: object) -> Any:
    token = hidden(text(client.get(page or path)), "csrf_token")
    return client.post(path, data={"csrf_token": token, **data})


def the(svc: Services, scope: Scope, run_id: int) -> Run:
    with svc.store.read() as conn:
        return run_rows.run_by_id(conn, scope, run_id)


def begin(book: Book, scope: Scope, kind: str = "sync", *, phase: str = "reading", **counts: int) -> int:
    with book.svc.store.write() as conn:
        run = run_rows.begin_run(conn, scope, kind, AT - 60, anew=True)
        run_rows.set_phase(conn, run, phase)
        run_rows.set_part(conn, run, "read" if phase == "reading" else "drain")
        run_rows.set_place(conn, run, {"contacts": ("c", False)}, {"contacts": 1000})
        run_rows.add_counts(conn, run, **counts or {"contacts": 250})
    return run.id


def test_a_run_shows_its_phases_with_bars_and_asks_for_itself_until_it_ends(
    client: FlaskClient, svc: Services, book: Book
) -> None:
    scope = book.connect()
    book.worker()
    run = begin(book, scope)
    shown = text(client.get(f"/runs/{run}/progress"))
    assert "<html" not in shown
    assert f'hx-get="/runs/{run}/progress" hx-trigger="every 2s"' in shown
    assert re.search(r'<progress max="100" aria-labelledby="phase-\d+-reading" value="25">', shown)
    assert "250 of 1,000" in shown
    assert "reading takes about 3 minutes more" in shown
    assert "stands still" not in shown
    with svc.store.write() as conn:
        run_rows.finish_run(conn, the(svc, scope, run), "done", "", AT)
    ended = text(client.get(f"/runs/{run}/progress"))
    assert "hx-trigger" not in ended
    assert ended.count('value="100"') == 3
    assert f"/runs/{run}/cancel" not in ended


def test_no_time_is_promised_where_nobody_knows(client: FlaskClient, svc: Services, book: Book) -> None:
    scope = book.connect()
    run = begin(book, scope)
    with svc.store.write() as conn:
        run_rows.set_place(conn, the(svc, scope, run), {"contacts": ("c", False)}, {})
    shown = text(client.get(f"/runs/{run}"))
    assert "takes about" not in shown
    assert re.search(r'aria-labelledby="phase-\d+-reading">', shown), "a bar without a value"
    assert "No worker has been seen for a minute" in shown


def test_cancelling_on_the_page_ends_the_run_where_nobody_is_at_it(
    client: FlaskClient, svc: Services, book: Book
) -> None:
    scope = book.connect()
    run = begin(book, scope)
    assert post(client, f"/runs/{run}/cancel", f"/runs/{run}").status_code == 303
    assert the(svc, scope, run).state == "cancelled"
    shown = text(client.get(f"/runs/{run}"))
    assert "Cancelled by Olivia. 250 contacts" in shown
    again = client.post(f"/runs/{run}/cancel", data={"csrf_token": hidden(text(client.get("/runs")), "csrf_token")})
    assert again.status_code == 409
    assert "has ended already" in text(again)


def test_while_a_worker_is_at_it_the_page_says_that_it_is_being_cancelled(
    client: FlaskClient, svc: Services, book: Book
) -> None:
    scope = book.connect()
    book.worker()
    run = begin(book, scope)
    post(client, f"/runs/{run}/cancel", f"/runs/{run}")
    assert (the(svc, scope, run).open, the(svc, scope, run).cancel) == (True, "Olivia")
    assert "Being cancelled" in text(client.get(f"/runs/{run}"))


@pytest.mark.parametrize(
    ("what", "kind", "anew"), [("sync", "sync", True), ("full", "sync", True), ("rescore", "rescore", False)]
)
def test_runs_are_started_from_the_page(
    client: FlaskClient, svc: Services, book: Book, what: str, kind: str, anew: bool
) -> None:
    scope = book.connect()
    book.publish()
    done = post(client, "/runs", connection=scope.connection_id, what=what)
    assert done.status_code == 303
    run = the(svc, scope, int(done.headers["Location"].rsplit("/", 1)[1]))
    assert (run.kind, run.anew, run.open) == (kind, anew, True)


def test_what_cannot_start_is_refused_in_a_sentence(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    refused = post(client, "/runs", connection=scope.connection_id, what="sync")
    assert (refused.status_code, "No model is published" in text(refused)) == (409, True)
    book.publish()
    begin(book, scope)
    refused = post(client, "/runs", connection=scope.connection_id, what="full")
    assert (refused.status_code, "cancel it first" in text(refused)) == (409, True)
    assert post(client, "/runs", connection=scope.connection_id, what="odd").status_code == 400
    assert post(client, "/runs", connection=999, what="sync").status_code == 404


def test_runs_that_found_nothing_are_one_line(client: FlaskClient, book: Book) -> None:
    scope = book.connect()
    book.run(scope, ago=9000, contacts=5, changed=5)
    quiet = [book.run(scope, ago=8000 - 300 * number, calls=2) for number in range(4)]
    book.run(scope, "failed", "The CRM said no.", ago=100)
    shown = text(client.get("/runs"))
    assert "4 syncs of main crm found nothing new" in shown
    assert all(f'href="/runs/{run}"' in shown for run in quiet)
    assert "The CRM said no." in shown


def test_runs_are_chosen_by_connection_kind_and_state(client: FlaskClient, svc: Services, book: Book) -> None:
    scope = book.connect()
    done, failed = book.run(scope, changed=1), book.run(scope, "failed", "No.", ago=50)
    live = begin(book, scope, "live", phase="live")

    def shown(query: str) -> set[str]:
        return set(re.findall(r'<a href="/runs/(\d+)"', text(client.get(f"/runs?{query}"))))

    assert shown("") == {str(done), str(failed), str(live)}
    assert shown("state=failed") == {str(failed)}
    assert shown("kind=live") == {str(live)}
    assert shown("connection=999") == set()
    for odd in ("kind=odd", "state=odd", "connection=x", "before=x"):
        assert client.get(f"/runs?{odd}").status_code == 400


def test_older_runs_are_on_the_next_page(client: FlaskClient, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.web.runs.LINES", 2)
    scope = book.connect()
    runs = [book.run(scope, ago=900 - number, changed=1) for number in range(3)]
    first = text(client.get("/runs"))
    assert f"before={runs[1]}" in first
    assert f'href="/runs/{runs[0]}"' not in first
    assert f'href="/runs/{runs[0]}"' in text(client.get(f"/runs?before={runs[1]}"))


def test_a_stranger_s_runs_and_rows_are_not_there(
    strangers: FlaskClient, svc: Services, book: Book, stranger: Book
) -> None:
    scope = book.connect()
    run = begin(book, scope)
    book.waiting(scope, book.lead(scope, "1", 50, Tier.WARM), "Secret sentence")
    for path in (f"/runs/{run}", f"/runs/{run}/progress", f"/missing/{scope.connection_id}"):
        assert strangers.get(path).status_code == 404
    token = hidden(text(strangers.get("/you")), "csrf_token")
    theirs = stranger.connect("their crm")
    for path in (f"/runs/{run}/cancel", f"/calls/{scope.connection_id}", f"/missing/{scope.connection_id}"):
        assert strangers.post(path, data={"csrf_token": token, "said": "keep"}).status_code == 404
    assert strangers.post("/refused", data={"csrf_token": token, "all": "yes"}).status_code == 409
    assert "Secret sentence" not in text(strangers.get("/refused"))
    with svc.store.read() as conn:
        assert outbox.counts(conn, scope)["refused"] == 1
    assert theirs.connection_id != scope.connection_id


def test_refused_rows_stand_with_the_crm_s_sentence_and_are_tried_again(
    client: FlaskClient, svc: Services, book: Book
) -> None:
    scope = book.connect()
    for crm_id, said in {"1": "Too <b>long</b>.", "2": "Too <b>long</b>.", "3": "Locked."}.items():
        book.waiting(scope, book.lead(scope, crm_id, 50, Tier.WARM), said)
    shown = text(client.get("/refused"))
    assert "Too &lt;b&gt;long&lt;/b&gt;." in shown
    assert "2 rows" in shown
    assert "lt_score" in shown
    assert "Locked." not in text(client.get("/refused?said=Too+<b>long</b>.")).partition('id="leads"')[2]

    def refused() -> int:
        with svc.store.read() as conn:
            return outbox.counts(conn, scope)["refused"]

    assert post(client, "/refused", said="Too <b>long</b>.").status_code == 303
    assert refused() == 1
    done = post(client, "/refused", all="yes")
    assert (refused(), "sent again" in text(client.get(done.headers["Location"]))) == (0, True)
    assert "The CRM takes every row" in text(client.get("/refused"))


def test_refused_rows_are_paged_by_lead(client: FlaskClient, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.web.refused.PAGE", 2)
    scope = book.connect()
    leads = [book.lead(scope, str(number), 50, Tier.WARM) for number in range(3)]
    for lead in leads:
        book.waiting(scope, lead, "Locked.")
    first = text(client.get("/refused"))
    assert f"after={leads[1]}" in first
    rest = text(client.get(f"/refused?after={leads[1]}"))
    assert re.findall(r'class="name" href="/leads/(\d+)"', rest) == [str(leads[2])]


def test_calls_are_told_without_asking_and_the_day_s_share_once_somebody_asked(
    client: FlaskClient, svc: Services, book: Book
) -> None:
    scope = book.connect()
    book.run(scope, calls=25, throttled=3)
    shown = text(client.get("/calls"))
    assert "<dd>25</dd>" in shown
    assert "was not asked yet" in shown
    svc.accounts.quotas[scope.connection_id] = SeenQuota(Quota(700, 1000, None), AT - 60)
    shown = text(client.get("/calls"))
    assert "700 of 1,000 calls" in shown
    assert "<dd>2.5 %</dd>" in shown
    assert 'value="70.0"' in shown


def test_what_cannot_wait_stands_on_every_page_and_the_rest_does_not(
    client: FlaskClient, svc: Services, book: Book
) -> None:
    scope = book.connect()
    book.worker()
    book.waiting(scope, book.lead(scope, "1", 50, Tier.WARM), "Locked.")
    assert 'class="needs"' not in text(client.get("/problems"))
    book.trouble(scope, "The token was revoked.")
    shown = text(client.get("/problems"))
    assert "main crm needs you" in shown
    assert f'href="/connections/{scope.connection_id}"' in shown
    assert "refuses" not in shown.partition('class="needs"')[2].partition("</aside>")[0]


def test_the_question_about_missing_leads_is_answered_on_its_page(
    client: FlaskClient, svc: Services, book: Book
) -> None:
    scope = book.connect()
    path = f"/missing/{scope.connection_id}"
    assert "No lead is missing" in text(client.get(path))
    with svc.store.write() as conn:
        asked = json.dumps(asdict(Question(60, 100, 4, "2026-11-20")))
        connection_rows.set_missing(conn, scope, asked)
    assert "Are 60 leads gone?" in text(client.get(path))
    assert post(client, path, said="keep").status_code == 303
    assert "they stay as they are" in text(client.get(path))
    assert post(client, path, said="odd").status_code == 400


def test_problems_are_told_by_kind_with_the_way_to_the_mapping(client: FlaskClient, svc: Services, book: Book) -> None:
    scope = book.connect()
    with svc.store.write() as conn:
        rows = [ProblemRow(str(number), "age", "Age is odd.", "Mend it.") for number in range(3)]
        problems.add_problems(conn, scope, [*rows, ProblemRow("", "drift:state", "State went.", "Map another.")], AT)
    shown = text(client.get("/problems"))
    assert shown.count("Age is odd.") >= 1
    assert "3 records" in shown
    assert f'href="/mapping/{scope.connection_id}#field-age"' in shown
    assert f'href="/mapping/{scope.connection_id}#field-state"' in shown
    one_by_one = text(client.get(f"/problems?where=age&connection={scope.connection_id}"))
    assert one_by_one.count("Age is odd.") == 3
    assert text(client.get("/problems?where=age&connection=999")).count("Age is odd.") == 0


def test_a_viewer_sees_no_button_that_would_be_refused(viewer: FlaskClient, book: Book) -> None:
    scope = book.connect()
    run = begin(book, scope)
    book.waiting(scope, book.lead(scope, "1", 50, Tier.WARM), "Locked.")
    for path in ("/runs", f"/runs/{run}", "/refused", "/calls"):
        main = text(viewer.get(path)).partition("<main")[2]
        assert "<button" not in main.replace('<button class="btn btn-plain" type="submit"><svg', "")
