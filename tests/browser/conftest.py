"""The screens in a real browser, against a running Leadtier and a running CRM. What a person would do, clicked."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import NoChromium, Watch, launch
from tests.browser.settled import Settled, settled


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            started = launch(playwright)
        except NoChromium as problem:
            if "CI" in os.environ:
                pytest.fail(str(problem))
            pytest.skip(str(problem))
        yield started
        started.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test that it stands in when a page left this machine or the browser complained."""
    watched = Watch()
    yield watched
    assert watched.complaints() == []


@pytest.fixture(scope="session")
def office(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settled]:
    """An agency after its first day, one for each process of a run. Its tests leave no draft and no CRM in pieces."""
    with settled(browser, tmp_path_factory.mktemp("office")) as made:
        yield made
