"""The truth: all scores computed anew, from a fresh reading of the CRM into a database of its own, writing nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaos.house import House, model
from benchmarks.chaos.people import People, Person
from benchmarks.chaos.vendor import Vendor
from connector.core.mapping import score_values
from connector.flows import flags, sync, told
from connector.flows.flags import Said
from connector.flows.parts import DirectSteps, tell
from connector.flows.publish import publish
from connector.flows.scoring import score
from connector.flows.services import Services
from connector.flows.told import Told
from connector.services import assemble
from connector.settings import Settings
from connector.store import activities, connections
from connector.store import leads as lead_rows
from connector.store.database import Scope
from connector.store.sealing import new_key

EVERYBODY = 1_000_000
READING = (sync.start, sync.read, sync.read_unread)
"""A sync without its end: nothing is scored and nothing written."""


@dataclass(frozen=True)
class Truth:
    """By CRM id: what the record shall hold, and the acts that are known of the lead (source ids)."""

    values: Mapping[str, Mapping[str, str | None]]
    acts: Mapping[str, set[str]]


def truth(folder: Path, house: House, vendor: Vendor, people: People, acknowledged: set[str]) -> Truth:
    """Everything as it should be now. `acknowledged` are the told events that count."""
    key = new_key()
    svc = assemble(
        Settings(database_url=f"sqlite:///{folder}/truth.db", secret_keys=(key,), time_zone=house.svc.tenant.time_zone)
    )
    svc.clock = house.svc.clock
    try:
        publish(svc, str(model(folder)), "chaos")
        scope = _connection(svc, house, vendor)
        run = sync.begin(svc, scope)
        if not tell(READING, svc, scope, run.id, DirectSteps(svc.sleep)):
            raise RuntimeError("the fresh reading failed")
        alive = [one for one in people.all if one.there]
        _tell(svc, alive, acknowledged)
        _flag(svc, scope, alive)
        return _scored(svc, scope)
    finally:
        svc.close()


def _connection(svc: Services, house: House, vendor: Vendor) -> Scope:
    """The same account by the same mapping."""
    old = house.svc.connection(house.scope)
    values = {
        "kind": old.kind, "name": old.name, "account_id": old.account_id, "record_url": old.record_url,
        "base_url": old.base_url, "mapping": json.dumps(old.mapping),
        "credentials": svc.sealer.seal({"token": vendor.token}),
    }  # fmt: skip
    with svc.store.write() as conn:
        return Scope(svc.tenant.id, connections.save_connection(conn, svc.tenant.id, values, svc.now()))


def _tell(svc: Services, alive: list[Person], acknowledged: set[str]) -> None:
    events = [
        Told(0, event.id, "", one.id, "", event.kind, event.at, "")
        for one in alive
        for event in one.told
        if event.id in acknowledged
    ]
    for start in range(0, len(events), told.MOST):
        told.take(svc, svc.tenant.id, events[start : start + told.MOST])


def _flag(svc: Services, scope: Scope, alive: list[Person]) -> None:
    """Flags set through a link; those in a record were read with it."""
    with svc.store.write() as conn:
        known = lead_rows.known_leads(conn, scope, [one.id for one in alive])
        for one in alive:
            for said in one.flags:
                if said.nonce and one.id in known:
                    flags.record(conn, scope, known[one.id].id, Said(said.kind, "", "", said.at, f"link:{said.nonce}"))


def _scored(svc: Services, scope: Scope) -> Truth:
    bound, now = svc.mapping(scope), svc.clock()
    with svc.store.read() as conn:
        leads = lead_rows.leads_after(conn, scope, 0, EVERYBODY)
        cards, _ = score(conn, svc, scope, leads, now)
        crm_ids = {lead.id: lead.crm_id for lead in leads}
        acts: dict[str, set[str]] = defaultdict(set)
        for act in activities.activities_of(conn, scope, list(crm_ids)):
            acts[crm_ids[act.lead_id]].add(act.source_id)
    made = (cards.card(place) for place in range(len(leads)))
    return Truth({crm_ids[card.lead_id]: score_values(bound, card, card.as_of) for card in made}, acts)
