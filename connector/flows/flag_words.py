"""What stands beside a score on the record: what became of the rep's flag, the link to flag with, a flag field emptied.

An acknowledgement stands in a field of our own. The rep's field is emptied only once its flag is answered, and only
while it holds that flag: emptying it on hearing could wipe a second flag set meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from connector.core.mapping import BoundMapping
from connector.flows import flags
from connector.flows.flag_links import Links
from connector.flows.services import Services
from connector.store import flags as flag_rows
from connector.store.database import Scope
from connector.store.flags import Flag
from connector.store.leads import ToScore

FIELD = 255
"""Characters a text field of any CRM holds."""


class Beside:
    """The values beside the scores of a batch of leads."""

    def __init__(
        self, conn: sa.Connection, svc: Services, scope: Scope, bound: BoundMapping, leads: Sequence[ToScore]
    ) -> None:
        self._scope, self._bound, self._zone = scope, bound, svc.zone
        self._status, self._link = bound.writes.get("flag_status", ""), bound.writes.get("flag_link", "")
        wanted = self._status or bound.clears
        self._flags = flag_rows.of_leads(conn, scope, [lead.id for lead in leads]) if wanted else {}
        self._links = Links(svc.sealer, svc.public_url) if self._link and svc.public_url else None

    def values(self, lead: ToScore, held: Mapping[str, str | None]) -> dict[str, str | None]:
        """Values by property; a lead that was never flagged has no status, and none of its fields is emptied."""
        found: dict[str, str | None] = {}
        if self._links is not None:
            found[self._link] = self._address(self._links, lead.id, held.get(self._link))
        if said := self._flags.get(lead.id):
            if self._status:
                found[self._status] = status(said, self._zone)
            found |= self._emptied(lead, said)
        return found

    def _address(self, links: Links, lead_id: int, held: str | None) -> str:
        """The link the record holds already; another only when our address is another."""
        return held if held and links.is_ours(held) else links.address(self._scope.tenant_id, lead_id)

    def _emptied(self, lead: ToScore, said: Sequence[Flag]) -> dict[str, str | None]:
        field = self._bound.clears.get("flag")
        last = next((flag for flag in reversed(said) if flags.is_of_record(flag) and flag.over_at is None), None)
        if field is None or last is None or last.answered_at is None:
            return {}
        fields = json.loads(lead.fields)
        if fields.get("flag") != last.kind:
            return {}
        note = {"flag_note": self._bound.clears["flag_note"]} if "flag_note" in self._bound.clears else {}
        return dict.fromkeys([field, *note.values()])


def status(said: Sequence[Flag], zone: ZoneInfo) -> str:
    """What a rep reads about the flags of a lead: ``Heard 22 Nov: score too high``, later the answer.

    It tells of the newest event, and holds no date that moves by itself.
    """
    flag = max(said, key=lambda one: (one.answered_at or one.at, one.id))
    if flag.answered_at is None:
        return f"Heard {_day(flag.at, zone)}: {flags.KINDS.get(flag.kind, flag.kind)}"
    return f"Answered {_day(flag.answered_at, zone)}: {flag.answer}"[:FIELD]


def _day(at: int, zone: ZoneInfo) -> str:
    day = datetime.fromtimestamp(at, zone)
    return f"{day.day} {day:%b}"
