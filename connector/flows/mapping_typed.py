"""The draft of a field mapping as a form shows it, not saved: what the seeing half of the page works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import mappings
from connector.core.mapping import MappingRefused
from connector.flows.mapping_drafts import MappingDraft, as_draft, edited, open_draft
from connector.flows.mapping_edits import EditRefused, form_edits
from connector.flows.services import Refused, Services
from connector.store.connections import Connection
from connector.store.database import Scope


@dataclass(frozen=True, slots=True)
class Typed:
    """A draft with what the form says."""

    connection: Connection
    draft: MappingDraft | None
    """None where what was typed, or saved, is no mapping."""
    refused: str = ""
    """Why not, in sentences."""


def typed(svc: Services, scope: Scope, form: Mapping[str, str]) -> Typed:
    """The saved draft with the changes of a form. Raises `LookupError` when the tenant has no such connection."""
    connection = svc.connection(scope)
    try:
        draft = open_draft(svc, scope)
        text = edited(draft, _edits(form))
        return Typed(connection, draft if text == draft.text else as_draft(svc, scope, text))
    except EditRefused as error:
        return Typed(connection, None, f"This is no mapping yet. {error}")
    except (MappingRefused, mappings.DocumentError) as error:
        return Typed(connection, None, f"The saved draft is no mapping any more. {error}")
    except Refused as error:
        return Typed(connection, None, str(error))


def _edits(form: Mapping[str, str]) -> dict[str, str]:
    """What was changed. Inputs for new rows count once their button is pressed."""
    edits = form_edits(form)
    return {path: value for path, value in edits.items() if not path.startswith("new.") and ".new." not in path}
