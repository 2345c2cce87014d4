"""The verdict: what was acknowledged and is not there, what was done twice, and which fields are not as they should."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.chaos.house import House
from benchmarks.chaos.people import People, Person
from benchmarks.chaos.relay import Relay
from benchmarks.chaos.truth import Truth
from benchmarks.chaos.vendor import Vendor
from connector.flows.full_pass import same

STATUS = "leadtier_flag_status"
RIDING = {"leadtier_scored_at", "leadtier_model_version", "leadtier_flag_status", "leadtier_flag_link"}
"""When, by which version, the answer to a flag, and a link: no result of the computation."""


@dataclass
class Verdict:
    """What was found, a sentence for each fault."""

    events: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.doubled or self.different)

    def lines(self) -> Iterable[str]:
        """All faults."""
        for what, found in (("lost", self.lost), ("doubled", self.doubled), ("different", self.different)):
            yield from (f"{what}: {one}" for one in found)


def hooks(verdict: Verdict, house: House, relay: Relay, people: People) -> None:
    """Every webhook event that was taken is in the inbox, and done."""
    known = {row[0]: (row[1], row[2]) for row in house.rows("SELECT event_id, done_at, result FROM inbox")}
    verdict.events += len(relay.taken)
    for event_id, event in relay.taken.items():
        if people.private & {event.record_id, *event.merged_ids}:
            continue  # what was heard of a person goes when the person asks for it
        if event_id not in known:
            verdict.lost.append(f"webhook {event_id} is not in the inbox")
        elif known[event_id][0] is None or known[event_id][1] == "failed":
            verdict.lost.append(f"webhook {event_id} is {known[event_id][1] or 'open'}")


def told(verdict: Verdict, house: House, people: People, acknowledged: set[str]) -> None:
    """Every told event that was acknowledged is kept, and counts once with the lead it is about."""
    kept = {row[0] for row in house.rows("SELECT event_id FROM told_event")}
    counts: dict[str, list[str]] = defaultdict(list)
    query = "SELECT source_id, crm_id FROM activity JOIN lead ON id = lead_id WHERE source_id LIKE 'told:%'"
    for source, crm_id in house.rows(query):
        counts[source.removeprefix("told:")].append(crm_id)
    forgotten = {event.id for one in people.all if one.erased for event in one.told}
    verdict.events += len(acknowledged)
    verdict.lost += [f"told event {one} is not kept" for one in sorted(acknowledged - kept - forgotten)]
    verdict.doubled += [f"told event {one} counts for leads {ids}" for one, ids in counts.items() if len(ids) > 1]


def flags(verdict: Verdict, house: House, vendor: Vendor, people: People) -> None:
    """Every flag is kept once, and acknowledged once in the record."""
    query = "SELECT crm_id, source_event, kind FROM flag JOIN lead ON lead.id = lead_id"
    by_lead: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for crm_id, source, kind in house.rows(query):
        by_lead[crm_id][source.split(":")[-1] if source.startswith("link:") else "", kind] += 1
    for one in people.all:
        verdict.events += len(one.flags)
        if one.there and one.flags:
            _flags_of(verdict, one, by_lead[one.id], vendor.history(one.id, STATUS))


def _flags_of(verdict: Verdict, one: Person, found: Counter[tuple[str, str]], statuses: list[str]) -> None:
    wanted = Counter((said.nonce, said.kind) for said in one.flags)
    verdict.lost += [f"flag {kind} of record {one.id}" for _, kind in (wanted - found).elements()]
    verdict.doubled += [f"flag {kind} of record {one.id}" for _, kind in (found - wanted).elements()]
    said = [status for status in statuses if status.startswith("Heard ")]
    if not said:
        verdict.lost.append(f"the flag of record {one.id} is not acknowledged: {statuses}")
    if len(said) > len(one.flags):
        verdict.doubled.append(f"the flag of record {one.id} is acknowledged again: {statuses}")


def acts(verdict: Verdict, house: House, truth: Truth) -> None:
    """Every act counts as often as the CRM has it. Flags have ids of their own and are looked at apart."""
    stored: dict[str, set[str]] = defaultdict(set)
    query = "SELECT crm_id, source_id FROM activity JOIN lead ON id = lead_id WHERE known AND NOT archived"
    for crm_id, source in house.rows(query):
        stored[crm_id].add(source)
    for crm_id in truth.values:
        both = (stored[crm_id], truth.acts.get(crm_id, set()))
        ours, theirs = ({act for act in some if not act.startswith("flag:")} for some in both)
        verdict.doubled += [f"record {crm_id} has {one}, which the CRM does not" for one in sorted(ours - theirs)]
        verdict.different += [f"record {crm_id} lacks {one}" for one in sorted(theirs - ours)]


def fields(verdict: Verdict, vendor: Vendor, truth: Truth) -> None:
    """Every record holds what a fresh computation gives."""
    names = sorted({name for values in truth.values.values() for name in values} - RIDING)
    held = vendor.contacts(*names)
    for crm_id in sorted(held.keys() | truth.values.keys()):
        if crm_id not in held or crm_id not in truth.values:
            where = "the fresh reading" if crm_id in held else "the CRM"
            verdict.different.append(f"record {crm_id} is missing in {where}")
            continue
        wrong = [
            f"{name} {held[crm_id].get(name)!r} rather than {truth.values[crm_id].get(name)!r}"
            for name in names
            if not same(truth.values[crm_id].get(name), held[crm_id].get(name))
        ]
        if wrong:
            verdict.different.append(f"record {crm_id}: {'; '.join(wrong)}")


def calls(verdict: Verdict, vendor: Vendor, overlaps: list[str]) -> None:
    """No two processes wrote at once, and all together kept the vendor's limits."""
    verdict.doubled += overlaps
    if above := vendor.over_limit():
        verdict.doubled.append(f"{above} calls above the vendor's limits")
