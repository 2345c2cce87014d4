"""Fields and objects hidden on demand (the faults ``field_hidden`` and ``object_hidden``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.sandbox.salesforce.view import EVERYTHING

if TYPE_CHECKING:
    from adapters.sandbox.salesforce.hub import SalesforceHub


def hide_on_demand(hub: SalesforceHub) -> None:
    """Brings what the org hides in line with the faults switched on at this moment."""
    wanted = {
        (str(fault.parameters.get("sobject")), str(fault.parameters.get("field", EVERYTHING)))
        for kind in ("field_hidden", "object_hidden")
        for fault in hub.faults.standing(kind)
    }
    if wanted != hub.hidden_by_faults:
        hub.org.hidden -= hub.hidden_by_faults - wanted
        hub.org.hidden |= wanted
        hub.hidden_by_faults = wanted
