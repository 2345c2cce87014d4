"""Log lines are for operators: about which run and connection, for people or machines, and never about people."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator

import pytest

from adapters.contract import Broken
from connector import logs
from connector.flows import context
from connector.store.database import StoreUnusable
from tests.logged import log_as_before

OURS = logging.getLogger("connector.flows.trial")


class Said:
    """What went to stderr."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    def text(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Iterator[Said]:
    with log_as_before():
        yield Said(capsys)


def objects(said: Said) -> list[dict[str, object]]:
    return [json.loads(line) for line in said.text().splitlines()]


def test_a_line_for_people_says_what_it_is_about(said: Said) -> None:
    logs.set_up("INFO", "text")
    with context.about(run=5, connection=2):
        OURS.info("reading %s", "contacts")
    assert said.text().endswith("INFO connector.flows.trial reading contacts [connection 2, run 5]\n")


def test_a_line_for_machines_is_one_object_with_the_same(said: Said) -> None:
    logs.set_up("INFO", "json")
    with context.about(tenant=1, worker="w1"), context.about(run=5, connection=2):
        OURS.info("reading %s", "contacts", extra={"path": "/contacts"})
    OURS.warning("alone")
    first, second = objects(said)
    about = {"tenant": 1, "connection": 2, "run": 5, "worker": "w1"}
    level = {"level": "INFO", "logger": "connector.flows.trial", "message": "reading contacts", "path": "/contacts"}
    assert {name: value for name, value in first.items() if name != "time"} == level | about
    assert str(first["time"]).endswith("+00:00")
    assert not set(second) & set(context.NAMES)


def test_what_is_worked_on_in_one_thread_is_not_what_another_works_on(said: Said) -> None:
    logs.set_up("INFO", "json")
    with context.about(run=5):
        other = threading.Thread(target=OURS.info, args=("elsewhere",))
        other.start()
        other.join()
    assert "run" not in objects(said)[0]


def test_a_line_is_about_nothing_that_could_be_a_person() -> None:
    with pytest.raises(ValueError, match="not email"), context.about(email="ann@example.com"):
        pass


def test_a_level_that_was_asked_for_holds_and_others_speak_only_of_trouble(said: Said) -> None:
    logs.set_up("DEBUG", "text")
    OURS.debug("ours")
    logging.getLogger("urllib3.connectionpool").debug("GET /contacts?email=ann@example.com")
    logging.getLogger("urllib3.connectionpool").info("GET /contacts?email=ann@example.com")
    logging.getLogger("waitress").warning("theirs")
    logs.set_up("ERROR", "text")
    OURS.warning("too low")
    assert [line.split()[-1] for line in said.text().splitlines()] == ["ours", "theirs"]


@pytest.mark.parametrize("name", ["waitress", "dbos", "urllib3", "alembic"])
def test_others_go_the_same_way(said: Said, name: str) -> None:
    logs.set_up("WARNING", "json")
    logs.set_up("WARNING", "json")
    theirs = logging.getLogger(name)
    before = theirs.level
    theirs.setLevel(logging.NOTSET)  # the engine, where a test before this started it, silences its own
    theirs.warning("trouble")
    theirs.setLevel(before)
    assert [(line["logger"], line["message"]) for line in objects(said)] == [(name, "trouble")]


def test_the_scheduler_is_heard_when_it_fails_and_not_when_a_look_for_work_takes_long(said: Said) -> None:
    logs.set_up("WARNING", "json")
    scheduler = logging.getLogger("apscheduler.scheduler")
    scheduler.warning("maximum number of running instances reached")
    scheduler.error("trouble")
    assert [line["message"] for line in objects(said)] == ["trouble"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_says_where_it_came_from_but_not_which_value_it_could_not_bear(said: Said, form: str) -> None:
    logs.set_up("INFO", form)
    try:
        try:
            int("@".join(["ann", "example.com"]))
        except ValueError as problem:
            raise Broken("The CRM gave an answer Leadtier does not know.") from problem
    except Broken:
        OURS.exception("it failed")
    text = said.text()
    assert "ann@example.com" not in text
    assert "ValueError: its text may hold people's data" in text
    assert "adapters.contract.errors.Broken: The CRM gave an answer Leadtier does not know." in text
    assert "tests/test_logs.py" in text


def test_an_error_told_in_a_line_is_told_by_its_kind_unless_it_is_ours(said: Said) -> None:
    logs.set_up("INFO", "text")
    OURS.error("not kept: %s", KeyError("ann@example.com"))
    OURS.error("not kept: %s", StoreUnusable("The disk is full."))
    OURS.error("not kept: %s", Broken("The CRM refused ann@example.com.", "HTTP 400"))
    told = [line.partition("not kept: ")[2] for line in said.text().splitlines()]
    assert told == ["KeyError", "The disk is full.", "HTTP 400"]
