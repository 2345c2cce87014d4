"""Live: seconds from a change in HubSpot's sandbox to the score it makes in the record, and what waiting costs.

    python -m benchmarks.live [alone] [beside] [idle]      # about 3, 8 and 6 minutes

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
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.changes import Account, Lead
from benchmarks.figures import Figure, run
from benchmarks.running import LEADTIER, UNLIMITED, Connector, Crm, crm
from connector.cli.demo_crms import HubSpotSide
from mappings import model_text

BOOK = 2_000
BURST = 190
"""Calls in 10 seconds: what HubSpot allows."""
RATE = 10
"""Changes a second."""
SECONDS = 120
BESIDE_SECONDS = 140
LARGE = 100_000
CALL_EVERY = 5
"""Every so many changes one is a logged call, for which activities are read again; the others are web forms."""
PATIENCE = 90
"""Seconds after the last change within which every score must have moved."""
SETTLING, IDLE = 20, 300
"""Seconds."""
CALLED = "\n  - id: called_us\n    group: engagement\n    points: 10\n    activity: called_us\n"


@dataclass(frozen=True)
class World:
    """A connected and synced account, and `leadtier run` at work on it."""

    crm: Crm
    folder: Path
    pid: int


def alone() -> list[Figure]:
    """Webhook to field with nothing else to do."""
    with _world() as world:
        took = _driven(world.crm, SECONDS)
    return [
        Figure("live_seconds_p95", _share(took, 0.95), most=5),
        Figure("live_seconds_worst", round(took[-1], 2), most=60),
    ]


def beside() -> list[Figure]:
    """The same while another agency's first sync of 100,000 leads goes on in the same process, as fast as it can."""
    with ExitStack() as stack:
        large = stack.enter_context(crm(LARGE, "hubspot", UNLIMITED))
        world = stack.enter_context(_world())
        other = {"LEADTIER_TENANT": "another agency"}
        Connector(world.folder, large, **other)
        _until(lambda: _calls(large) > 500, "the other agency's first sync did not begin")
        began = _calls(large)
        took = _driven(world.crm, BESIDE_SECONDS)
        print(f"the other agency's sync made {_calls(large) - began:,} calls meanwhile")
    return [
        Figure("live_seconds_p95_beside_a_first_sync", _share(took, 0.95), most=10),
        Figure("live_seconds_worst_beside_a_first_sync", round(took[-1], 2), most=60),
    ]


def idle() -> list[Figure]:
    """What `leadtier run` costs while nothing happens."""
    with _world() as world:
        time.sleep(SETTLING)
        before = _cpu_seconds(world.pid)
        time.sleep(IDLE)
        share = (_cpu_seconds(world.pid) - before) / IDLE
        return [
            Figure("idle_share_of_a_core", round(share, 4), most=0.02),
            Figure("idle_resident_mb", round(_resident_mb(world.pid)), most=200),
        ]


@contextmanager
def _world() -> Iterator[World]:
    """A synced book whose sandbox delivers its webhooks to a `leadtier run` that works."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{one.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as name, crm(BOOK, "hubspot", BURST) as account:
        folder = Path(name)
        connector = Connector(folder, account, LEADTIER_PUBLIC_URL=address)
        (folder / "model.yaml").write_text(
            model_text("starter").replace("\nproduct_lines:", f"{CALLED}\nproduct_lines:")
        )
        connector.run("publish", str(folder / "model.yaml"))
        connector.sync()
        _subscribe(connector, account, folder)
        with _running(address, connector.environment, folder / "run.log") as process:
            yield World(account, folder, process.pid)


def _subscribe(connector: Connector, account: Crm, folder: Path) -> None:
    """The account delivers its webhooks as `leadtier hooks add` told the admin to set it up."""
    secret = folder / "secret"
    secret.write_text(account.told["hubspot_client_secret"])
    added = connector.run("hooks", "add", "--connection", "hubspot", "--secret-file", str(secret)).answer
    config = json.loads("".join(step for step in added["steps"] if step.startswith("    ")))["config"]
    fields = [one["propertyName"] for one in config["subscriptions"]["crmObjects"] if "propertyName" in one]
    HubSpotSide(account.told).listen(added["address"], fields)


@contextmanager
def _running(address: str, environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [*LEADTIER, "run", "--port", address.rpartition(":")[2]]
    with log.open("w") as errors, subprocess.Popen(command, env=dict(environment), stderr=errors) as process:
        try:
            _until(lambda: _is_ready(address), "leadtier run did not start")
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


def _driven(account: Crm, seconds: int) -> Sequence[float]:
    """Changes at a steady rate; the seconds each took until the record had its new score, ascending."""
    people = Account(account)
    plan = _planned(people, RATE * seconds)
    before = account.get("/_sandbox/state")
    changed: dict[str, float] = {}

    def make(change: tuple[Lead, Callable[[Lead], None]]) -> None:
        lead, act = change
        changed[lead.id] = time.time()
        act(lead)

    began = time.monotonic()
    with ThreadPoolExecutor(4) as hands:
        for number, change in enumerate(plan):
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
            hands.submit(make, change)
    print(f"{len(plan):,} changes in {time.monotonic() - began:.0f} s", flush=True)
    took = _awaited(people, changed, len(plan))
    _tell(took, before, account.get("/_sandbox/state"))
    return took


def _planned(people: Account, count: int) -> Sequence[tuple[Lead, Callable[[Lead], None]]]:
    """A different lead for every change, each change one that moves its lead's score."""
    leads = list(people.leads())
    callers = [lead for lead in leads if lead.call_counts][: count // CALL_EVERY]
    taken = {lead.id for lead in callers}
    senders = [lead for lead in leads if lead.form_counts and lead.id not in taken]
    senders = senders[: count - len(callers)]
    if len(senders) + len(callers) < count:
        raise RuntimeError(f"the book has {len(senders)} + {len(callers)} leads whose score can move, not {count}")
    forms, calls = iter(senders), iter(callers)
    return [
        (next(calls), people.calls_us) if number % CALL_EVERY == 0 else (next(forms), people.sends_form)
        for number in range(count)
    ]


def _awaited(people: Account, changed: Mapping[str, float], count: int) -> Sequence[float]:
    """Seconds until each score moved. Raises `RuntimeError` when one has not within the patience."""
    assert len(changed) == count, "a change was not made"
    until = time.monotonic() + PATIENCE
    while True:
        scored = people.scored(list(changed))
        took = {one: next((moved - at for moved in scored[one] if moved >= at), None) for one, at in changed.items()}
        missing = [one for one, seconds in took.items() if seconds is None]
        if not missing:
            return sorted(seconds for seconds in took.values() if seconds is not None)
        if time.monotonic() > until:
            raise RuntimeError(f"{len(missing)} of {count} scores never moved, of {', '.join(missing[:5])} …")
        time.sleep(5)


def _tell(took: Sequence[float], before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    shares = ", ".join(
        f"{name} {_share(took, share)}" for name, share in (("median", 0.5), ("p95", 0.95), ("p99", 0.99))
    )
    print(f"change to field in seconds: {shares}, worst {took[-1]:.2f}")
    delivered = after["webhooks"]["delivered"] - before["webhooks"]["delivered"]
    throttled = after["throttled"] - before["throttled"]
    print(f"{delivered:,} webhook events delivered, {after['webhooks']['refused']} refused; {throttled} answers 429")


def _share(ascending: Sequence[float], share: float) -> float:
    return round(ascending[min(len(ascending) - 1, int(share * len(ascending)))], 2)


def _calls(account: Crm) -> int:
    return int(account.get("/_sandbox/state")["total_calls"])


def _until(is_so: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > until:
            raise RuntimeError(otherwise)
        time.sleep(0.2)


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as answer:  # noqa: S310 - our own loopback server
            return bool(answer.status == 200)
    except OSError:
        return False


def _cpu_seconds(pid: int) -> float:
    """User and system time of the process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    run({"alone": alone, "beside": beside, "idle": idle}, __doc__)
