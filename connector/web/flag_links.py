"""The page behind a signed link in a record: why the score is what it is, and a form that says it is wrong.

Looking changes nothing: link scanners of mail and chat programs open every address they see. Only the form records.
"""

from __future__ import annotations

import re
import secrets
from typing import NamedTuple

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import flag_links
from connector.flows.flag_links import Subject
from connector.flows.flags import KINDS, LONGEST_NAME, LONGEST_NOTE
from connector.flows.services import Refused, Services
from connector.web.formats import when
from connector.web.lead_view import sums
from connector.web.shared import services

pages = Blueprint("flag_links", __name__)
ENDPOINTS = frozenset({"flag_links.show", "flag_links.hear"})
"""What is answered under any name, the public one included."""

_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Form(NamedTuple):
    """What was filled in. `nonce` makes a form sent twice one flag."""

    kind: str = ""
    note: str = ""
    who: str = ""
    nonce: str = ""


class Told(NamedTuple):
    """A flag as the page shows it: no note and no name, because others wrote them."""

    what: str
    at: str
    answer: str
    answered_at: str


@pages.get("/flag/<token>")
def show(token: str) -> BaseResponse:
    """The lead's score with every line, and the form."""
    about = flag_links.subject(services(), token)
    if about is None:
        return _missing()
    return _page(about, Form(), heard="heard" in request.args)


@pages.post("/flag/<token>")
def hear(token: str) -> BaseResponse:
    """Records the flag, once however often the form is sent, and shows what became of it."""
    svc = services()
    about = flag_links.subject(svc, token)
    if about is None:
        return _missing()
    form = Form(*(request.form.get(name, "").strip() for name in Form._fields))
    if not _NONCE.fullmatch(form.nonce):
        return _page(about, form, "The form was not complete; nothing was recorded. Send it once more.")
    try:
        flag_links.hear(svc, about, form.kind, form.note, form.who, form.nonce)
    except Refused as problem:
        return _page(about, form, str(problem))
    return redirect(url_for(".show", token=token, heard=1), 303)


def _page(about: Subject, form: Form, problem: str = "", *, heard: bool = False) -> Response:
    svc = services().for_tenant(about.scope.tenant_id)
    page = render_template(
        "flag_link.html",
        about=about,
        agency=svc.tenant.name,
        card=about.card,
        sums=sums(about.card) if about.card else [],
        told=[_told(svc, flag.kind, flag.at, flag.answer, flag.answered_at) for flag in about.flags],
        kinds=KINDS,
        form=form._replace(nonce=secrets.token_urlsafe(16)),
        problem=problem,
        heard=heard,
        longest_note=LONGEST_NOTE,
        longest_name=LONGEST_NAME,
    )
    return _closed(page, 400 if problem else 200)


def _told(svc: Services, kind: str, at: int, answer: str, answered_at: int | None) -> Told:
    return Told(KINDS.get(kind, kind), when(at, svc), answer, "" if answered_at is None else when(answered_at, svc))


def _missing() -> Response:
    return _closed(render_template("flag_missing.html"), 404)


def _closed(page: str, status: int) -> Response:
    """A page that no search engine keeps, and whose address goes to nobody."""
    answer = make_response(page, status)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer
