"""The demo's live part: what changes in a CRM stands in the score seconds later, and a rep's flag is heard."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connector.cli.app import err, out
from connector.cli.demo_crms import Side
from connector.cli.sync import chosen
from connector.core.mapping import from_document
from connector.core.types import Tier
from connector.flows import hook_setup
from connector.flows.hook_routes import told_fields
from connector.flows.services import Services
from connector.store import cards as card_rows
from connector.store.connections import Connection

LIMIT = 60
"""Seconds within which a change must stand in the record."""
LOOK = 0.2
CANDIDATES = 200
NOT_THESE = {"quote_or_callback", "unsubscribed"}
"""Lines of a lead for whom asking for a callback would change nothing, or who wants to hear nothing."""

Seconds = Mapping[str, Mapping[str, float | None]]
"""By connection and what was waited for; None: not within the limit."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A lead of one connection, and the fields of its record that tell what happens."""

    side: Side
    crm_id: str
    score: str
    status: str
    before: int

    def now(self) -> int:
        """The score that stands in the record."""
        return int(float(self.side.values(self.crm_id, [self.score])[self.score]))

    def moved(self) -> bool:
        """Whether it is another than before."""
        return self.now() != self.before

    def heard(self) -> bool:
        """Whether the record says that the flag was heard."""
        return str(self.side.values(self.crm_id, [self.status])[self.status]).startswith("Heard")


def listen(svc: Services, sides: Mapping[str, Side]) -> None:
    """Makes each connection an address of its own, as `leadtier hooks` does, and has its CRM tell changes there."""
    for connection in chosen(svc, None):
        side, bound = sides[connection.kind], from_document(connection.mapping)
        added = hook_setup.add_own(svc, svc.public_url, connection.name, side.secret)
        inbound = svc.crm(connection.kind).inbound
        signs = inbound.signs if inbound is not None else ()
        side.listen(added.address, [*told_fields(bound), *signs])
        err.print(f"{connection.name} tells changes to {svc.public_url}/hooks/{connection.kind}/…", markup=False)


def missed(seconds: Seconds) -> bool:
    """Whether anything did not come within the limit."""
    return any(value is None for found in seconds.values() for value in found.values())


def show(svc: Services, sides: Mapping[str, Side]) -> Seconds:
    """Lets a lead of each connection ask for a callback, then a rep flag its score; the seconds until the records knew.

    A connection is left out when its book has no lead for whom that would change anything. Somebody must be doing the
    live work meanwhile.
    """
    leads = {each.name: lead for each in chosen(svc, None) if (lead := _choose(svc, sides[each.kind], each))}
    if not leads:
        out.print("\nNobody in this book is left to ask for a callback; give the demo more people with --leads.")
        return {}
    out.print("\n[bold]Live[/]")
    live = seconds_until(leads, Shown.moved, lambda lead: lead.side.ask(lead.crm_id))
    for name, lead in leads.items():
        _tell(name, f"lead {lead.crm_id} {lead.side.asking}", live[name], f"scored {lead.now()}, before {lead.before}")
    flags = seconds_until(leads, Shown.heard, lambda lead: lead.side.flag(lead.crm_id))
    for name, lead in leads.items():
        said = lead.side.values(lead.crm_id, [lead.status])[lead.status]
        _tell(name, "a rep flags it as too high", flags[name], f'answered "{said}"')
    return {name: {"live_seconds": live[name], "flag_seconds": flags[name]} for name in leads}


def _choose(svc: Services, side: Side, connection: Connection) -> Shown | None:
    """The best of the cold leads that has not asked for a call yet."""
    with svc.store.read() as conn:
        cold = card_rows.examples(conn, connection.scope, Tier.COLD, CANDIDATES)
    writes = from_document(connection.mapping).writes
    for crm_id, card in cold:
        if not NOT_THESE & {line.id for line in card.lines if line.points} and side.can_ask(crm_id):
            return Shown(side, crm_id, writes["score"], writes["flag_status"], card.score)
    return None


def seconds_until(
    leads: Mapping[str, Shown], is_there: Callable[[Shown], bool], act: Callable[[Shown], None]
) -> dict[str, float | None]:
    """Does something with every lead; the seconds until each record shows it, None where it does not in time."""
    began: dict[str, float] = {}
    for name, lead in leads.items():
        act(lead)
        began[name] = time.monotonic()
    seconds: dict[str, float | None] = dict.fromkeys(leads)
    until = time.monotonic() + LIMIT
    while None in seconds.values() and time.monotonic() < until:
        time.sleep(LOOK)
        for name, lead in leads.items():
            if seconds[name] is None and is_there(lead):
                seconds[name] = round(time.monotonic() - began[name], 1)
    return seconds


def _tell(name: str, what: str, seconds: float | None, so: str) -> None:
    if seconds is None:
        err.print(f"{name}: {what}; {LIMIT} seconds later the record does not show it.", style="red", markup=False)
    else:
        out.print(f"  {name}: {what}; {seconds} s later the record is {so}.", markup=False, soft_wrap=True)
