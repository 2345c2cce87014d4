"""`leadtier people`, and the link by which an agency is set up."""

from __future__ import annotations

import re
import signal
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from tests.cli.agency import Agency

EMAIL = "ann@agency.example"
OWNER = {"email": EMAIL, "name": "Ann", "password": "correct horse battery"}


def browser() -> OpenerDirector:
    return build_opener(HTTPCookieProcessor(CookieJar()))


def page(opener: OpenerDirector, address: str, fields: dict[str, str] | None = None) -> str:
    """A page; with fields, the answer to the form that stands on it."""
    with opener.open(address, timeout=20) as answer:
        text: str = answer.read().decode()
    if fields is None:
        return text
    token = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert token
    with opener.open(address, data=urlencode({"csrf_token": token[1], **fields}).encode(), timeout=20) as answer:
        return str(answer.read().decode())


def test_an_agency_is_set_up_by_the_link_that_serve_prints_and_never_again(nobody: Agency) -> None:
    server = nobody.start("serve", "--port", "0")
    said = server.says("Set up: http://127.0.0.1:")
    link = next(word for word in said.split() if "/setup/" in word)
    ann = browser()
    assert "agency" in page(ann, link, OWNER)
    assert EMAIL in page(ann, link.partition("/setup/")[0] + "/settings/people")
    server.stop(signal.SIGTERM)
    assert server.ended() == 0
    again = nobody.start("serve", "--port", "0")
    again.says("Overview: ")
    again.stop(signal.SIGTERM)
    assert again.ended() == 0
    assert "Set up" not in again.stderr
    assert nobody.json("people") == [
        {"email": EMAIL, "name": "Ann", "role": "owner", "since": pytest.approx(0, abs=9e9)}
    ]


def test_an_empty_agency_says_how_the_first_owner_comes_in(nobody: Agency) -> None:
    assert "leadtier run" in nobody.run("people").stdout


def test_an_invitation_is_a_link_on_stdout_and_nothing_else(nobody: Agency) -> None:
    made = nobody.run("people", "add", "Bob@Agency.example", "--role", "viewer")
    assert re.fullmatch(r"http://127\.0\.0\.1:8700/invitation/\S{43}\n", made.stdout)
    public = nobody.run("people", "add", "bob@agency.example", LEADTIER_PUBLIC_URL="https://leads.example")
    assert public.stdout.startswith("https://leads.example/invitation/")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "bob"), "Type an e-mail address"),
        (("link", "bob@agency.example"), "Nobody with the address"),
        (("role", "bob@agency.example", "admin"), "Nobody with the address"),
        (("remove", "bob@agency.example"), "Nobody with the address"),
    ],
)
def test_what_cannot_be_is_a_sentence(nobody: Agency, words: tuple[str, ...], said: str) -> None:
    refused = nobody.run("people", *words, code=1)
    assert said in refused.stderr
    assert refused.stdout == ""
