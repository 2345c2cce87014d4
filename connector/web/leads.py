"""The list of leads, and one lead with everything behind its score."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, stream_with_context, url_for
from werkzeug.datastructures import MultiDict

from connector.core.types import Stage, Tier
from connector.flows.lead_csv import export
from connector.flows.lead_pages import Asked, Choices, LeadPage, choices, lead_page
from connector.flows.lead_story import story
from connector.store.lead_lists import COUNTED, Order, Place
from connector.web import lead_view
from connector.web.shared import actor, is_id, services

pages = Blueprint("leads", __name__)

LONGEST_SEARCH = 300
NOBODY = "none"
"""How an address names the owner of leads that nobody owns."""
ORDERS = {
    Order.SCORE: "Highest score first",
    Order.LOWEST: "Lowest score first",
    Order.MOVED: "Last moved first",
    Order.NEWEST: "Newest first",
}
STAGES = {Stage.SQL: "SQL", Stage.MQL: "MQL", Stage.NONE: "Neither"}


@pages.get("/leads")
def leads() -> Response:
    """A page of the list; only its rows where htmx asks."""
    asked = _asked(request.args)
    back = "before" in request.args
    place = _place(request.args.get("before" if back else "after", ""))
    found = lead_page(services(), asked, place, back=back)
    shown = {
        "asked": asked,
        "page": found,
        "first": found.before is None and "after" not in request.args,
        "total": _total(found),
        "chosen": address(asked),
        "before": _link(asked, "before", found.before),
        "after": _link(asked, "after", found.after),
        "last_was_back": back,
        "filtered": asked._replace(text="", as_words=False).narrowed,
        "only_tier": bool(asked.tier) and not asked._replace(tier="").narrowed,
    }
    if request.headers.get("HX-Request"):
        page = render_template("leads/list.html", **shown, **_words(None))
    else:
        page = render_template("leads.html", **shown, **_words(choices(services())))
    here = _link(asked, "before" if back else "after", place) or url_for(".leads", **address(asked))
    return Response(page, headers={"Vary": "HX-Request", "HX-Push-Url": here})


@pages.post("/leads/export")
def as_csv() -> Response:
    """The whole list as a file."""
    asked = _asked(request.form)
    said = ", ".join(f"{name} {value}" for name, value in address(asked).items()) or "all"
    lines = export(services(), actor(), asked, said)
    headers = {"Content-Disposition": "attachment; filename=leads.csv"}
    return Response(stream_with_context(_bytes(lines)), mimetype="text/csv", headers=headers)


def _bytes(lines: Iterator[str]) -> Iterator[bytes]:
    yield "\ufeff".encode()  # by which Excel knows UTF-8
    for line in lines:
        yield line.encode()


@pages.get("/leads/<int:lead_id>")
def lead(lead_id: int) -> str:
    """One lead: every line of its score, what it did, what the CRM holds from us."""
    found = story(services(), lead_id) if lead_id < 2**31 else None
    if found is None:
        abort(404)
    return lead_view.render(services(), found)


def _asked(given: MultiDict[str, str]) -> Asked:
    """The list that an address or a form names. One that nobody wrote here is not found."""
    tier, stage, sort = given.get("tier", ""), given.get("stage", ""), given.get("sort", Order.SCORE)
    connection = given.get("connection", "")
    if tier not in {"", *Tier} or stage not in {"", *Stage} or sort not in set(Order):
        abort(404)
    if connection and not is_id(connection):
        abort(404)
    owner = _text(given, "owner")
    return Asked(
        text=_text(given, "q"),
        as_words="words" in given,
        tier=tier,
        stage=stage,
        line=_text(given, "line") or None,
        owner="" if owner == NOBODY else owner or None,
        connection=int(connection) if connection else None,
        flagged="flagged" in given,
        held="held" in given,
        order=Order(sort),
    )


def _text(given: MultiDict[str, str], name: str) -> str:
    return given.get(name, "").replace("\x00", "").strip()[:LONGEST_SEARCH]


def address(asked: Asked) -> dict[str, Any]:
    """What names a list in an address; nothing of what is as always."""
    named: dict[str, Any] = {
        "q": asked.text,
        "words": "1" if asked.as_words else "",
        "tier": asked.tier,
        "stage": asked.stage,
        "line": asked.line or "",
        "owner": NOBODY if asked.owner == "" else asked.owner or "",
        "connection": str(asked.connection or ""),
        "flagged": "1" if asked.flagged else "",
        "held": "1" if asked.held else "",
        "sort": "" if asked.order is Order.SCORE else asked.order.value,
    }
    return {name: value for name, value in named.items() if value}


def _place(text: str) -> Place | None:
    """Where a page begins, as `_link` wrote it: ``key.lead``. Anything else is refused."""
    if not text:
        return None
    key, _, lead_id = text.partition(".")
    if not (key.isascii() and key.isdigit() and len(key) < 16 and is_id(lead_id)):
        abort(400)
    return Place(int(key), int(lead_id))


def _link(asked: Asked, name: str, place: Place | None) -> str:
    at = f"{place.key}.{place.lead_id}" if place else ""
    return url_for(".leads", **(address(asked) | {name: at})) if place else ""


def _total(found: LeadPage) -> str:
    if found.total is None:
        return ""
    if found.total > COUNTED:
        return f"{COUNTED:,}+ leads"
    return f"{found.total:,} {'lead' if found.total == 1 else 'leads'}"


def _words(given: Choices | None) -> dict[str, object]:
    """What the form offers."""
    return {"choices": given, "tiers": list(Tier), "stages": STAGES, "orders": ORDERS, "nobody": NOBODY}
