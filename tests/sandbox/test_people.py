"""The book of leads: repeatable, quick, believable, and as messy as a real one."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from datetime import UTC, datetime
from itertools import islice

import pytest

from adapters.sandbox.people import LICENSED, Person, people

AS_OF = datetime(2026, 11, 22, 16, tzinfo=UTC)
NOW = int(AS_OF.timestamp()) * 1000
DAY = 86_400_000
FINGERPRINT = (
    "import hashlib; from datetime import datetime, UTC; from adapters.sandbox.people import people;"
    "book = people(60, 7, datetime(2026, 11, 22, 16, tzinfo=UTC));"
    "print(hashlib.sha256(repr([(p.typed.email, p.acts, p.sale) for p in book]).encode()).hexdigest())"
)


@pytest.fixture(scope="module")
def book() -> list[Person]:
    return list(people(2_000, 20261, AS_OF))


def share(book: list[Person], has: object) -> float:
    return sum(bool(has(person)) for person in book) / len(book)  # type: ignore[operator]


def test_the_same_book_comes_out_in_every_process_whatever_the_hash_seed() -> None:
    prints = {
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(prints) == 1


def test_another_seed_gives_another_book() -> None:
    assert list(people(5, 1, AS_OF)) != list(people(5, 2, AS_OF))


def test_a_lead_does_not_depend_on_those_before_it() -> None:
    whole = list(people(50, 3, AS_OF))
    assert next(islice(people(50, 3, AS_OF), 49, None)) == whole[49]


def test_the_book_streams_without_being_held() -> None:
    tracemalloc.start()
    for _ in people(3_000, 1, AS_OF):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware datetime"):
        people(1, 1, datetime(2026, 11, 22))  # noqa: DTZ001


def test_nothing_is_recorded_after_the_present(book: list[Person]) -> None:
    assert max(act.recorded for person in book for act in person.acts) <= NOW


def test_only_meetings_and_tasks_lie_ahead(book: list[Person]) -> None:
    assert {act.kind for person in book for act in person.acts if act.at > NOW} == {"meeting", "task"}


def test_reps_records_go_back_a_hundred_and_twenty_days(book: list[Person]) -> None:
    online = {"form", "page", "mail", "open", "click", "mail_reply", "bounce", "optout"}
    worked = [act.recorded for person in book for act in person.acts if act.kind not in online]
    assert NOW - 120 * DAY <= min(worked) < NOW - 115 * DAY


def test_most_leads_live_where_the_agency_is_licensed_but_not_all(book: list[Person]) -> None:
    assert 0.78 < share(book, lambda person: person.identity.place.state in LICENSED) < 0.94


def test_each_product_line_has_its_own_ages(book: list[Person]) -> None:
    ages = {
        key: sorted(person.identity.age for person in book if person.identity.line.key == key)
        for key in ("term_life", "medicare_supplement")
    }
    medians = {key: values[len(values) // 2] for key, values in ages.items()}
    assert medians["term_life"] < 45
    assert medians["medicare_supplement"] > 63


def test_those_who_want_to_buy_do_buy_more_often(book: list[Person]) -> None:
    def won(people: list[Person]) -> float:
        return share(people, lambda person: person.sale and person.sale.state == "won")

    eager = [person for person in book if person.intent > 0.6]
    idle = [person for person in book if person.intent < 0.3]
    assert won(eager) > 3 * won(idle) > 0
    assert won(eager) < 0.5


def test_sales_are_won_lost_and_still_open(book: list[Person]) -> None:
    states = Counter(person.sale.state for person in book if person.sale)
    assert 0.05 < states["won"] / len(book) < 0.13
    assert states["lost"] > states["won"]
    assert states["open"] > 100


def test_a_sale_is_never_decided_before_it_was_opened(book: list[Person]) -> None:
    decided = [person.sale for person in book if person.sale and person.sale.closed]
    assert all(sale.opened < (sale.closed or 0) <= NOW for sale in decided)


def test_the_book_holds_every_mess_a_real_one_has(book: list[Person]) -> None:
    typed = [person.typed for person in book]
    assert 100 < sum(each.age == "" for each in typed) < 350
    assert {"abc", "199", "forty-two"} <= {each.age for each in typed}
    assert sum(len(each.state.strip()) > 2 for each in typed) > 50
    assert any(each.state.islower() for each in typed if each.state)
    assert any(each.first_name.isupper() and len(each.first_name) > 3 for each in typed)
    assert any("02-31" in each.born or "02/31" in each.born for each in typed)
    assert {"k", ",", "-"} <= {letter for each in typed for letter in each.income}
    assert any("'" in each.last_name for each in typed)
    assert any(not each.first_name.isascii() for each in typed)


def test_some_people_are_in_the_book_twice(book: list[Person]) -> None:
    twins = [person for person in book if person.twin_of is not None]
    assert 0.015 < len(twins) / len(book) < 0.045
    assert all(person.identity == book[person.twin_of or 0].identity for person in twins)
    assert all(
        person.typed.email != book[person.twin_of or 0].typed.email or not person.typed.email for person in twins
    )


def test_addresses_are_unique_and_reach_nobody(book: list[Person]) -> None:
    addresses = [person.typed.email for person in book if person.typed.email]
    assert len(set(addresses)) == len(addresses)
    assert {address.split("@")[1] for address in addresses} == {"example.com", "example.org", "example.net"}
    assert all(address.isascii() and " " not in address for address in addresses)


def test_telephone_numbers_ring_nowhere(book: list[Person]) -> None:
    numbers = ["".join(filter(str.isdigit, person.typed.phone))[-10:] for person in book]
    full = [number for number in numbers if len(number) == 10 and not number.endswith("12")]
    assert full
    assert all(number[3:8] == "55501" for number in full)


def test_nobody_is_mailed_without_an_address(book: list[Person]) -> None:
    silent = [person for person in book if not person.typed.email]
    assert silent
    assert not {act.kind for person in silent for act in person.acts} & {"mail", "open", "email_out", "email_in"}


def test_a_mailing_ends_when_the_lead_unsubscribes(book: list[Person]) -> None:
    for person in book:
        optouts = [act.at for act in person.acts if act.kind == "optout"]
        if optouts:
            assert not [act for act in person.acts if act.kind == "mail" and act.at > optouts[0]]


def test_the_whole_book_is_known_by_its_fingerprint() -> None:
    """Changes on purpose only: a sandbox that differs by version makes old pictures and reports wrong."""
    text = repr([(person.typed, person.acts, person.sale) for person in people(200, 1, AS_OF)])
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "e6f5a2401e5d6a3f"
