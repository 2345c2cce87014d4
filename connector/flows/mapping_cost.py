"""What publishing a field mapping costs: everything is read again, and what changed is written. All of it estimated."""

from __future__ import annotations

import math
from dataclasses import dataclass

from adapters.contract import Quota
from connector.flows.mapping_drafts import MappingDraft
from connector.flows.services import Services
from connector.flows.write_cost import ROUND_TRIP, WriteCost, costs
from connector.store import looking
from connector.store.runs import Run


@dataclass(frozen=True, slots=True)
class PublishCost:
    """What the next sync will do after publishing. All numbers are estimates."""

    leads: int
    """Leads that are read again."""
    read_calls: int | None
    """Calls to read everything again; None where nothing was ever read."""
    records: int
    """Records that show something else to a rep, going by the sample."""
    writes: WriteCost | None
    """What writing them costs."""
    seconds: int | None
    """How long reading and writing takes; None where nothing tells."""
    quota: Quota | None
    """The day's calls as the CRM said last; None where it sets no limit, or nobody asked."""
    like: int | None = None
    """When the sync began that the estimate goes by, in seconds since 1970 UTC."""

    @property
    def calls(self) -> int:
        """Calls in all."""
        return (self.read_calls or 0) + ((self.writes.calls or 0) if self.writes else 0)

    @property
    def fits(self) -> bool | None:
        """Whether the day's calls that are left are enough; None where nobody knows."""
        return None if self.quota is None else self.calls <= self.quota.limit - self.quota.used


def publish_cost(svc: Services, draft: MappingDraft, share: float) -> PublishCost:
    """What publishing the draft costs, where such a share of the leads shows something else. Asks no CRM."""
    with svc.store.read() as conn:
        leads, like = looking.size(conn, draft.scope), looking.largest_sync(conn, draft.scope)
    # Under other names everything is written anew.
    records = leads if draft.live.writes != draft.bound.writes else math.ceil(leads * share)
    ours = costs(svc, {draft.scope.connection_id: records}) if records else []
    writes = next((one for one in ours if one.connection == draft.connection.name), None)
    calls, seconds = _like(svc, draft, leads, like) if like else _by_sample(draft, leads)
    seen = svc.accounts.quotas.get(draft.scope.connection_id)
    return PublishCost(
        leads=leads,
        read_calls=calls,
        records=records,
        writes=writes,
        seconds=None if seconds is None else seconds + ((writes.seconds or 0) if writes else 0),
        quota=seen.quota if seen else None,
        like=like.started_at if like else None,
    )


def _like(svc: Services, draft: MappingDraft, leads: int, like: Run) -> tuple[int, int]:
    """Calls and seconds of reading so many leads, by the largest sync there was, less the calls by which it wrote."""
    crm = svc.crm(draft.connection.kind)
    wrote = math.ceil(like.written / crm.capabilities.write_batch)
    scale = leads / like.contacts
    took = (like.finished_at or like.started_at) - like.started_at
    return max(math.ceil((like.calls - wrote) * scale), 1), math.ceil(took * scale)


def _by_sample(draft: MappingDraft, leads: int) -> tuple[int | None, int | None]:
    """The same by what reading the sample took; activities are not in it."""
    look = draft.look
    if not look.contacts or not look.calls:
        return None, None
    calls = math.ceil(leads * look.calls / look.contacts)
    return calls, math.ceil(calls * ROUND_TRIP)
