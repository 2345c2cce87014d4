"""A full sync against the sandbox CRM, held to limits: calls, burst budget, our own CPU, memory, and a second sync.

    python -m benchmarks.sync                 # all of it, some minutes
    python -m benchmarks.sync calls cpu       # some of it

The connector runs as its own process, so that its CPU and memory are the operating system's figures for it alone.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEADTIER = [sys.executable, "-m", "connector"]
ACTIVITY_TYPES = ("calls", "emails", "meetings", "notes", "tasks", "communications")
UNLIMITED = 1_000_000
VENDOR_BURST = 190
"""Calls in 10 seconds that HubSpot allows a private app of a Professional account."""


@dataclass(frozen=True)
class Crm:
    """A sandbox that answers."""

    url: str
    token: str

    def get(self, path: str) -> Any:
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


@dataclass(frozen=True)
class Ran:
    """One command: what it said, and what the operating system says of it."""

    answer: dict[str, Any]
    cpu: float
    peak_mb: float


@contextmanager
def crm(leads: int, burst: int) -> Iterator[Crm]:
    words = ["sandbox", "--port", "0", "--leads", str(leads), "--burst", str(burst), "--searches", str(max(5, burst // 40))]
    with subprocess.Popen([*LEADTIER, *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            said = json.loads(process.stdout.readline())
            yield Crm(said["hubspot_url"], said["hubspot_token"])
        finally:
            process.terminate()


class Connector:
    """The connector with a database of its own."""

    def __init__(self, folder: Path, crm: Crm) -> None:
        self._env = {**os.environ, "LEADTIER_DATABASE_URL": f"sqlite:///{folder / 'bench.db'}"}
        self.run("connect", "hubspot", "--token", crm.token, "--base-url", crm.url)

    def run(self, *words: str) -> Ran:
        with tempfile.TemporaryFile("w+") as out:
            process = subprocess.Popen([*LEADTIER, *words, "--json"], stdout=out, env=self._env, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0, f"{words} ended with {process.returncode}"
            out.seek(0)
            answer = json.loads(out.read().splitlines()[-1])
        return Ran(answer, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)

    def sync(self) -> Ran:
        ran = self.run("sync")
        return Ran(ran.answer["hubspot"], ran.cpu, ran.peak_mb)


@contextmanager
def synced(leads: int, burst: int) -> Iterator[tuple[Crm, Connector, Ran]]:
    """A sandbox of that size, connected and synced once."""
    with tempfile.TemporaryDirectory() as folder, crm(leads, burst) as account:
        connector = Connector(Path(folder), account)
        yield account, connector, connector.sync()


def lower_bound(account: Crm, written: int) -> dict[str, int]:
    """The fewest calls a full sync can make: list pages, association batches, update batches of the book as it is."""
    objects = account.get("/_sandbox/state")["objects"]
    live = {name: counts["live"] if isinstance(counts, dict) else counts for name, counts in objects.items()}
    linked = [*ACTIVITY_TYPES, "deals"]
    return {
        "contact pages": math.ceil(live["contacts"] / 100),
        "activity and deal pages": sum(math.ceil(live[name] / 100) for name in linked),
        "association batches": sum(math.ceil(live[name] / 1000) for name in linked),
        "update batches": math.ceil(written / 100),
    }


def calls() -> dict[str, float]:
    """Calls against the fewest possible, and a second sync with nothing changed."""
    with synced(5_000, UNLIMITED) as (account, connector, first):
        bound = lower_bound(account, first.answer["written"])
        second = connector.sync()
    made, fewest = first.answer["api_calls"], sum(bound.values())
    print(f"full sync of 5,000 contacts: {made} calls, the fewest possible {fewest} {bound}: {made / fewest:.3f} x (limit 1.05)")
    print(f"a second sync with nothing changed: {second.answer['written']} written, {second.answer['api_calls']} calls")
    return {"calls_over_bound": made / fewest, "second_sync_written": second.answer["written"]}


def burst() -> dict[str, float]:
    """How much of HubSpot's burst limit is used, without ever passing it."""
    with synced(4_000, VENDOR_BURST) as (_, _, ran):
        answer = ran.answer
    windows = answer["seconds"] / 10
    # The first window's calls are free: a sync of n calls cannot take less than (n / limit - 1) windows.
    least = max(answer["api_calls"] / VENDOR_BURST - 1, 0.01)
    used = (answer["api_calls"] - VENDOR_BURST) / (windows * VENDOR_BURST)
    print(
        f"burst limit {VENDOR_BURST} per 10 s: {answer['api_calls']} calls in {answer['seconds']} s, "
        f"{used:.1%} of the allowed calls used (at least 90 %), {answer['throttled']} answers 429, "
        f"{windows / least:.2f} x the least time"
    )
    return {"burst_used": used, "throttled": answer["throttled"]}


def cpu() -> dict[str, float]:
    """Contacts a minute of our own CPU, with the limits off."""
    with synced(10_000, UNLIMITED) as (_, _, ran):
        answer = ran.answer
    per_minute = answer["contacts"] / ran.cpu * 60
    each = answer["activities"] / answer["contacts"]
    vendor = VENDOR_BURST * 6 / (1 / 100 * (1 + each + each / 10 + 1))
    print(
        f"{answer['contacts']:,} contacts with {each:.1f} activities each: {ran.cpu:.1f} CPU seconds, {per_minute:,.0f} "
        f"contacts a CPU minute (at least 20,000), {per_minute / vendor:.1f} x what HubSpot's burst limit delivers"
    )
    return {"contacts_per_cpu_minute": per_minute, "activities_each": each}


def memory() -> dict[str, float]:
    """Peak memory at ten times the book."""
    peaks = []
    for leads in (10_000, 100_000):
        with synced(leads, UNLIMITED) as (_, _, ran):
            peaks.append(ran.peak_mb)
            print(f"{leads:,} contacts: peak {ran.peak_mb:.0f} MB")
    print(f"ten times the book: {peaks[1] / peaks[0]:.2f} x the memory (limit 1.3)")
    return {"memory_ratio": peaks[1] / peaks[0]}


PARTS = {"calls": calls, "burst": burst, "cpu": cpu, "memory": memory}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one or more of {', '.join(PARTS)}; all when none")
    chosen = parser.parse_args().parts or list(PARTS)
    found: dict[str, float] = {}
    for name in chosen:
        found |= PARTS[name]()
    print(json.dumps({name: round(value, 4) for name, value in found.items()}))


if __name__ == "__main__":
    main()
