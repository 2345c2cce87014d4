"""Explain: why a lead has its score, line by line, adding up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from connector.core.types import ScoreCard
from connector.flows.scoring import score
from connector.flows.services import Refused, Services
from connector.store import cards as card_rows
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows
from connector.store import screens
from connector.store.cards import Change
from connector.store.database import Scope
from connector.store.leads import ToScore

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Explained:
    """A lead's card with where it stands in the CRM."""

    crm_id: str
    connection: str
    record_url: str
    card: ScoreCard | None
    """None where the record is gone and its last card with it."""
    history: Sequence[Change]
    gone: bool = False
    """Whether the record is no longer in the CRM, or became another one: it is not scored any more."""


def explain(svc: Services, reference: str, as_of: datetime | None) -> Explained:
    """The lead's last card, or the card it has as of a time; of a record that is gone the last one kept.

    Raises `Refused` when there is no such lead.
    """
    with svc.store.read() as conn:
        found = lead_rows.find_lead(conn, svc.tenant.id, *spellings(svc, reference))
        if found is None:
            raise Refused(
                f"There is no lead {reference!r} here. Give its id in the CRM, the address of its page there, or its "
                "#number; a sync reads new ones."
            )
        scope, lead = found
        connection = connection_rows.connection_by_id(conn, scope)
        history = card_rows.history_of(conn, svc.tenant.id, lead.id)
        record = screens.lead_record(conn, svc.tenant.id, lead.id)
        kept = screens.card_of(conn, svc.tenant.id, lead.id)
    gone = record is not None and record.archived
    card = kept if gone else next(_cards(svc, scope, [lead], as_of))
    return Explained(lead.crm_id, connection.name, connection.record_url, card, history, gone)


def spellings(svc: Services, reference: str) -> Sequence[str]:
    """What a person gave, and the ids that the CRMs we know would read in it (part of an address, a short form)."""
    given = reference.strip()
    if given.startswith("#"):
        return [given]
    read = (one for crm in svc.crms.values() if crm.record_ids for one in crm.record_ids(given))
    return list(dict.fromkeys((given, *read)))


def explain_all(svc: Services, limit: int | None, as_of: datetime | None) -> Iterator[tuple[str, str, ScoreCard]]:
    """Connection name, CRM id and card of every lead, in a stable order, at most `limit`."""
    left = limit
    with svc.store.read() as conn:
        connections = connection_rows.connections_of(conn, svc.tenant.id)
    for connection in connections:
        after = 0
        while left is None or left > 0:
            with svc.store.read() as conn:
                leads = lead_rows.leads_after(conn, connection.scope, after, min(left or CHUNK, CHUNK))
            if not leads:
                break
            for lead, card in zip(leads, _cards(svc, connection.scope, leads, as_of), strict=True):
                yield connection.name, lead.crm_id, card
            after, left = leads[-1].id, None if left is None else left - len(leads)


def _cards(svc: Services, scope: Scope, leads: Sequence[ToScore], as_of: datetime | None) -> Iterator[ScoreCard]:
    with svc.store.read() as conn:
        kept = {} if as_of else card_rows.cards_of(conn, scope, [lead.id for lead in leads])
        missing = [lead for lead in leads if lead.id not in kept]
        if missing:
            made, _ = score(conn, svc, scope, missing, as_of or svc.clock())
            kept |= {lead.id: made.card(place) for place, lead in enumerate(missing)}
    return (kept[lead.id] for lead in leads)
