"""What happened to a record, for whoever listens (webhooks)."""

from __future__ import annotations

from typing import Any, NamedTuple

from adapters.sandbox.hubspot.kinds import Kind


class Source(NamedTuple):
    """Who changed something, in the vendor's words: ``("CRM_UI", "userId:77")`` or ``("INTEGRATION", "<app id>")``."""

    type: str
    id: str | None

    @classmethod
    def user(cls, user_id: int) -> Source:
        """A person working in the CRM's own screens."""
        return cls("CRM_UI", f"userId:{user_id}")


class Event(NamedTuple):
    """One thing that happened. `what` is the last part of the subscription type: ``propertyChange``, ``merge`` …"""

    what: str
    kind: Kind
    object_id: int
    at_ms: int
    source: Source
    details: dict[str, Any]
    """The fields only this kind of event has, as they stand in the webhook."""
