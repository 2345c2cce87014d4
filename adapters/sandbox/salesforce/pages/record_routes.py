"""The record page and the flag a rep sets there."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.ids import to18
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.pages.details import head, sections
from adapters.sandbox.salesforce.pages.display import Display
from adapters.sandbox.salesforce.pages.flagging import NotSaved, Rep, rep_of, save_flag
from adapters.sandbox.salesforce.pages.related import colleagues, sales
from adapters.sandbox.salesforce.pages.routes import pages
from adapters.sandbox.salesforce.pages.scorecard import flag_form, score_card
from adapters.sandbox.salesforce.pages.subject import KINDS, Subject, find, winner
from adapters.sandbox.salesforce.pages.timeline import timeline
from adapters.sandbox.screens.forms import FormGuard

_FEW, _ALL = 40, 2_000
_STRANGE_FORM = "The change was not saved: the form was open too long or came from another site. Try it once more here."
_NOTE_ALONE = "The note was not saved: choose what is wrong with the score, and the note goes with it."
_guard = FormGuard()


@pages.get("/lightning/r/<kind>/<id>/view")
def record(kind: str, id: str) -> Response:
    """A record. The contact of a Person Account leads to the account, as in Salesforce."""
    org = hub().org
    with org.reading() as connection:
        subject = _find(org, connection, kind, id)
        if subject.row["IsDeleted"]:
            return _gone(subject, winner(org, connection, subject))
        if subject.sobject.name == "Contact" and subject.row.get("IsPersonAccount"):
            return redirect(url_for("salesforce_pages.record", kind="Account", id=subject.row["AccountId"]))
        return _page(org, connection, subject, said="The flag was saved." if "saved" in request.args else "")


@pages.post("/lightning/r/<kind>/<id>/flag")
def flag(kind: str, id: str) -> Response:
    """Sets or clears what the rep thinks of the score, with a note."""
    org = hub().org
    chosen, note = request.form.get("flag", ""), request.form.get("note")
    with org.reading() as connection:
        subject = _find(org, connection, kind, id)
        rep = rep_of(org, connection, subject)
        form = flag_form(subject, org.view(rep.id), rep.name)
    problem = form.closed if _guard.accepts(request) else _STRANGE_FORM
    if not problem and (note or "").strip() and not chosen and not form.flag:
        problem = _NOTE_ALONE
    if not problem:
        problem = _saved(org, rep, subject, chosen, note)
    if problem:
        with org.reading() as connection:
            return _page(org, connection, _find(org, connection, kind, id), problem=problem, status=400)
    here = url_for("salesforce_pages.record", kind=subject.sobject.name, id=subject.id, saved=1, _anchor="score")
    return redirect(here, 303)


def _saved(org: Org, rep: Rep, subject: Subject, chosen: str, note: str | None) -> str:
    """What went wrong; empty when nothing did."""
    try:
        save_flag(org, rep, subject, chosen, None if note is None else note.strip())
    except NotSaved as refusal:
        return f"The change was not saved: {refusal}"
    return ""


def _find(org: Org, connection: sqlite3.Connection, kind: str, id: str) -> Subject:
    key = to18(id)
    subject = find(org, connection, kind, key) if kind in KINDS and key else None
    if subject is None:
        raise NotFound
    return subject


def _gone(subject: Subject, heir: Subject | None) -> Response:
    return make_response(render_template("lightning/gone.html", subject=subject, heir=heir), 410)


def _page(
    org: Org, connection: sqlite3.Connection, subject: Subject, said: str = "", problem: str = "", status: int = 200
) -> Response:
    nonce = _guard.nonce(request)
    page = render_template(
        "lightning/record.html",
        token=_guard.token(nonce),
        said=said,
        problem=problem,
        **_contents(org, connection, subject),
    )
    return _guard.remember(make_response(page, status), nonce)


def _contents(org: Org, connection: sqlite3.Connection, subject: Subject) -> dict[str, Any]:
    display, rep = Display(org, connection), rep_of(org, connection, subject)
    contact = subject.row.get("ConvertedContactId")
    contents = {
        "subject": subject,
        "rep": rep,
        "head": head(subject, display),
        "sections": sections(subject, display),
        "sales": sales(connection, subject, display),
        "became": display.reference(contact) if contact else None,
        "converted_on": display.value(subject.sobject.field("ConvertedDate"), subject.row.get("ConvertedDate")).text,
    }
    if not subject.person:
        return contents | {"colleagues": colleagues(connection, subject)}
    return contents | {
        "card": score_card(subject, display),
        "form": flag_form(subject, org.view(rep.id), rep.name),
        "timeline": timeline(org, connection, subject, display, _ALL if "all" in request.args else _FEW),
    }
