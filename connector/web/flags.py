"""What reps said of scores: the work list, one flag with its answer, and the rules they disagree with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import flag_work
from connector.flows import flags as stories
from connector.flows.flag_work import Work
from connector.flows.services import Refused
from connector.store import connections as connection_rows
from connector.store import flag_lists
from connector.store import flags as flag_rows
from connector.store.database import StoreUnusable
from connector.store.flag_lists import Chosen, ListedFlag
from connector.web.shared import actor, is_id, services

pages = Blueprint("flags", __name__)

PAGE = 25
STATES = ("open", "answered")
LONGEST_ID = 200


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
    return _list("", None)


def _list(problem: str, wrong: int | None) -> str:
    """The list; `problem` belongs to the flag `wrong`, whose form is shown as it was sent."""
    svc = services()
    state = request.args.get("state", STATES[0])
    if state not in STATES:
        abort(404)
    after, chosen, is_open = _place(request.args.get("after", "")), _chosen(), state == STATES[0]
    found = flag_work.worklist(svc, is_open=is_open, chosen=chosen, after=after, limit=PAGE + 1)
    with svc.store.read() as conn:
        doubts = stories.rules_in_doubt(conn, svc.tenant.id, svc.now()) if after is None else []
        connections = connection_rows.connections_of(conn, svc.tenant.id)
        owners = flag_lists.owners_of_open(conn, svc.tenant.id)
    return render_template(
        "flags/list.html",
        works=found[:PAGE],
        more=_more(state, chosen, found[PAGE - 1].listed) if len(found) > PAGE else "",
        first=after is None,
        state=state,
        states=STATES,
        chosen=chosen,
        connections=connections,
        owners=owners,
        doubts=doubts,
        is_criterion=flag_work.is_criterion,
        problem=problem,
        wrong=wrong,
        form=request.form,
        **_words(),
    )


def _words() -> Mapping[str, Any]:
    return {"kinds": stories.KINDS, "holding": stories.HOLDING, "longest": stories.LONGEST_ANSWER}


def _chosen() -> Chosen:
    kind, owner, connection = (request.args.get(name, "") for name in ("kind", "owner", "connection"))
    if kind not in {"", *stories.KINDS} or (connection and not is_id(connection)) or "\x00" in owner:
        abort(400)
    return Chosen(kind, owner[:LONGEST_ID], int(connection) if connection else None)


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


def _more(state: str, chosen: Chosen, last: ListedFlag) -> str:
    at = last.flag.at if last.flag.answered_at is None else last.flag.answered_at
    return url_for(
        ".flags",
        state=state,
        kind=chosen.kind or None,
        owner=chosen.owner_id or None,
        connection=chosen.connection_id,
        after=f"{at}.{last.flag.id}",
    )


@pages.get("/flags/<int:flag_id>")
def flag(flag_id: int) -> str:
    """One flag, and the form that answers it."""
    return _one(flag_id, {})


@pages.post("/flags/<int:flag_id>")
def answer(flag_id: int) -> BaseResponse | tuple[str, int]:
    """Keeps the answer, typed or of one click; the rep reads it on the record."""
    work = _known(flag_id)
    from_list = request.form.get("from") == "list"
    try:
        _keep(flag_id)
    except Refused as problem:
        return _again(work, from_list, str(problem))
    if request.headers.get("HX-Request"):
        response = make_response(render_template("flags/answered.html", work=_known(flag_id), **_words()))
        response.headers["Vary"] = "HX-Request"
        return response
    return redirect(_back(flag_id) if from_list else url_for(".flag", flag_id=flag_id, saved=1), 303)


def _keep(flag_id: int) -> None:
    svc, form = services(), request.form
    if ready := form.get("ready", ""):
        flag_work.answer(svc, flag_id, ready, form.get("why", ""), actor())
        return
    me = actor()
    release = form.get("hold") == "release"
    stories.answer(svc, flag_id, form.get("text", ""), me.name or me.email, release=release, email=me.email)


def _again(work: Work, from_list: bool, problem: str) -> tuple[str, int]:
    """The same page again, with what was typed."""
    flag_id = work.listed.flag.id
    if request.headers.get("HX-Request"):
        context = {"work": work, "problem": problem, "wrong": flag_id, "form": request.form, "state": STATES[0]}
        return render_template("flags/work.html", **context, **_words()), 400
    return (_list(problem, flag_id) if from_list else _one(flag_id, request.form, problem)), 400


def _back(flag_id: int) -> str:
    """The list again, at the flag that followed on it; what was chosen on it stands in the form's address."""
    follows = request.form.get("next", "")
    chosen = _chosen()
    return url_for(
        ".flags",
        kind=chosen.kind or None,
        owner=chosen.owner_id or None,
        connection=chosen.connection_id,
        answered=flag_id,
        _anchor=f"flag-{follows}" if is_id(follows) else None,
    )


def _one(flag_id: int, form: Mapping[str, str], problem: str = "") -> str:
    work = _known(flag_id)
    return render_template(
        "flags/flag.html",
        work=work,
        one=work.listed,
        flag=work.listed.flag,
        form=form,
        problem=problem,
        saved="saved" in request.args,
        **_words(),
    )


def _known(flag_id: int) -> Work:
    found = flag_work.one(services(), flag_id) if flag_id < 2**31 else None
    if found is None:
        abort(404)
    return found
