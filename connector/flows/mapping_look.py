"""Look: the live properties of a connected account and what its newest contacts hold in them.

Nothing of it goes into our database: it is read for the page that maps fields, and kept in memory for ten minutes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from adapters.contract import Adapter, AdapterError, CrmField, Record
from connector.core.mapping.sample import Sample, sample_of
from connector.flows.looks import Look
from connector.flows.services import Refused, Services
from connector.store import looking
from connector.store.database import Scope
from connector.store.sealing import SealBroken

log = logging.getLogger(__name__)

CONTACTS = 400
"""How many contacts are looked at: two to four calls, and enough to trust a percentage."""
KEPT_LENGTH = 1020
"""Characters kept of a value: nothing we read looks further (`core.mapping.transforms`)."""
UNREADABLE = "The newest contacts could not be read, so there are no sample values: "


def look(svc: Services, scope: Scope, *, fresh: bool = False) -> Look:
    """The account's properties and samples of its newest contacts, at most ten minutes old; with `fresh` new ones.

    Never raises for a sick CRM: then there is what there is, and `Look.trouble` says why. Raises `LookupError` when
    the tenant has no such connection.
    """
    svc.connection(scope)
    return svc.looks.get(scope, svc.now(), lambda: _read(svc, scope), fresh=fresh)


def _read(svc: Services, scope: Scope) -> Look:
    fields: Sequence[CrmField] = ()
    try:
        adapter = svc.account(scope)
        before = adapter.usage.calls
        fields = adapter.fields()
        records = _newest(svc, scope, adapter, [field.name for field in fields])
    except (AdapterError, SealBroken, Refused) as error:
        said = error.admin if isinstance(error, AdapterError) else str(error)
        log.warning("connection %s could not be looked at: %s", scope, type(error).__name__)
        return Look(fields, looked_at=svc.now(), trouble=f"{UNREADABLE if fields else ''}{said}")
    samples = _samples(fields, records)
    return Look(fields, samples, svc.now(), len(records), "", records, adapter.usage.calls - before)


def _newest(svc: Services, scope: Scope, adapter: Adapter, names: Sequence[str]) -> list[Record]:
    """The newest contacts: those we know, by their ids; before the first sync those the CRM names."""
    with svc.store.read() as conn:
        ids = looking.newest_ids(conn, scope, CONTACTS)
    ids = ids or list(adapter.newest(CONTACTS))
    places = {one: place for place, one in enumerate(ids)}
    found = adapter.contacts_by_id(ids, names).items if ids else ()
    here = sorted((record for record in found if not record.archived), key=lambda r: places.get(r.id, len(places)))
    cut = _Cut()
    return [cut.record(record) for record in here]


class _Cut:
    """Cuts long values, and keeps of equal ones a single copy: most of a book is the same few words."""

    def __init__(self) -> None:
        self._same: dict[str, str] = {}

    def record(self, record: Record) -> Record:
        """The record with what may be kept of it."""
        values = {name: self._text(value) for name, value in record.properties.items() if value}
        return Record(record.id, values, record.created_at, record.updated_at, replaces=record.replaces)

    def _text(self, value: str) -> str:
        short = value[:KEPT_LENGTH]
        return self._same.setdefault(short, short)


def _samples(fields: Sequence[CrmField], records: Sequence[Record]) -> Mapping[str, Sample]:
    of = len(records)
    return {field.name: sample_of((record.properties.get(field.name) for record in records), of) for field in fields}
