"""A budget that several processes share asks the ledger for every call, and gives back whatever it took."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from adapters.contract import Adapter, Ledger
from adapters.hubspot import HubSpotAdapter, factory
from adapters.transport import Budget
from adapters.transport.budget import MARGIN
from tests.adapters.canned import Canned, Reply, Time
from tests.adapters.conftest import TOKEN


@dataclass
class Book:
    """A ledger that writes down what it is told, and answers as it is told to."""

    waits: list[float] = field(default_factory=list)
    told: list[tuple[object, ...]] = field(default_factory=list)
    broken: bool = False

    def take(self, family: str, limit: int, window: float) -> float:
        if self.broken:
            raise OSError("no database")
        self.told.append(("take", family, limit, window))
        return self.waits.pop(0) if self.waits else 0.0

    def give_back(self, family: str) -> None:
        self.told.append(("give_back", family))

    def learn(self, family: str, limit: int, window: float) -> None:
        self.told.append(("learn", family, limit, window))

    def observe(self, family: str, used: int) -> None:
        self.told.append(("observe", family, used))

    def pause(self, family: str, seconds: float) -> None:
        self.told.append(("pause", family, seconds))


def budget(time: Time, ledger: Ledger, limit: int = 2) -> Budget:
    return Budget(limit, 10.0, now=lambda: time.now().timestamp(), sleep=time.sleep, ledger=ledger, family="burst")


def test_a_call_waits_until_the_ledger_has_a_slot() -> None:
    time, book = Time(), Book(waits=[3.0, 0.5])
    budget(time, book).acquire()
    assert time.slept == [3.0, 0.5]
    assert book.told == [("take", "burst", 2, 10.0 + MARGIN)] * 3


def test_a_slot_that_the_ledger_could_not_give_is_not_held_here_either() -> None:
    time, book = Time(), Book(broken=True)
    one = budget(time, book, limit=1)
    for _ in range(3):
        with pytest.raises(OSError, match="no database"):
            one.acquire()
    book.broken = False
    one.acquire()
    assert time.slept == []


def test_what_the_vendor_says_reaches_the_other_processes_and_a_limit_once() -> None:
    time, book = Time(), Book()
    one = budget(time, book)
    for _ in range(2):
        one.learn(190, 10.0)
    one.observe(remaining=150)
    one.pause(4.0)
    assert book.told == [("learn", "burst", 190, 10.0 + MARGIN), ("observe", "burst", 40), ("pause", "burst", 4.0)]


def test_calls_of_other_processes_are_not_counted_a_second_time_here() -> None:
    time, book = Time(), Book()
    one = budget(time, book, limit=100)
    one.observe(remaining=0)
    one.acquire()
    assert time.slept == []


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def adapter(server: Canned, time: Time, book: Book) -> Adapter:
    return factory({"token": TOKEN}, base_url=server.url, clock=time.now, sleep=time.sleep, ledger=book)


def test_every_call_of_the_adapter_takes_its_slots_and_gives_them_back(
    adapter: Adapter, server: Canned, book: Book
) -> None:
    server.will_answer(Reply(200, {"results": []}))
    adapter.fields()
    assert [each[:2] for each in book.told] == [("take", "burst"), ("give_back", "burst")]


def test_a_refusal_closes_the_account_for_every_process(adapter: Adapter, server: Canned, book: Book) -> None:
    refused = {"status": "error", "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING", "message": "slow"}
    server.will_answer(Reply(429, refused), Reply(200, {"results": []}))
    adapter.fields()
    assert [each[0] for each in book.told] == ["take", "give_back", "pause", "take", "give_back"]


def test_a_call_that_gets_no_slot_of_its_second_limit_holds_none_of_its_first(
    adapter: Adapter, server: Canned, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_burst(family: str, limit: int, window: float) -> float:
        book.told.append(("take", family))
        if family == "burst":
            raise OSError("no database")
        return 0.0

    monkeypatch.setattr(book, "take", refuse_burst)
    with pytest.raises(OSError, match="no database"):
        cast(HubSpotAdapter, adapter)._client.search("contacts", {})
    assert book.told == [("take", "search"), ("take", "burst"), ("give_back", "search")]
