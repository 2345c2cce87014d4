"""What reps said of scores: the list, one flag with its answer, and the rules they disagree with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import flags as stories
from connector.flows.services import Refused
from connector.store import flags as flag_rows
from connector.store.database import StoreUnusable
from connector.store.flags import ListedFlag
from connector.web.shared import is_id, services

pages = Blueprint("flags", __name__)

PAGE = 50
STATES = ("open", "answered")
ANSWERS = (
    "The score is right because ",
    "The data was corrected.",
    "The model will be changed.",
    "It was merged with another record.",
)
"""Beginnings a person may choose from."""


@pages.app_context_processor
def _count() -> dict[str, Any]:
    return {"open_flags": _open_flags}


def _open_flags() -> int:
    """How many flags wait; 0 when nobody can tell, because the menu stands on pages that say so."""
    svc = services()
    try:
        with svc.store.read() as conn:
            return flag_rows.count_open(conn, svc.tenant.id)
    except StoreUnusable:
        return 0


@pages.get("/flags")
def flags() -> str:
    """Flags that wait for an answer, or those that have one, the newest first."""
    svc = services()
    state = request.args.get("state", STATES[0])
    if state not in STATES:
        abort(404)
    after = _place(request.args.get("after", ""))
    is_open = state == STATES[0]
    found = stories.list_flags(svc, is_open=is_open, after=after, limit=PAGE + 1)
    with svc.store.read() as conn:
        doubts = stories.rules_in_doubt(conn, svc.tenant.id, svc.now()) if after is None else []
    return render_template(
        "flags.html",
        flags=found[:PAGE],
        more=_more(state, found[PAGE - 1]) if len(found) > PAGE else "",
        first=after is None,
        state=state,
        states=STATES,
        kinds=stories.KINDS,
        doubts=doubts,
    )


def _place(text: str) -> tuple[int, int] | None:
    """Where a page begins, as `_more` wrote it: ``time.flag``. Anything else is refused."""
    if not text:
        return None
    at, _, flag_id = text.partition(".")
    if not (_is_number(at) and is_id(flag_id)):
        abort(400)
    return int(at), int(flag_id)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _more(state: str, last: ListedFlag) -> str:
    at = last.flag.at if last.flag.answered_at is None else last.flag.answered_at
    return url_for(".flags", state=state, after=f"{at}.{last.flag.id}")


@pages.get("/flags/<int:flag_id>")
def flag(flag_id: int) -> str:
    """One flag, and the form that answers it."""
    return _one(flag_id, {})


@pages.post("/flags/<int:flag_id>")
def answer(flag_id: int) -> BaseResponse | tuple[str, int]:
    """Keeps the answer; the rep reads it on the record."""
    _known(flag_id)
    form = {name: request.form.get(name, "") for name in ("text", "by", "hold")}
    try:
        stories.answer(services(), flag_id, form["text"], form["by"], release=form["hold"] == "release")
    except Refused as problem:
        return _one(flag_id, form, str(problem)), 400
    return redirect(url_for(".flag", flag_id=flag_id, saved=1), 303)


def _one(flag_id: int, form: Mapping[str, str], problem: str = "") -> str:
    found = _known(flag_id)
    return render_template(
        "flag.html",
        one=found,
        flag=found.flag,
        kinds=stories.KINDS,
        holds=found.flag.kind == stories.HOLDING,
        answers=ANSWERS,
        form=form,
        problem=problem,
        saved="saved" in request.args,
        longest=stories.LONGEST_ANSWER,
    )


def _known(flag_id: int) -> ListedFlag:
    svc = services()
    with svc.store.read() as conn:
        found = flag_rows.listed(conn, svc.tenant.id, flag_id) if flag_id < 2**31 else None
    if found is None:
        abort(404)
    return found
