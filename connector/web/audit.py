"""The audit log: who did what, when, and what it was before and after."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, render_template, request

from connector.flows.lead_csv import safe
from connector.flows.services import Services
from connector.store import audit as rows
from connector.store.audit import Chosen, Entry
from connector.web.shared import is_id, services

pages = Blueprint("audit", __name__)
PAGE, CHUNK = 50, 1000


@pages.get("/settings/audit")
def audit() -> str:
    """A page of it, newest first."""
    svc, chosen = services(), _chosen()
    before = request.args.get("before", "")
    with svc.store.read() as conn:
        found = rows.entries(conn, svc.tenant.id, int(before) if is_id(before) else None, PAGE + 1, chosen)
        actors, actions = rows.actors(conn, svc.tenant.id), rows.actions(conn, svc.tenant.id)
    shown: dict[str, Any] = {"actors": actors, "actions": actions, "chosen": chosen, "before": before}
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return render_template("settings/audit.html", entries=found[:PAGE], older=older, **shown)


@pages.get("/settings/audit.csv")
def export() -> Response:
    """All of what is chosen, as a file for a spreadsheet."""
    answer = Response(_lines(services(), _chosen()), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=leadtier-audit.csv"
    return answer


def _chosen() -> Chosen:
    return Chosen(request.args.get("actor", ""), request.args.get("action", ""))


def _lines(svc: Services, chosen: Chosen) -> Iterator[str]:
    yield _line(["When", "Who", "What", "About", "Before", "After"])
    before: int | None = None
    while True:
        with svc.store.read() as conn:
            found = rows.entries(conn, svc.tenant.id, before, CHUNK, chosen)
        yield "".join(_line(_cells(svc, one)) for one in found)
        if len(found) < CHUNK:
            return
        before = found[-1].id


def _cells(svc: Services, one: Entry) -> list[str]:
    at = datetime.fromtimestamp(one.at, svc.zone).isoformat(sep=" ")
    return [at, one.actor, one.action, one.detail, *one.change]


def _line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([safe(cell) for cell in cells])
    return line.getvalue()
