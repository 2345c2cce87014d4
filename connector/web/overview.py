"""The overview: is it alive, is it true, how hot is the book, what needs a person, whom to call first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, render_template

from connector.flows import missing
from connector.flows.doctor_live import NOBODY_WORKS, START_ONE, anybody_works
from connector.flows.glance import first_steps, lag, tiers
from connector.flows.heard_hooks import heard_today
from connector.flows.lead_pages import Asked, lead_page
from connector.flows.pace import Pace, pace
from connector.flows.services import Services
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows
from connector.store import models as model_rows
from connector.store import outbox as outbox_rows
from connector.store import runs as run_rows
from connector.store import screens
from connector.store.connections import Connection
from connector.store.inbox import Heard
from connector.store.runs import Run
from connector.web import charts
from connector.web.shared import services

pages = Blueprint("overview", __name__)

HOTTEST = 10
PROBLEMS = 8
STALE_AFTER = 26 * 3600
"""Seconds without a complete sync after which the overview says so: a day, and some patience."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one connection stands. `state` is ok, busy, warn or bad; `said` tells why and `mend` what to do."""

    connection: Connection
    crm: str
    """The name its vendor gives it."""
    state: str
    title: str
    said: str
    mend: str
    run: Run | None
    synced_at: int | None
    leads: int
    unscored: int
    waiting: int
    refused: int
    pace: Pace
    heard: Heard | None


@pages.get("/")
def overview() -> str:
    """The first page."""
    svc = services()
    glance = _glance(svc)
    with svc.store.read() as conn:
        return render_template(
            "overview.html",
            **glance,
            chart=charts.histogram(glance["spread"]),
            days=charts.by_day(glance["moved"].days),
            problems=screens.problem_groups(conn, svc.tenant.id, PROBLEMS),
            hottest=lead_page(svc, Asked(), limit=HOTTEST).leads,
            model=model_rows.published_model(conn, svc.tenant.id),
            steps=first_steps(svc),
            zone=svc.zone.key,
        )


@pages.get("/glance")
def glance() -> str:
    """What changes by itself on the first page, asked for every few seconds."""
    return render_template("overview/glance.html", **_glance(services()))


def _glance(svc: Services) -> dict[str, Any]:
    works, heard = anybody_works(svc), heard_today(svc)
    with svc.store.read() as conn:
        connections = connection_rows.connections_of(conn, svc.tenant.id)
        mirrored = screens.synced_at(conn, svc.tenant.id)
        spread = screens.spread(conn, svc.tenant.id)
        standings = [standing(svc, conn, c, mirrored.get(c.id), works, heard.get(c.name)) for c in connections]
    shares = charts.tiers(spread)
    moved = tiers(svc, {share.tier: share.leads for share in shares})
    return {
        "standings": standings,
        "spread": spread,
        "moved": moved,
        "tiers": list(zip(shares, moved.now, strict=True)),
        "lag": lag(svc),
        "works": works,
    }


def standing(
    svc: Services,
    conn: sa.Connection,
    connection: Connection,
    synced_at: int | None,
    works: bool,
    heard: Heard | None,
) -> Standing:
    """How a connection stands now. `works`: whether a worker is there, which does by itself what is to be done."""
    scope = connection.scope
    run = run_rows.last_run(conn, scope, "sync")
    leads, box = lead_rows.counts(conn, scope), outbox_rows.counts(conn, scope)
    state, title, said, mend = _judged(connection, run, synced_at, svc.now(), works)
    return Standing(
        connection=connection,
        crm=svc.crms[connection.kind].capabilities.name if connection.kind in svc.crms else connection.kind,
        state=state,
        title=title,
        said=said,
        mend=mend,
        run=run,
        synced_at=synced_at,
        leads=leads["leads"],
        unscored=leads["dirty"],
        waiting=box["waiting"],
        refused=box["refused"],
        pace=pace(svc, scope),
        heard=heard,
    )


Judgement = tuple[str, str, str, str]
"""State, title, what is said, what to do."""


def _judged(connection: Connection, run: Run | None, synced_at: int | None, now: int, works: bool) -> Judgement:
    if connection.trouble or missing.standing(connection) is not None:
        return "bad", "Needs you", *_needs(connection)
    if run is None:
        return "warn", "Not synced yet", "Nothing has been read from this CRM so far.", _first(works)
    if run.open:
        return _under_way(run, works)
    if run.state != "done":
        return "bad", "Last sync failed", run.message, "`leadtier sync` goes on where it stopped."
    return _quiet(synced_at, now, works)


def _under_way(run: Run, works: bool) -> Judgement:
    if not works:
        return "warn", "Cut off", f"A sync began and stands still. {NOBODY_WORKS}", START_ONE
    return "busy", "Syncing", run.message or f"It is {run.phase}.", ""


def _quiet(synced_at: int | None, now: int, works: bool) -> Judgement:
    """When nothing is under way and the last sync ended well."""
    if not works:
        return "warn", "Nobody works", NOBODY_WORKS, START_ONE
    if synced_at is None or now - synced_at > STALE_AFTER:
        return "warn", "Out of date", "No sync has ended well for more than a day.", "`leadtier doctor` looks why."
    return "ok", "Working", "", ""


def _first(works: bool) -> str:
    """How the first sync comes about."""
    return "The first sync begins by itself." if works else "Run `leadtier sync`, or start `leadtier run`."


def _needs(connection: Connection) -> tuple[str, str]:
    """What a person must do, and how."""
    asked = missing.standing(connection)
    if connection.trouble or asked is None:
        return connection.trouble, "Mend it, then run `leadtier sync`."
    return asked.text, asked.mend(connection.name)
