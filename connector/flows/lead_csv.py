"""A list of leads as CSV, for a spreadsheet: the whole list, read page by page while it is sent.

A cell that a spreadsheet would take for a formula begins with an apostrophe, for what stands in it came from strangers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import quote

from connector.flows.actors import Actor
from connector.flows.lead_pages import AT_ONCE, Asked, all_leads
from connector.flows.services import Services
from connector.store import audit
from connector.store.listed_leads import ListedLead

COLUMNS = (
    "crm_id", "first_name", "last_name", "company", "score", "tier", "stage", "product_line", "owner", "on_hold",
    "flagged", "reason_1", "reason_2", "reason_3", "last_move", "moved_at", "known_since", "record",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(svc: Services, actor: Actor, asked: Asked, said: str) -> Iterator[str]:
    """The list as lines of CSV, the newest lead first; `said` tells the audit trail which list it is."""
    with svc.store.write() as conn:
        audit.record(conn, svc.tenant.id, actor.email, "export", f"Leads as CSV: {said}", svc.now())
    return _lines(svc, asked)


def _lines(svc: Services, asked: Asked) -> Iterator[str]:
    yield _text([COLUMNS])
    rows: list[Sequence[str]] = []
    for lead in all_leads(svc, asked):
        rows.append(_row(svc, lead))
        if len(rows) == AT_ONCE:
            yield _text(rows)
            rows = []
    yield _text(rows)


def _row(svc: Services, lead: ListedLead) -> Sequence[str]:
    card, move = lead.card, lead.move
    reasons = [*card.reasons, "", "", ""][:3]
    known = [str(lead.fields.get(name, "")) for name in ("first_name", "last_name", "company")]
    says = [lead.owner, "yes" if lead.held_at else "", "yes" if lead.flagged else ""]
    moved = [move.moved, _moment(svc, move.at)] if move else ["", ""]
    record = lead.record_url.replace("{id}", quote(lead.crm_id, safe=""))
    scored = [str(card.score), card.tier.value, card.stage.value, card.product_line]
    created = _moment(svc, lead.created_at)
    return [safe(cell) for cell in (lead.crm_id, *known, *scored, *says, *reasons, *moved, created, record)]


def safe(cell: str) -> str:
    """The cell, so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _moment(svc: Services, at: int) -> str:
    return datetime.fromtimestamp(at, svc.zone).isoformat(timespec="minutes") if at else ""


def _text(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
