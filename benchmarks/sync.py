"""A full sync against the sandbox CRM, held to limits: calls, burst budget, our own CPU, memory, and a second sync.

    python -m benchmarks.sync                 # all of it, about a quarter of an hour
    python -m benchmarks.sync calls cpu       # some of it

Prints every figure with its limit, one JSON object as the last line, and ends with 1 when a limit is missed. How each
figure is defined stands in docs/benchmarks.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from benchmarks.figures import Figure, run
from benchmarks.running import Crm, synced

ACTIVITY_TYPES = ("calls", "emails", "meetings", "notes", "tasks", "communications")
VENDOR_BURST = 190
"""Calls in any 10 seconds that HubSpot allows a private app of a Professional account."""
WINDOW = 10.0
EXTRA = 9
"""Logged activities added to every lead of the sandbox's book to make them about twenty."""


def calls() -> list[Figure]:
    """Calls against the fewest possible, and a second sync with nothing changed."""
    with synced(5_000) as (account, connector, first):
        bound = lower_bound(account, first.answer["written"])
        second = connector.sync()
    made, fewest = first.answer["api_calls"], sum(bound.values())
    print(f"5,000 contacts: {made} calls, the fewest possible {fewest} {bound}")
    print(f"again with nothing changed: {second.answer['api_calls']} calls, {second.answer['written']} written")
    return [
        Figure("calls_over_fewest", round(made / fewest, 3), most=1.05),
        Figure("second_sync_written", second.answer["written"], most=0),
    ]


def lower_bound(account: Crm, written: int) -> dict[str, int]:
    """The fewest calls a full sync can make: list pages, association batches, update batches of the book as it is."""
    live = account.get("/_sandbox/state")["objects"]
    linked = [*ACTIVITY_TYPES, "deals"]
    return {
        "contact pages": math.ceil(live["contacts"] / 100),
        "activity and deal pages": sum(math.ceil(live[name] / 100) for name in linked),
        "association batches": sum(math.ceil(live[name] / 1000) for name in linked),
        "update batches": math.ceil(written / 100),
    }


def burst() -> list[Figure]:
    """How much of HubSpot's burst limit is used, without ever passing it."""
    # Connecting made some calls; after a whole window the sync finds the limit untouched.
    with synced(8_000, burst=VENDOR_BURST, rest=WINDOW) as (account, _, ran):
        refused = account.get("/_sandbox/state")["throttled"]
    made = ran.answer["api_calls"]
    # A rolling window lets a full load through at once, and the next one when it has passed.
    least = (math.ceil(made / VENDOR_BURST) - 1) * WINDOW
    print(f"{VENDOR_BURST} calls allowed in {WINDOW:.0f} s: {made} calls need {least:.0f} s, took {ran.seconds:.1f} s")
    return [
        Figure("burst_limit_used", round(least / ran.seconds, 3), least=0.9),
        Figure("burst_answers_429", refused, most=0),
    ]


def cpu() -> list[Figure]:
    """Contacts a minute of our own CPU, with the limits off."""
    with synced(10_000, extra=EXTRA) as (_, _, ran):
        answer = ran.answer
    each = answer["activities"] / answer["contacts"]
    per_minute = answer["contacts"] / ran.cpu * 60
    vendor = VENDOR_BURST * 6 * answer["contacts"] / answer["api_calls"]
    print(f"{answer['contacts']:,} contacts with {each:.1f} activities each: {ran.cpu:.1f} CPU seconds, start included")
    print(f"HubSpot's burst limit delivers {vendor:,.0f} such contacts a minute")
    return [
        Figure("contacts_per_cpu_minute", round(per_minute), least=20_000),
        Figure("times_what_hubspot_delivers", round(per_minute / vendor, 1), least=2),
    ]


def memory() -> list[Figure]:
    """Peak memory at ten times the book."""
    peaks = []
    for leads in (10_000, 100_000):
        with synced(leads) as (_, _, ran):
            peaks.append(ran.peak_mb)
        read = f"{leads:,} contacts, {ran.answer['activities']:,} activities"
        print(f"{read}: peak {ran.peak_mb:.0f} MB, {ran.cpu:.0f} CPU seconds")
    return [Figure("memory_at_ten_times_the_book", round(peaks[1] / peaks[0], 3), most=1.3)]


PARTS: dict[str, Callable[[], list[Figure]]] = {"calls": calls, "burst": burst, "cpu": cpu, "memory": memory}


if __name__ == "__main__":
    run(PARTS, __doc__)
