"""A real Chromium, and somebody who watches it: what it asks for, and what it complains of."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Route, StorageState, ViewportSize

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""What another theme changes for axe."""


class NoChromium(Exception):
    """There is none; the text says how to get one."""


def executable() -> str:
    """Where Chromium is. Raises `NoChromium`."""
    found = os.environ.get("LEADTIER_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise NoChromium(
            "There is no Chromium. As root on Debian `make test` installs it; elsewhere install Chromium or Chrome, or "
            "name it in LEADTIER_CHROMIUM."
        )
    return found


def launch(playwright: Playwright) -> Browser:
    """Starts it. Raises `NoChromium`."""
    return playwright.chromium.launch(executable_path=executable(), args=QUIET)


@dataclass
class Watch:
    """What a browser did that it should not have."""

    left: list[str] = field(default_factory=list)
    """Addresses off this machine that a page asked for; none was let through."""
    said: list[str] = field(default_factory=list)
    """Errors and warnings on the console, breaches of the content security policy among them."""
    expected: list[str] = field(default_factory=list)
    """Words of console messages that a test brings about on purpose, such as a refused form's status."""

    def guard(self, route: Route) -> None:
        """Lets a request pass that stays on this machine."""
        if urlsplit(route.request.url).hostname in {"127.0.0.1", "localhost"}:
            route.continue_()
        else:
            self.left.append(route.request.url)
            route.abort()

    def listen(self, message: ConsoleMessage) -> None:
        """Keeps what the browser complains of."""
        if message.type in {"error", "warning"}:
            self.said.append(f"{message.text} ({message.location.get('url', '')})")

    def complaints(self) -> list[str]:
        """What a test must not leave behind."""
        said = [text for text in self.said if not any(word in text for word in self.expected)]
        return [f"left this machine: {url}" for url in self.left] + said


@contextmanager
def browsing(
    browser: Browser,
    watch: Watch,
    *,
    viewport: ViewportSize = DESK,
    dark: bool = False,
    scripts: bool = True,
    cookies: StorageState | None = None,
) -> Iterator[Page]:
    """A page of a browser of its own: the cookies that are given, a fixed size, language and zone."""
    context = browser.new_context(
        viewport=viewport,
        locale="en-US",
        timezone_id="America/Chicago",
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        java_script_enabled=scripts,
        storage_state=cookies,
    )
    context.set_default_timeout(15_000)
    context.route("**/*", watch.guard)
    page = context.new_page()
    page.on("console", watch.listen)
    page.on("dialog", lambda dialog: dialog.accept())
    page.on("pageerror", lambda error: watch.said.append(str(error)))
    try:
        yield page
    finally:
        context.close()


def barriers(page: Page, rules: dict[str, Any] = WCAG) -> list[str]:
    """What axe finds against WCAG A and AA, one line for each place."""
    found = Axe().run(page, options=rules).response["violations"]
    return [
        f"{page.url}: {rule['id']} ({rule['impact']}): {node['html'][:160]} {_data(node)}"
        for rule in found
        for node in rule["nodes"]
    ]


def _data(node: dict[str, object]) -> str:
    checks = node.get("any")
    return str(checks[0].get("message", "")) if isinstance(checks, list) and checks else ""


def sideways(page: Page) -> int:
    """Pixels by which the page is wider than the window: what a person on a phone would have to push about."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide
