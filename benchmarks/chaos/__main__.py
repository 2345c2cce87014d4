"""Kills processes at random while webhooks, syncs, flags and told events run, and then looks what is missing.

    python -m benchmarks.chaos                                    # 100 kills, half of them on each database
    python -m benchmarks.chaos --kills 20 --database sqlite --seed 7

On SQLite one `leadtier run` does everything; on PostgreSQL (see tests/postgres.py) `leadtier serve` and three `leadtier
work`. The CRM is the sandbox, a process of its own that nobody kills, with faults on: 429, 502, lost answers, webhooks
late, twice and out of order. When the traffic has ended and all is done, every acknowledged event is looked for, every
field of every record is compared with a fresh computation, and effects are counted. What is wrong is said on stderr,
and the logs stay. The last line on stdout is one JSON object; ends with 1 when anything is wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.chaos.verdict import Verdict
from benchmarks.chaos.world import ALONE, SEVERAL, Plan, run
from tests import postgres

SHOWN = 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--database", choices=["both", "sqlite", "postgresql"], default="both")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    asked = parser.parse_args()
    began = time.monotonic()
    chosen = ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]
    found, kills = [], 0
    for place, name in enumerate(chosen):
        share = asked.kills // len(chosen) + (place < asked.kills % len(chosen))
        plan = Plan(name, ALONE if name == "sqlite" else SEVERAL, share, asked.seed)
        verdict, done = _judged(plan)
        found.append(verdict)
        kills += done
    wrong = {
        "events_lost": sum(len(one.lost) for one in found),
        "effects_doubled": sum(len(one.doubled) for one in found),
        "fields_different": sum(len(one.different) for one in found),
    }
    figures = {"kills": kills, "events": sum(one.events for one in found), **wrong}
    print(json.dumps(figures | {"seconds": round(time.monotonic() - began)}))
    sys.exit(any(wrong.values()))


def _judged(plan: Plan) -> tuple[Verdict, int]:
    """A world's verdict; its files stay when something is wrong."""
    folder = Path(tempfile.mkdtemp(prefix=f"leadtier-chaos-{plan.name}-"))
    try:
        with _database(plan.name, folder) as address:
            verdict, kills = run(plan, address, folder)
    except BaseException:
        print(f"{plan.name}: the logs are in {folder}", file=sys.stderr)
        raise
    lines = list(verdict.lines())
    print(*(f"{plan.name}: {line}" for line in lines[:SHOWN]), sep="\n", end="\n" if lines else "", file=sys.stderr)
    if verdict.good:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"{plan.name}: {len(lines)} faults; the logs are in {folder}", file=sys.stderr)
    return verdict, kills


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder}/leadtier.db"
        return
    with postgres.server() as server, postgres.database(server) as address:
        yield address


if __name__ == "__main__":
    main()
