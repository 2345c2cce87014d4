"""An incremental sync against HubSpot's sandbox: calls after 1,000 of 100,000 contacts were changed, over the fewest.

    python -m benchmarks.increments           # about half an hour, of which ten minutes are waiting

Prints every figure with its limit, one JSON object as the last line, and ends with 1 when the limit is missed. How the
figure is defined stands in docs/benchmarks.md; the same for Salesforce is a part of benchmarks.salesforce.
"""

from __future__ import annotations

import json
import math
import time
import urllib.request
from typing import Any

from benchmarks.figures import Figure, run
from benchmarks.running import Crm, synced
from benchmarks.sync import ACTIVITY_TYPES

BOOK = 100_000
CHANGED = 1_000
OVERLAP = 600.0
"""Seconds each pass looks behind the start of the one before."""
BATCH = 100
FOUND = 200
"""Hits of a search page."""
EACH = 50
"""How many of every page of candidates are changed."""

FIT = "15"
"""Points of the starter model for age and territory."""

ASKED_ONCE = {"account": 1, "properties": 1, "owners, present and former": 2}
"""Calls of every sync, whatever it finds; they answer what no row of the book tells."""


def incremental() -> list[Figure]:
    """Calls of a sync after 1,000 contacts were changed, and one before it with nothing changed."""
    with synced(BOOK) as (account, connector, first):
        # What the first sync wrote lies in the window of every pass that begins from before it and the overlap. A sync
        # begun later reads it once more and leaves a window with nothing of it in it.
        print(f"{BOOK:,} contacts: {first.answer['api_calls']:,} calls, {first.seconds:.0f} s", flush=True)
        time.sleep(OVERLAP + 5)
        quiet = connector.sync()
        changed = move_away(account)
        ran = connector.sync()
    bound = lower_bound(changed, ran.answer["written"])
    made, fewest = ran.answer["api_calls"], sum(bound.values())
    print(f"nothing changed: {quiet.answer['api_calls']:,} calls, {quiet.answer['written']} written")
    print(f"{changed:,} changed, {ran.answer['written']:,} written: {made} calls, the fewest possible {fewest} {bound}")
    return [
        Figure("quiet_sync_written", quiet.answer["written"], most=0),
        Figure("incremental_written", ran.answer["written"], least=CHANGED * 0.9),
        Figure("incremental_calls_over_fewest", round(made / fewest, 3), most=1.2),
    ]


def lower_bound(changed: int, written: int) -> dict[str, int]:
    """The fewest calls: a search of each object, its hits' pages, and update batches."""
    return ASKED_ONCE | {
        "contact search pages": math.ceil(changed / FOUND),
        "activity and deal searches": len(ACTIVITY_TYPES) + 1,
        "update batches": math.ceil(written / BATCH),
    }


def move_away(account: Crm) -> int:
    """A rep notes that 1,000 contacts have moved out of the territory, which costs them points; how many."""
    chosen: list[str] = []
    after = "0"
    while len(chosen) < CHANGED and (found := _search(account, after)):
        chosen += [row["id"] for row in found[:: FOUND // EACH]]
        after = found[-1]["id"]
    chosen = chosen[:CHANGED]
    for start in range(0, len(chosen), BATCH):
        rows = [{"id": one, "properties": {"state": "Ontario"}} for one in chosen[start : start + BATCH]]
        _post(account, "/crm/v3/objects/contacts/batch/update", {"inputs": rows})
    return len(chosen)


def _search(account: Crm, after: str) -> list[dict[str, Any]]:
    """Contacts whose age and territory are all their score, from an id on."""

    def condition(name: str, operator: str, value: str) -> dict[str, str]:
        return {"propertyName": name, "operator": operator, "value": value}

    filters = [condition("hs_object_id", "GT", after), condition("leadtier_score", "EQ", FIT)]
    body = {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "limit": FOUND,
    }
    found: list[dict[str, Any]] = _post(account, "/crm/v3/objects/contacts/search", body)["results"]
    return found


def _post(account: Crm, path: str, body: object) -> Any:
    headers = {"Authorization": f"Bearer {account.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(account.url + path, json.dumps(body).encode(), headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


if __name__ == "__main__":
    run({"incremental": incremental}, __doc__)
