"""The demo's comparison: the same person in both CRMs, and why two cards differ where they do.

Only the sandbox's book can be compared so: it knows who is who. What each CRM cannot express is explained in
docs/comparing-crms.md.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from adapters.sandbox.hubspot.book.shapes import contact_id
from adapters.sandbox.people import Person, people
from adapters.sandbox.salesforce.book import record_id
from adapters.sandbox.salesforce.settings import OrgSettings
from connector.cli.app import out
from connector.core.types import ScoreCard
from connector.flows.services import Services
from connector.store import cards as card_rows
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows

PAGE = 4000
FORMS = "HubSpot keeps the first and the latest form, Salesforce the first response to each campaign"
SIZES = "HubSpot keeps a company's size as a band, Salesforce as a number"
UNEXPLAINED = "not explained; please report it"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many leads have the same card in both, and how many do not, by reason."""

    same: int
    different: Counter[str]


def compare(svc: Services, leads: int, seed: int, as_of: datetime) -> Comparison:
    """Compares the cards of everybody in the sandbox's book; the connections are called like their kinds."""
    hubspot, salesforce = _cards(svc, "hubspot"), _cards(svc, "salesforce")
    same, different = 0, Counter[str]()
    for person in people(leads, seed, as_of):
        ours, theirs = hubspot.get(contact_id(person.number)), salesforce.get(record_id(person))
        if ours == theirs:
            same += ours is not None
        else:
            different[why(person)] += 1
    return Comparison(same, different)


def why(person: Person) -> str:
    """What of a person one of the two CRMs cannot hold as the other does."""
    if forms_look_different(person):
        return FORMS
    sized = person.identity.business is not None and "business" in person.typed.known
    return SIZES if sized else UNEXPLAINED


def forms_look_different(person: Person) -> bool:
    """Whether the two CRMs hold different forms of a person: the agency has a campaign per form and month."""
    forms = [(act.at, act.detail) for act in person.acts if act.kind == "form"]
    campaigns: dict[tuple[str, str], tuple[int, str]] = {}
    for at, name in forms:
        campaigns.setdefault((name, _month(at)), (at, name))
    return {*forms[:1], *forms[-1:]} != set(campaigns.values())


def _month(at: int) -> str:
    zone = ZoneInfo(OrgSettings().time_zone)
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).strftime("%Y-%m")


def told(card: ScoreCard) -> tuple[object, ...]:
    """All of a card that a rep sees, and every line with its points."""
    return card.score, card.tier, card.stage, card.reasons, tuple((line.id, line.points) for line in card.lines)


def _cards(svc: Services, name: str) -> dict[str, tuple[object, ...]]:
    """What every lead's card tells, by CRM id."""
    with svc.store.read() as conn:
        found = connection_rows.connections_of(conn, svc.tenant.id)
        scope = next(connection.scope for connection in found if connection.name == name)
        shown: dict[str, tuple[object, ...]] = {}
        after = 0
        while leads := lead_rows.leads_after(conn, scope, after, PAGE):
            cards = card_rows.cards_of(conn, scope, [lead.id for lead in leads])
            shown |= {lead.crm_id: told(cards[lead.id]) for lead in leads if lead.id in cards}
            after = leads[-1].id
    return shown


def tell(found: Comparison) -> None:
    """The comparison for people."""
    both = found.same + found.different.total()
    said = f"{found.same:,} of {both:,} leads have the same score, tier and reasons."
    out.print(f"\n[bold]The same book in both CRMs:[/] {said}")
    for reason, number in found.different.most_common():
        out.print(f"  {number:,} differ: {reason}.", soft_wrap=True)
    if found.different:
        out.print("  docs/comparing-crms.md explains why.")
