"""The words by which leads are looked for: those of their fields now, and of nobody who is gone."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from connector.store import leads, words
from connector.store import tables as t
from connector.store.database import Scope
from connector.store.leads import LeadRow
from connector.store.words import words_of, words_typed
from tests.store.agencies import AT, move_in


@pytest.fixture
def scope(conn: sa.Connection) -> Scope:
    return move_in(conn, "ours").scope


def save(conn: sa.Connection, scope: Scope, crm_id: str = "1", *, archived: bool = False, **fields: str) -> int:
    text = json.dumps(fields)
    ids, _ = leads.save_leads(conn, scope, [LeadRow(crm_id, AT, text, text, archived)])
    return ids[crm_id]


def kept(conn: sa.Connection, lead_id: int) -> set[str]:
    return set(conn.execute(sa.select(t.lead_word.c.word).where(t.lead_word.c.lead_id == lead_id)).scalars())


def test_a_lead_is_known_by_the_words_of_its_names_company_and_address() -> None:
    fields = {
        "first_name": "José",
        "last_name": "O'Neil-Straße",
        "company": "ACME 24",
        "email": "J.O@Acme.test",
        "age": 4,
    }
    found = words_of(fields)
    assert found == {"jose", "o", "neil", "strasse", "acme", "24", "j", "test", "j.o@acme.test"}


def test_words_follow_the_fields(conn: sa.Connection, scope: Scope) -> None:
    lead_id = save(conn, scope, first_name="Ann", last_name="Boyd")
    assert kept(conn, lead_id) == {"ann", "boyd"}
    save(conn, scope, first_name="Ann", last_name="Carter")
    assert kept(conn, lead_id) == {"ann", "carter"}


def test_only_what_differs_is_written(conn: sa.Connection, scope: Scope) -> None:
    save(conn, scope, first_name="Ann", last_name="Boyd")
    said: list[str] = []
    sa.event.listen(conn, "before_cursor_execute", lambda *call: said.append(call[2]))
    save(conn, scope, first_name="Ann", last_name="Boyd", state="TX")
    assert not [one for one in said if "lead_word" in one and not one.startswith("SELECT")]


def test_a_record_first_named_by_an_activity_gets_its_words_when_it_is_read(conn: sa.Connection, scope: Scope) -> None:
    lead_id = leads.ids_for(conn, scope, ["77"])["77"]
    assert save(conn, scope, "77", first_name="Late") == lead_id
    assert kept(conn, lead_id) == {"late"}


@pytest.mark.parametrize("how", ["gone", "archived", "purged"])
def test_nobody_is_found_who_is_gone(conn: sa.Connection, scope: Scope, how: str) -> None:
    lead_id = save(conn, scope, first_name="Ann")
    if how == "gone":
        leads.mark_gone(conn, scope, ["1"])
    elif how == "archived":
        save(conn, scope, archived=True, first_name="Ann")
    else:
        leads.purge(conn, scope, ["1"])
    assert kept(conn, lead_id) == set()


def test_who_comes_back_is_found_again(conn: sa.Connection, scope: Scope) -> None:
    lead_id = save(conn, scope, first_name="Ann")
    leads.mark_gone(conn, scope, ["1"])
    save(conn, scope, first_name="Ann")
    assert kept(conn, lead_id) == {"ann"}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Ann BOYD", ["ann", "boyd"]),
        ("Müller", ["muller"]),
        ("ann@ann.test Boyd", ["ann@ann.test", "boyd"]),
        ("boyd@", ["boyd"]),
        ("@acme", ["acme"]),
        ("a a a", ["a"]),
        ("% _", ["_"]),
        ("\x00", []),
        ("w" * 99, ["w" * 40]),
    ],
)
def test_what_is_typed_is_spelled_as_the_words_are(typed: str, expected: list[str]) -> None:
    assert words_typed(typed) == expected


def test_words_of_one_agency_are_not_touched_for_another(conn: sa.Connection, scope: Scope) -> None:
    theirs = move_in(conn, "theirs").scope
    lead_id = save(conn, theirs, first_name="Ann")
    words.drop_words(conn, scope, [lead_id])
    words.keep_words(conn, scope, {}, new=False)
    assert kept(conn, lead_id) == {"ann"}
