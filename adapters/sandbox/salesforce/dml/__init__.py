"""Writing records as Salesforce does: checked row by row, completed, remembered, and told to whoever listens.

A call is one transaction. Rows are refused one by one with the vendor's codes; see ``results``.
"""

from __future__ import annotations

from adapters.sandbox.salesforce.dml.checking import Rule
from adapters.sandbox.salesforce.dml.converting import ConvertResult, convert_lead
from adapters.sandbox.salesforce.dml.deleting import delete, deleted_between, purge, undelete
from adapters.sandbox.salesforce.dml.inserting import insert
from adapters.sandbox.salesforce.dml.merging import merge
from adapters.sandbox.salesforce.dml.results import RowResult
from adapters.sandbox.salesforce.dml.updating import update
from adapters.sandbox.salesforce.dml.upserting import upsert

__all__ = [
    "ConvertResult",
    "RowResult",
    "Rule",
    "convert_lead",
    "delete",
    "deleted_between",
    "insert",
    "merge",
    "purge",
    "undelete",
    "update",
    "upsert",
]
