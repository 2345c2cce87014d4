"""What every CRM adapter promises: the shapes that cross the gate, the protocols, and the error family.

The engine knows only this room. A third CRM is one folder that satisfies `Adapter`, a `Crm` registered in the
entry-point group ``leadtier.adapters``, and one mapping file. ``tests/contract`` holds the clauses behind the
protocols.

Laws, for every adapter:

* reading is *at least once* with overlap; ingest is idempotent, so seeing a record again costs nothing;
* a cursor is opaque to everyone but its adapter, and never lies beyond the start of the pass that made it;
* one bad row never stops a page: it becomes a `RowProblem`;
* writing is by record id, one result per row in the order of the rows; an absent key leaves a field alone,
  ``None`` clears it.
"""

from __future__ import annotations

from adapters.contract.account import Account, Capabilities, Need, Permission, Quota, Usage
from adapters.contract.consent import Asked, Consent, Revoke, Way
from adapters.contract.crm import Crm, Setting, Wish
from adapters.contract.errors import AdapterError, Broken, HookRejected, Misconfigured, QuotaSpent, Reauthorise, Retry
from adapters.contract.inbound import EventKind, Example, InboundEvent, InboundRequest, Parsed, Unread
from adapters.contract.protocols import CROSSING, Adapter, AdapterFactory, Inbound, Ledger, Reader, Vault, Writer
from adapters.contract.records import (
    ActivityRecord,
    OutcomeRecord,
    OutcomeState,
    Owner,
    Page,
    PastValue,
    Record,
    RowProblem,
)
from adapters.contract.writing import (
    Choice,
    CrmField,
    FieldOutcome,
    FieldPackage,
    FieldState,
    FieldType,
    Update,
    WantedField,
    WriteResult,
    WriteStatus,
)

__all__ = [
    "CROSSING",
    "Account",
    "ActivityRecord",
    "Adapter",
    "AdapterError",
    "AdapterFactory",
    "Asked",
    "Broken",
    "Capabilities",
    "Choice",
    "Consent",
    "Crm",
    "CrmField",
    "EventKind",
    "Example",
    "FieldOutcome",
    "FieldPackage",
    "FieldState",
    "FieldType",
    "HookRejected",
    "Inbound",
    "InboundEvent",
    "InboundRequest",
    "Ledger",
    "Misconfigured",
    "Need",
    "OutcomeRecord",
    "OutcomeState",
    "Owner",
    "Page",
    "Parsed",
    "PastValue",
    "Permission",
    "Quota",
    "QuotaSpent",
    "Reader",
    "Reauthorise",
    "Record",
    "Retry",
    "Revoke",
    "RowProblem",
    "Setting",
    "Unread",
    "Update",
    "Usage",
    "Vault",
    "WantedField",
    "Way",
    "Wish",
    "WriteResult",
    "WriteStatus",
    "Writer",
]
