"""The mapping's pages over a CRM in memory, as a browser sends their forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from web_support import signed_in
from werkzeug.test import TestResponse

from connector.flows.actors import Role
from connector.flows.services import Services
from connector.store.database import Scope
from connector.web.app import create_app
from tests.flows.conftest import World


class Pages(NamedTuple):
    """A world with a connection, and a browser in which an admin is signed in."""

    world: World
    svc: Services
    scope: Scope
    app: Flask
    browser: FlaskClient

    def address(self, part: str = "") -> str:
        return f"/mapping/{self.scope.connection_id}{part}"

    def get(self, part: str = "", code: int = 200) -> str:
        answer = self.browser.get(self.address(part), base_url="http://localhost")
        assert answer.status_code == code, answer.text
        return answer.text

    def post(self, part: str, form: dict[str, str], browser: FlaskClient | None = None) -> TestResponse:
        return (browser or self.browser).post(self.address(part), data=form, base_url="http://localhost")

    def second(self) -> FlaskClient:
        """Another admin's browser."""
        return signed_in(self.svc, Role.ADMIN, "ben@bluebonnet.example", self.app)


def pages_of(world: World) -> Pages:
    scope = world.connect()
    svc = world.services()
    app = create_app(svc)
    app.config["WTF_CSRF_ENABLED"] = False
    return Pages(world, svc, scope, app, signed_in(svc, Role.ADMIN, app=app))


def form_of(page: str, form_id: str = "mapping-form") -> dict[str, str]:
    """What a browser would send of a form, no button pressed."""
    body = page.split(f'id="{form_id}"', 1)[1].split("</form>", 1)[0]
    outside = re.findall(rf'<input[^>]*form="{form_id}"[^>]*>', page)
    return {name: value for name, value in _values(body + "".join(outside)) if name}


def _values(body: str) -> Iterator[tuple[str, str]]:
    for tag in re.finditer(
        r"<input\b([^>]*)>|<select\b([^>]*)>(.*?)</select>|<textarea\b([^>]*)>(.*?)</textarea>", body, re.DOTALL
    ):
        given, choice, options, area, text = tag.groups()
        name = unescape(_attribute(given or choice or area or "", "name"))
        if given is not None:
            if 'type="checkbox"' not in given or re.search(r"\bchecked\b", given):
                yield name, unescape(_attribute(given, "value"))
        elif choice is not None:
            chosen = re.search(r"<option[^>]*\bselected\b[^>]*>", options) or re.search(r"<option[^>]*>", options)
            yield name, unescape(_attribute(chosen.group() if chosen else "", "value"))
        else:
            yield name, unescape(text).removeprefix("\n")


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found.group(1) if found else ""
