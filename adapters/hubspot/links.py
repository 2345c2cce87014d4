"""Which contacts belong to which objects, read a thousand at a time.

A record with many associations comes in parts: each *record* of the answer has its own paging, which many clients
overlook (HubSpot/hubspot-api-python#135).
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.hubspot.client import Client
from adapters.hubspot.rows import Row, batches

BATCH = 1000


def linked(client: Client, source: str, target: str, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Ids of `target` by id of `source`; an id without any is absent. Raises the error family."""
    found: dict[str, dict[str, None]] = {}
    for batch in batches(ids, BATCH):
        inputs = [{"id": one} for one in batch]
        while inputs:
            inputs = _collect(client.associations(source, target, inputs), found)
    return {one: tuple(targets) for one, targets in found.items()}


def _collect(answer: Row, found: dict[str, dict[str, None]]) -> list[dict[str, str]]:
    """Adds one answer to `found`; returns what has to be asked for next.

    Ids without associations, and ids that are gone, are simply not among the results (or among the errors of a 207).
    """
    rest = []
    for result in answer.get("results") or ():
        source = str(result["from"]["id"])
        # The guide shows a number, the specification a string.
        found.setdefault(source, {}).update((str(target["toObjectId"]), None) for target in result.get("to") or ())
        after = ((result.get("paging") or {}).get("next") or {}).get("after")
        if after is not None:
            rest.append({"id": source, "after": str(after)})
    return rest
