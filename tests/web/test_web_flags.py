"""The list of flags and their answers."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from test_web_flag_links import hidden, text
from web_support import AT, Book

from adapters.contract import Owner
from connector.core.types import Tier
from connector.flows import flags as stories
from connector.flows.flags import Said
from connector.flows.services import Services
from connector.store import audit, owners
from connector.store import flags as flag_rows
from connector.store import tables as t
from connector.store.database import Scope
from connector.store.flags import Flag
from connector.web.flags import PAGE

DAY = 86_400
MAPPING = '{"version": 1, "crm": "anycrm", "fields": [], "activities": [], "signals": {"dated": [], "switches": [], "counters": []}, "writes": {}}'  # noqa: E501


@pytest.fixture
def scope(book: Book) -> Scope:
    made = book.connect()
    with book.svc.store.write() as conn:
        conn.exec_driver_sql(f"UPDATE connection SET mapping = '{MAPPING}'")
    return made


def flag(book: Book, scope: Scope, lead_id: int, kind: str = "too_high", *, ago: int = 0, **said: str) -> int:
    event = f"link:{lead_id}:{kind}:{ago}:{said.get('note', '')}"
    with book.svc.store.write() as conn:
        told = Said(kind, said.get("note", ""), said.get("who", "Ana"), AT - ago, event)
        assert stories.record(conn, scope, lead_id, told)
        return flag_rows.of_lead(conn, scope.tenant_id, lead_id)[0].id


def answer(client: FlaskClient, flag_id: int, **given: str) -> Any:
    token = hidden(text(client.get(f"/flags/{flag_id}")), "csrf_token")
    return client.post(f"/flags/{flag_id}", data={"csrf_token": token, "text": "Fine.", **given})


def kept(svc: Services, flag_id: int) -> Flag:
    with svc.store.read() as conn:
        found = flag_rows.by_id(conn, svc.tenant.id, flag_id)
    assert found is not None
    return found


def test_an_empty_list_teaches(client: FlaskClient) -> None:
    assert "No flag waits for an answer" in text(client.get("/flags"))
    assert "No flag was answered yet" in text(client.get("/flags?state=answered"))


def test_the_newest_open_flags_come_first_with_who_what_and_the_score_then_and_now(
    client: FlaskClient, book: Book, scope: Scope
) -> None:
    lead = book.lead(scope, "1", 50, Tier.WARM, last_name="Boyd")
    flag(book, scope, lead, ago=3 * DAY, note="Spoke today")
    flag(book, scope, lead, "wrong_data", ago=DAY, who="")
    page = text(client.get("/flags"))
    assert re.findall(r"<strong>(Score too high|Wrong data)</strong>", page) == ["Wrong data", "Score too high"]
    assert "open for 3 days" in page
    assert "“Spoke today”" in page
    assert "Somebody in the CRM" in page
    assert "Score then 50, now 50" in page
    assert f'href="/leads/{lead}"' in page


def test_the_menu_counts_those_that_wait(client: FlaskClient, svc: Services, book: Book, scope: Scope) -> None:
    assert 'class="count"' not in text(client.get("/leads"))
    lead = book.lead(scope, "1", 50, Tier.WARM)
    first, _ = flag(book, scope, lead, ago=9), flag(book, scope, lead)
    assert re.search(r'class="count">2<', text(client.get("/leads")))
    stories.answer(svc, first, "Fine.", "")
    assert re.search(r'class="count">1<', text(client.get("/runs")))


def test_an_answer_is_kept_with_who_gave_it_and_the_flag_moves_to_the_answered(
    client: FlaskClient, svc: Services, book: Book, scope: Scope
) -> None:
    one = flag(book, scope, book.lead(scope, "1", 50, Tier.WARM))
    done = answer(client, one, text="The data was corrected.")
    assert done.status_code == 303
    assert "goes to the record" in text(client.get(done.headers["Location"]))
    found = kept(svc, one)
    assert (found.answer, found.answered_by, found.answered_at) == ("The data was corrected.", "Olivia", AT)
    assert "No flag waits" in text(client.get("/flags"))
    assert "The data was corrected." in text(client.get("/flags?state=answered"))


@pytest.mark.parametrize(("given", "why"), [({"text": " "}, "Write an answer"), ({"text": "x" * 201}, "at most 200")])
def test_an_answer_that_cannot_be_is_shown_again_with_the_reason(
    client: FlaskClient, svc: Services, book: Book, scope: Scope, given: dict[str, str], why: str
) -> None:
    one = flag(book, scope, book.lead(scope, "1", 50, Tier.WARM))
    shown = answer(client, one, **given)
    assert shown.status_code == 400
    assert why in text(shown)
    assert f'value="{given["text"]}"' in text(shown), "what was typed is kept"
    assert kept(svc, one).answered_at is None


def test_a_hold_is_shown_and_released_by_choice(client: FlaskClient, svc: Services, book: Book, scope: Scope) -> None:
    lead = book.lead(scope, "1", 50, Tier.WARM)
    one = flag(book, scope, lead, "do_not_contact")
    assert "Do not contact" in text(client.get("/flags"))
    assert "On hold since" in text(client.get(f"/leads/{lead}"))
    answer(client, one, hold="keep")
    assert "On hold since" in text(client.get(f"/leads/{lead}"))
    answer(client, one, hold="release")
    assert "On hold since" not in text(client.get(f"/leads/{lead}"))


def test_the_lead_s_page_shows_its_flags(client: FlaskClient, book: Book, scope: Scope) -> None:
    lead, other = (book.lead(scope, crm_id, 50, Tier.WARM) for crm_id in "12")
    one = flag(book, scope, lead, note="He is broke")
    assert f'href="/flags/{one}"' in text(client.get(f"/leads/{lead}"))
    assert "He is broke" not in text(client.get(f"/leads/{other}"))


def test_a_long_list_is_paged(client: FlaskClient, book: Book, scope: Scope) -> None:
    lead = book.lead(scope, "1", 50, Tier.WARM)
    made = [flag(book, scope, lead, ago=number // 2, note=f"n{number}", who=str(number)) for number in range(PAGE)]
    made += [flag(book, scope, lead, "wrong_data", ago=number) for number in range(5)]
    seen: list[str] = []
    path = "/flags"
    for _ in range(2):
        page = text(client.get(path))
        seen += re.findall(r'href="/flags/(\d+)"', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert path == ""
    assert len(seen) == len(set(seen)) == len(set(made))


def test_rules_that_reps_disagree_with_are_counted(client: FlaskClient, book: Book, scope: Scope) -> None:
    lead = book.lead(scope, "1", 50, Tier.WARM)
    flag(book, scope, lead, "too_high")
    flag(book, scope, lead, "too_high", ago=5)
    flag(book, scope, lead, "too_low")
    flag(book, scope, lead, "duplicate")
    page = text(client.get("/flags"))
    linked = '<th scope="row"><a href="/model#criterion-quote">Quote</a></th>'
    assert f'{linked}<td class="num">2</td><td class="num">1</td>' in page
    assert '<th scope="row">Decay</th>' in page, "decay is no criterion"


@pytest.mark.parametrize(
    "path", ["/flags?state=x", "/flags?after=1", "/flags?after=a.b", "/flags/9", "/flags/99999999999"]
)
def test_an_address_that_leads_nowhere_says_so(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in {400, 404}


def test_an_answer_needs_our_form(client: FlaskClient, svc: Services, book: Book, scope: Scope) -> None:
    one = flag(book, scope, book.lead(scope, "1", 50, Tier.WARM))
    assert client.post(f"/flags/{one}", data={"text": "Fine."}).status_code == 400
    assert kept(svc, one).answered_at is None


def test_nobody_sees_or_answers_another_agency_s(
    client: FlaskClient, svc: Services, stranger: Book, book: Book, scope: Scope
) -> None:
    theirs = stranger.connect("other")
    one = flag(stranger, theirs, stranger.lead(theirs, "1", 50, Tier.WARM), note="Secret of strangers")
    mine = flag(book, scope, book.lead(scope, "1", 50, Tier.WARM))
    for path in ("/flags", "/flags?state=answered", "/"):
        assert "Secret of strangers" not in text(client.get(path))
    assert client.get(f"/flags/{one}").status_code == 404
    token = hidden(text(client.get(f"/flags/{mine}")), "csrf_token")
    assert client.post(f"/flags/{one}", data={"csrf_token": token, "text": "Fine."}).status_code == 404
    with svc.store.read() as conn:
        assert flag_rows.count_open(conn, stranger.tenant_id) == 1


def click(client: FlaskClient, flag_id: int, ready: str, **given: str) -> Any:
    """An answer of one click, from the list."""
    token = hidden(text(client.get("/flags")), "csrf_token")
    headers = {"HX-Request": "true"} if given.pop("htmx", "") else {}
    data = {"csrf_token": token, "from": "list", "ready": ready, **given}
    return client.post(f"/flags/{flag_id}", data=data, headers=headers)


@pytest.mark.parametrize(
    ("ready", "why", "answer"),
    [
        ("data", "", "The data was corrected."),
        ("model", "", "The model will be changed."),
        ("merged", "", "It was merged with another record."),
        ("right", "she asked for a quote. ", "The score is right: she asked for a quote."),
        ("right", "", "The score is right."),
    ],
)
def test_one_click_answers_and_goes_on_with_the_next_flag(
    client: FlaskClient, svc: Services, book: Book, scope: Scope, ready: str, why: str, answer: str
) -> None:
    lead = book.lead(scope, "1", 50, Tier.WARM)
    older, newer = flag(book, scope, lead, ago=9), flag(book, scope, lead)
    done = click(client, newer, ready, why=why, next=str(older))
    assert done.status_code == 303
    assert done.headers["Location"].endswith(f"#flag-{older}")
    assert (kept(svc, newer).answer, kept(svc, newer).answered_by) == (answer, "Olivia")
    with svc.store.read() as conn:
        last = audit.entries(conn, svc.tenant.id)[0]
    assert (last.actor, last.action) == ("olivia@bluebonnet.example", "answer flag")


def test_an_answered_row_comes_back_alone_with_the_counter_of_the_menu(
    client: FlaskClient, book: Book, scope: Scope
) -> None:
    lead = book.lead(scope, "1", 50, Tier.WARM)
    one, _ = flag(book, scope, lead, ago=9), flag(book, scope, lead)
    shown = click(client, one, "data", htmx="yes")
    assert shown.status_code == 200
    assert "HX-Request" in shown.headers["Vary"]
    assert "<html" not in text(shown)
    assert re.search(r'hx-swap-oob="outerHTML:.menu .count">1<', text(shown))


def test_a_hold_is_kept_or_released_with_one_click(
    client: FlaskClient, svc: Services, book: Book, scope: Scope
) -> None:
    lead = book.lead(scope, "1", 50, Tier.WARM)
    first = flag(book, scope, lead, "do_not_contact", ago=5)
    click(client, first, "held")
    assert _held(svc, scope, lead)
    second = flag(book, scope, lead, "do_not_contact")
    click(client, second, "released")
    assert not _held(svc, scope, lead)


def _held(svc: Services, scope: Scope, lead_id: int) -> bool:
    with svc.store.read() as conn:
        lead = flag_rows.flagged_lead(conn, scope, lead_id)
    return lead is not None and lead.held_at is not None


def test_an_answer_that_is_too_long_comes_back_with_what_was_typed(
    client: FlaskClient, svc: Services, book: Book, scope: Scope
) -> None:
    one = flag(book, scope, book.lead(scope, "1", 50, Tier.WARM))
    for htmx in ("", "yes"):
        shown = click(client, one, "right", why="x" * 300, htmx=htmx)
        assert shown.status_code == 400
        assert "at most 200" in text(shown)
        assert "x" * 300 in text(shown)
        assert 'aria-invalid="true"' in text(shown)
    assert kept(svc, one).answered_at is None


def test_the_list_is_filtered_by_what_was_said_by_owner_and_by_connection(
    client: FlaskClient, svc: Services, book: Book, scope: Scope
) -> None:
    hers, other = book.lead(scope, "1", 50, Tier.WARM), book.lead(scope, "2", 60, Tier.WARM)
    with svc.store.write() as conn:
        owners.replace_owners(conn, scope, [Owner("7", "Ana Rep", "a@x.example", active=True)])
        conn.execute(sa.update(t.card).where(t.card.c.lead_id == hers).values(owner_id="7"))
    flag(book, scope, hers, "too_high"), flag(book, scope, other, "wrong_data")

    def shown(query: str) -> list[str]:
        return re.findall(r'among" href="/leads/(\d+)"', text(client.get(f"/flags?{query}")))

    assert shown("") == [str(other), str(hers)]
    assert shown("kind=wrong_data") == [str(other)]
    assert shown("owner=7") == [str(hers)]
    assert shown(f"connection={scope.connection_id}") == [str(other), str(hers)]
    assert shown("connection=999") == []
    assert "owned by Ana Rep" in text(client.get("/flags"))
    assert "No such flag" in text(client.get("/flags?kind=duplicate"))
    for odd in ("kind=odd", "connection=x", "owner=%00"):
        assert client.get(f"/flags?{odd}").status_code == 400


def test_reasons_then_lead_to_the_model_and_stand_beside_those_of_now(
    client: FlaskClient, book: Book, scope: Scope
) -> None:
    flag(book, scope, book.lead(scope, "1", 50, Tier.WARM))
    shown = text(client.get("/flags"))
    assert 'href="/model#criterion-quote"' in shown
    assert "#criterion-decay" not in shown, "decay is no criterion"
    assert "Requested a quote on 20 Nov" in shown


def test_a_viewer_looks_and_does_not_answer(viewer: FlaskClient, book: Book, scope: Scope) -> None:
    one = flag(book, scope, book.lead(scope, "1", 50, Tier.WARM))
    shown = text(viewer.get("/flags"))
    assert "An admin or owner answers this" in shown
    assert 'name="ready"' not in shown
    assert viewer.post(f"/flags/{one}", data={"ready": "data"}).status_code in {400, 403}
