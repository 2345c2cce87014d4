"""The Salesforce connector against the sandbox CRM: calls, Bulk API, increments, our own CPU, memory.

    python -m benchmarks.salesforce                    # all of it, about half an hour
    python -m benchmarks.salesforce calls bulk         # some of it

The book of 100,000 leads is built once for `bulk`, `memory` and `incremental`. Prints every figure with its limit, one
JSON object as the last line, and ends with 1 when a limit is missed. How each figure is defined stands in
docs/benchmarks.md.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property, partial
from pathlib import Path

from benchmarks.figures import Figure, run
from benchmarks.org import COLLECTION, Org, a_rep
from benchmarks.running import UNLIMITED, Connector, Crm, Ran, crm, synced

PAGE = 2_000
"""Rows of a query's page."""

JOB = 3
"""Calls of a Bulk API query, whatever its size: made, looked at once, fetched."""

SMALL = 1_600
"""Leads few enough to be written by collections."""
BOOK = 100_000
CHANGED = 1_000
EXTRA = 9
"""Logged activities added to every lead of the sandbox's book to make them about twenty, as in benchmarks.sync."""
ROUNDS = 3

FREE = 0.2
"""The share of the org's daily calls that the setting quota_free leaves to others unless told otherwise."""
OVERLAP = 600.0
"""Seconds each pass looks behind the start of the one before."""

READ = {
    "Lead": "",
    "Contact": "",
    "Task": " WHERE WhoId != null AND (TaskSubtype = null OR TaskSubtype != 'Email')",
    "Event": " WHERE WhoId != null AND IsChild = false",
    "EmailMessageRelation": " WHERE RelationObjectType IN ('Lead', 'Contact')",
    "CampaignMember": "",
    "Opportunity": "",
    "OpportunityStage": " WHERE IsClosed = true",
}
"""The objects without whose rows there is no score or no outcome, and of each the rows that count: mails come as
EmailMessageRelation, so their tasks need not; contact roles and stage history come within their opportunity's page."""

ASKED_ONCE = {
    # The id of the org, lest another one's answers are taken for this one's, its time zone, and what our user may see
    # of each object: all in one composite call.
    "account and describes": 1,
    "owners": 1,  # User and Group, reps and queues, in another
}
"""Calls of every sync, whatever it finds; they answer what no row of the book tells."""
COUNTS = {"counts": 1}  # which objects are big enough for Bulk API: a full pass must know it before it begins


def calls() -> list[Figure]:
    """Calls against the fewest possible, a second sync with nothing changed, and a day with too few calls."""
    with synced(SMALL, "salesforce") as (account, connector, first):
        bound = ASKED_ONCE | COUNTS | pages(account) | {"collections": math.ceil(first.answer["written"] / COLLECTION)}
        jobs = account.get("/_sandbox/state")["salesforce"]["jobs"]
        second = connector.sync()
        spent = share_spent(account, connector)
    made, fewest = first.answer["api_calls"], sum(bound.values())
    print(f"{SMALL:,} leads, {first.answer['activities']:,} activities, {first.answer['written']:,} written")
    print(f"{made} calls, the fewest possible {fewest} {bound}; Bulk API jobs: {sum(jobs.values())}")
    print(f"again with nothing changed: {second.answer['api_calls']} calls, {second.answer['written']} written")
    return [
        Figure("salesforce_calls_over_fewest", round(made / fewest, 3), most=1.05),
        Figure("salesforce_second_sync_written", second.answer["written"], most=0),
        Figure("salesforce_share_of_the_day_when_it_stops", round(spent, 4), most=1 - FREE),
    ]


def pages(account: Crm) -> dict[str, int]:
    """Calls to read each object, deleted rows too: pages or one job; one that finds nothing has still been asked."""
    org = Org(account)
    found = {name: org.count(f"SELECT COUNT() FROM {name}{own}") for name, own in READ.items()}  # noqa: S608
    return {name: min(max(1, math.ceil(count / PAGE)), JOB) for name, count in found.items()}


def share_spent(account: Crm, connector: Connector) -> float:
    """How much of a day's calls are used when a full sync has stopped because there are too few for it."""
    used = account.get("/_sandbox/state")["salesforce"]["api_usage"]["used"]
    # Ten more than are used may be spent; a full sync needs some thirty.
    limit = round((used + 10) / (1 - FREE))
    Org(account).set(daily_limit=limit)
    try:
        connector.run("sync", "--full")
    except RuntimeError as stopped:
        print(str(stopped).splitlines()[-1])
    usage = account.get("/_sandbox/state")["salesforce"]["api_usage"]
    print(f"{usage['used'] - used} calls more, {usage['used']} of {usage['limit']}")
    return float(usage["used"] / usage["limit"])


class Book:
    """The book of 100,000, built and synced when the first part asks for it, and kept for the others."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.written = 0.0
        """When the first sync had written, by the monotonic clock."""

    @cached_property
    def opened(self) -> tuple[Crm, Connector, Ran]:
        """The sandbox, the connector, and what its first sync took."""
        found = self._stack.enter_context(synced(BOOK, "salesforce"))
        self.written = time.monotonic()
        return found


def bulk(book: Book) -> list[Figure]:
    """Calls of a first sync of 100,000 leads, and their share of the day."""
    account, _, first = book.opened
    state = account.get("/_sandbox/state")["salesforce"]
    usage, answer = state["api_usage"], first.answer
    print(
        f"{answer['scored']:,} leads, {answer['activities']:,} activities: {answer['api_calls']} calls, {state['jobs']}"
    )
    print(f"{usage['used']} of {usage['limit']:,} calls of the day, connecting included; {first.seconds:.0f} s")
    return [
        Figure("salesforce_bulk_calls", answer["api_calls"], most=39),
        Figure("salesforce_bulk_share_of_the_day", round(usage["used"] / usage["limit"], 5), most=1 - FREE),
    ]


def memory(book: Book) -> list[Figure]:
    """Peak memory of a first sync at ten times the book."""
    with synced(BOOK // 10, "salesforce") as (_, _, small):
        pass
    _, _, big = book.opened
    for leads, ran in ((BOOK // 10, small), (BOOK, big)):
        read = f"{leads:,} leads, {ran.answer['activities']:,} activities"
        print(f"{read}: peak {ran.peak_mb:.0f} MB, {ran.cpu:.0f} CPU seconds, {ran.answer['api_calls']} calls")
    return [Figure("salesforce_memory_at_ten_times_the_book", round(big.peak_mb / small.peak_mb, 3), most=1.3)]


def cpu() -> list[Figure]:
    """Our own CPU for a lead against HubSpot's, the same book in both, the least of some rounds in turns."""
    least: dict[str, float] = {}
    with crm(BOOK // 10, "salesforce", UNLIMITED, EXTRA) as ours, crm(BOOK // 10, "hubspot", UNLIMITED, EXTRA) as other:
        for _ in range(ROUNDS):
            for account in (ours, other):
                with tempfile.TemporaryDirectory() as folder:
                    ran = Connector(Path(folder), account).sync()
                leads, each = ran.answer["scored"], ran.answer["activities"] / ran.answer["scored"]
                print(f"{account.kind}: {leads:,} leads with {each:.1f} activities each, {ran.cpu:.1f} CPU seconds")
                least[account.kind] = min(ran.cpu / leads, least.get(account.kind, math.inf))
    return [Figure("salesforce_cpu_over_hubspot", round(least["salesforce"] / least["hubspot"], 3), most=1.3)]


def incremental(book: Book) -> list[Figure]:
    """Calls of a sync after 1,000 of 100,000 leads were changed, and one before it with nothing changed."""
    account, connector, _ = book.opened
    # What the first sync wrote lies in the window of every pass that begins from before it and the overlap. A sync
    # begun later reads it once more and leaves a window with nothing of it in it, as each hourly one does.
    time.sleep(max(0.0, book.written + OVERLAP + 5 - time.monotonic()))
    quiet = connector.sync()
    changed = opt_out(account)
    ran = connector.sync()
    # Of all that is read only these leads lie in the window, one page; the other objects are asked and have nothing.
    asked = dict.fromkeys((name for name in READ if name != "OpportunityStage"), 1)
    bound = ASKED_ONCE | asked | {"collections": math.ceil(ran.answer["written"] / COLLECTION)}
    made, fewest = ran.answer["api_calls"], sum(bound.values())
    print(f"nothing changed: {quiet.answer['api_calls']} calls, {quiet.answer['written']} written")
    print(f"{changed:,} changed, {ran.answer['written']:,} written: {made} calls, the fewest possible {fewest} {bound}")
    return [
        Figure("salesforce_quiet_sync_written", quiet.answer["written"], most=0),
        Figure("salesforce_incremental_written", ran.answer["written"], least=CHANGED * 0.9),
        Figure("salesforce_incremental_calls_over_fewest", round(made / fewest, 3), most=1.2),
    ]


def opt_out(account: Crm) -> int:
    """A rep notes that 1,000 leads all over the book want no e-mail, which costs them points; how many."""
    scored = Org(account).rows(
        "SELECT Id FROM Lead WHERE IsConverted = false AND HasOptedOutOfEmail = false AND Leadtier_Score__c > 0 "
        "ORDER BY Id"
    )
    chosen = [row["Id"] for row in scored[:: len(scored) // CHANGED][:CHANGED]]
    Org(account, a_rep(account)).update("Lead", chosen, HasOptedOutOfEmail=True)
    return len(chosen)


PARTS: dict[str, Callable[[Book], list[Figure]]] = {
    "calls": lambda _: calls(),
    "bulk": bulk,
    "memory": memory,
    "cpu": lambda _: cpu(),
    "incremental": incremental,  # last: the others spend the time it has to wait
}


def main() -> None:
    """Measures; ends the process."""
    with ExitStack() as stack:
        book = Book(stack)
        run({name: partial(part, book) for name, part in PARTS.items()}, __doc__)


if __name__ == "__main__":
    main()
