"""Creating score fields from the mapping page: one, or all that are missing, under the names of the draft."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.contract import AdapterError, FieldOutcome, FieldState
from connector.core.mapping import wanted_fields
from connector.flows.account_look import UNFIT
from connector.flows.actors import Actor
from connector.flows.mapping_drafts import open_draft
from connector.flows.services import Refused, Services
from connector.store import audit
from connector.store import leads as lead_rows
from connector.store.database import Scope
from connector.store.sealing import SealBroken


def create(svc: Services, scope: Scope, actor: Actor, name: str = "") -> Sequence[FieldOutcome]:
    """Creates the score field of that full name, or all that are missing; what became of each.

    Nothing is written to them before a mapping is published that knows them. Raises `Refused` with the CRM's sentence,
    also where it did not create what was asked for.
    """
    mapping = open_draft(svc, scope).mapping
    group = mapping.score_fields.group
    wanted = [field for field in wanted_fields(mapping) if name in ("", field.name)]
    try:
        made = svc.account(scope).ensure_fields(group.name, group.label, wanted)
    except AdapterError as error:
        raise Refused(error.admin) from error
    except SealBroken as error:
        raise Refused(str(error)) from error
    svc.looks.forget(scope)
    created = [field.name for field in made if field.state is FieldState.CREATED]
    if created:
        with svc.store.write() as conn:
            # A namesake may have held what we wrote; this one is empty.
            lead_rows.forget_written(conn, scope)
            audit.record(conn, scope.tenant_id, actor.email, "create score fields", ", ".join(created), svc.now())
    if refused := [f"{field.name}: {field.message}" for field in made if field.state in UNFIT]:
        raise Refused(" ".join(refused))
    return made
