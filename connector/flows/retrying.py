"""Retrying: rows that the CRM refused are sent again because a person mended what it said of them.

They become due at once; whoever works writes them within seconds. What is refused again comes back with its sentence.
"""

from __future__ import annotations

from connector.flows.actors import Actor
from connector.flows.services import Refused, Services
from connector.store import audit
from connector.store import refused as refused_rows

NOTHING = "None of these rows is refused any more: they were written, or are on their way."


def retry_one(svc: Services, lead_id: int, actor: Actor) -> int:
    """Sends one lead's row again. Raises `Refused` when it is not refused (any more)."""
    return _retry(svc, actor, f"lead {lead_id}", lead_id=lead_id)


def retry_same(svc: Services, sentence: str, actor: Actor) -> int:
    """Sends every row again of which the CRM says this sentence; how many. Raises `Refused` when there is none."""
    if not sentence:
        raise Refused(NOTHING)
    # Without the sentence: it may hold a value of somebody's record, and the trail outlives that.
    return _retry(svc, actor, "all with one sentence", sentence=sentence)


def retry_all(svc: Services, actor: Actor) -> int:
    """Sends every refused row again; how many. Raises `Refused` when there is none."""
    return _retry(svc, actor, "all")


def _retry(svc: Services, actor: Actor, which: str, *, lead_id: int | None = None, sentence: str = "") -> int:
    with svc.store.write() as conn:
        made_due = refused_rows.release(conn, svc.tenant.id, svc.now(), lead_id=lead_id, sentence=sentence)
        if not made_due:
            raise Refused(NOTHING)
        audit.record(conn, svc.tenant.id, actor.email, "retry refused rows", f"{which}: {made_due}", svc.now())
    return made_due
