"""One lead scored as a webhook will do it: ``python -m benchmarks.lead``.

Reads the lead, its activities and its last card from the store, evaluates, and makes the whole card with its texts, for
every lead of a synced sandbox book in random order. Prints the median and the 99th percentile in milliseconds by the
clock on the wall and in CPU time, one JSON object as the last line, and ends with 1 when the limit is missed. The limit
is held against CPU time: nothing in it waits, and what else runs on a shared machine is in the other figure.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.running import synced
from connector.core.types import ScoreCard
from connector.flows.scoring import score
from connector.flows.services import Services
from connector.services import assemble
from connector.settings import Settings
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows

LEADS, EXTRA, WARM_UP = 2_000, 9, 100
LIMIT_MS = 3.0


def main() -> None:
    with synced(LEADS, extra=EXTRA) as (_, connector, ran):
        svc = assemble(Settings(database_url=connector.database))
        try:
            wall, cpu = _measured(svc, _references(svc))
        finally:
            svc.close()
    each = ran.answer["activities"] / ran.answer["contacts"]
    print(f"{len(wall):,} leads with {each:.0f} activities each, one at a time (CPU p99 under {LIMIT_MS:g} ms)")
    figures = {**_percentiles("wall", wall), **_percentiles("cpu", cpu)}
    for name, value in figures.items():
        print(f"{name}: {value}")
    print(json.dumps(figures))
    sys.exit(figures["lead_cpu_p99_ms"] >= LIMIT_MS)


def _references(svc: Services) -> list[str]:
    """Every lead, in an order that no cache of pages likes."""
    with svc.store.read() as conn:
        scope = connection_rows.connections_of(conn, svc.tenant.id)[0].scope
        found = [f"#{lead.id}" for lead in lead_rows.leads_after(conn, scope, 0, LEADS)]
    random.Random(1).shuffle(found)
    return found


def _measured(svc: Services, references: Sequence[str]) -> tuple[list[float], list[float]]:
    """Milliseconds of every lead on the wall's clock and of the CPU; the first leads only warm up."""
    wall, cpu = [], []
    for reference in [*references[:WARM_UP], *references]:
        began, began_cpu = time.perf_counter(), time.process_time()
        _card(svc, reference)
        wall.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - began_cpu) * 1000)
    return wall[WARM_UP:], cpu[WARM_UP:]


def _card(svc: Services, reference: str) -> ScoreCard:
    with svc.store.read() as conn:
        found = lead_rows.find_lead(conn, svc.tenant.id, reference)
        assert found is not None
        scope, lead = found
        made, _ = score(conn, svc, scope, [lead], svc.clock())
    return made.card(0)


def _percentiles(name: str, times: Sequence[float]) -> dict[str, float]:
    return {f"lead_{name}_p{rank}_ms": round(float(np.percentile(times, rank)), 3) for rank in (50, 99)}


if __name__ == "__main__":
    main()
