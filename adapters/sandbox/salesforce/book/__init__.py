"""The agency's people as a Salesforce org would hold them: one module per kind of record."""

from __future__ import annotations

from adapters.sandbox.salesforce.book.filling import fill
from adapters.sandbox.salesforce.book.shapes import contact_key, lead_key, record_id

__all__ = ["contact_key", "fill", "lead_key", "record_id"]
