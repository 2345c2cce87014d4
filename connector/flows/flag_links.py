"""The signed link that stands in a record: it opens a page with the lead's score, where anybody who sees the record may
flag it. It has no end, because it stands there for as long as the record does and must not change by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from itsdangerous import BadData, URLSafeSerializer

from connector.core.types import ScoreCard
from connector.flows import flags
from connector.flows.flags import Said
from connector.flows.services import Refused, Services
from connector.store import flags as flag_rows
from connector.store import screens
from connector.store.database import Scope
from connector.store.flags import Flag
from connector.store.sealing import Sealer

PATH = "/flag/"
MOST_OPEN = 20
"""Flags of one lead that may wait for an answer; more than that is no rep."""
LONGEST_TOKEN = 200


class Linked(NamedTuple):
    """What a link leads to."""

    tenant_id: int
    lead_id: int


class Subject(NamedTuple):
    """The lead behind a link: no more of the person than it takes to know who is meant."""

    scope: Scope
    lead_id: int
    name: str
    crm_id: str
    card: ScoreCard | None
    flags: list[Flag]


class Links:
    """Makes and reads links. Every key in use reads, the newest makes."""

    def __init__(self, sealer: Sealer, public_url: str) -> None:
        keys = list(reversed(sealer.derived("flag link")))
        self._start = f"{public_url}{PATH}"
        self._signer: URLSafeSerializer = URLSafeSerializer(
            keys, salt="flag", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
        )

    def address(self, tenant_id: int, lead_id: int) -> str:
        """The link of a lead, always the same while the keys are."""
        return f"{self._start}{self.token(tenant_id, lead_id)}"

    def token(self, tenant_id: int, lead_id: int) -> str:
        """The secret part of a lead's link."""
        made = self._signer.dumps([tenant_id, lead_id])
        return made if isinstance(made, str) else made.decode()

    def read(self, token: str) -> Linked | None:
        """What a link leads to; None when we did not make it."""
        if len(token) > LONGEST_TOKEN:
            return None
        try:
            found: Any = self._signer.loads(token)
        except BadData:
            return None
        good = isinstance(found, list) and len(found) == 2 and all(isinstance(part, int) for part in found)
        return Linked(*found) if good else None

    def is_ours(self, address: str) -> bool:
        """Whether an address leads to our door as it is now."""
        return address.startswith(self._start)


def subject(svc: Services, token: str) -> Subject | None:
    """The lead behind a link; None when the link is not ours, or its lead is gone."""
    linked = Links(svc.sealer, "").read(token)
    if linked is None:
        return None
    with svc.store.read() as conn:
        lead = screens.lead_record(conn, *linked)
        if lead is None or lead.archived:
            return None
        scope = Scope(linked.tenant_id, lead.connection_id)
        card = screens.card_of(conn, *linked)
        said = flag_rows.of_lead(conn, *linked, limit=MOST_OPEN)
    return Subject(scope, lead.id, _short_name(lead.fields), lead.crm_id, card, said)


def _short_name(fields: Mapping[str, Any]) -> str:
    """``Maria K.``: enough for a rep, little for anybody else."""
    first, last = (str(fields.get(part, "")).strip() for part in ("first_name", "last_name"))
    return f"{first} {last[:1]}{'.' if last else ''}".strip()


def hear(svc: Services, about: Subject, kind: str, note: str, who: str, nonce: str) -> bool:
    """Records what somebody said through a link; False when the same form came before.

    Raises `Refused` with what to do when it cannot be taken.
    """
    if kind not in flags.KINDS:
        raise Refused("Choose what is wrong with the score.")
    if len(note) > flags.LONGEST_NOTE:
        raise Refused(f"A note has at most {flags.LONGEST_NOTE} characters.")
    with svc.store.write() as conn:
        if flag_rows.count_open(conn, about.scope.tenant_id, about.lead_id) >= MOST_OPEN:
            raise Refused(
                f"{MOST_OPEN} flags of this lead wait for an answer already. Speak to whoever looks after the scores."
            )
        said = Said(kind, note, who, svc.now(), f"link:{about.lead_id}:{nonce}")
        return flags.record(conn, about.scope, about.lead_id, said)
