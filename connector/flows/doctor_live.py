"""What the doctor finds about live work: whether somebody does it, what CRMs tell, which flags wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from connector.flows.findings import Finding, State
from connector.flows.gauges import WORKER_SEEN
from connector.flows.heard_hooks import Unheard
from connector.flows.services import Services
from connector.store import flags, workers
from connector.store.exclusive import absent
from connector.store.inbox import Heard

NOBODY_WORKS = "No worker has been seen for a minute, so nothing happens by itself."
START_ONE = "Start `leadtier run`, or `leadtier work` beside `leadtier serve`."
NO_ADDRESS = "No webhooks, and no links for flags: nobody said how this machine is reached from outside."


def anybody_works(svc: Services) -> bool:
    """Whether a worker was seen lately, on this host or another, and has not died since."""
    since = svc.now() - WORKER_SEEN
    with svc.store.read() as conn:
        seen = [worker.id for worker in workers.all_workers(conn) if worker.seen_at >= since]
    return len(absent(svc.store, seen)) < len(seen)


def of_the_house(svc: Services) -> Iterator[Finding]:
    """Workers, the address outside, flags."""
    if anybody_works(svc):
        yield Finding("work", "worker", State.OK, "A worker is there: changes are worked on by themselves.")
    else:
        yield Finding("work", "worker", State.WARN, NOBODY_WORKS, START_ONE)
    if not svc.public_url:
        yield Finding("work", "address outside", State.OK, f"{NO_ADDRESS} LEADTIER_PUBLIC_URL says it.")
    with svc.store.read() as conn:
        waiting = flags.count_open(conn, svc.tenant.id)
    if waiting:
        text = f"{waiting:,} {'waits' if waiting == 1 else 'wait'} for an answer."
        yield Finding("work", "flags", State.WARN, text, "`leadtier flags` lists them; the page Flags takes answers.")


def of_webhooks(svc: Services, name: str, heard: Heard, refused: Unheard | None = None) -> Finding:
    """What a connection's webhooks told, or that none is let in any more."""
    if refused is not None:
        counted = refused.refusals
        last = datetime.fromtimestamp(counted.last_at, svc.zone)
        text = f"{counted.number:,} were refused ({counted.reason}), the last {last:%d %b %H:%M}; none was taken since."
        return Finding(name, "webhooks", State.WARN, text, counted.text)
    if heard.last_ms is None:
        text = "None came yet; changes are found by each sync. `leadtier hooks` says what to set up."
        return Finding(name, "webhooks", State.OK, text)
    last = datetime.fromtimestamp(heard.last_ms // 1000, svc.zone)
    text = f"The last event came {last:%d %b %H:%M}; {heard.today:,} today, {heard.open:,} waiting."
    return Finding(name, "webhooks", State.OK, text)
