"""The lead assignment rule, which runs on every create and update unless it is told not to.

Fact: REST API Guide, "Assignment Rule Header": Sforce-Auto-Assign is TRUE when absent, on update, too.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.sandbox.salesforce.dml.work import Draft, Work

_ACTIVE = 'SELECT 1 FROM "AssignmentRule" WHERE "SobjectType" = \'Lead\' AND "Active" = 1'


def assign(work: Work, sobject: str, drafts: Iterable[Draft]) -> None:
    """Gives leads to the owner the active rule names, whatever owner the caller asked for."""
    owner = work.org.settings.lead_assignment_owner
    if sobject != "Lead" or not work.auto_assign or owner is None:
        return
    if work.connection.execute(_ACTIVE).fetchone():
        for draft in drafts:
            draft.after["OwnerId"] = owner
