"""Writes refused on demand (the fault ``rows_rejected``), as an admin's validation rule would refuse them."""

from __future__ import annotations

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.errors import ApiError, ValueProblem, invalid, invalid_values


def refuse_on_demand(id: str) -> ApiError | None:
    """The refusal of a write to this record; None when it may go through."""
    for fault in hub().faults.standing("rows_rejected"):
        given = fault.parameters
        if id not in {str(each) for each in given.get("ids", ())}:
            continue
        hub().faults.use(fault)
        if given.get("whole_batch"):
            return invalid("There was a problem with the request.")
        name = given.get("property", "lastname")
        text = given.get("message", f'Property "{name}" is required by a rule of this account')
        problem = ValueProblem(given.get("code", "MISSING_REQUIRED_PROPERTY"), name, text)
        return invalid_values([problem], hub().settings.portal_id)
    return None


def names_no_row(id: str) -> bool:
    """Whether a write to this record spoils its whole batch without saying which row it was."""
    faults = hub().faults.standing("rows_rejected")
    return any(
        fault.parameters.get("whole_batch") and id in {str(each) for each in fault.parameters.get("ids", ())}
        for fault in faults
    )
