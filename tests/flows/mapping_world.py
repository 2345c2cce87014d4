"""An agency whose field mapping is edited: a CRM in memory with what the required fields need, and two admins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from adapters.contract import Choice, CrmField, FieldType
from connector.flows.actors import Actor, Role
from connector.flows.mapping_drafts import edit, open_draft
from connector.flows.mapping_versions import publish
from connector.flows.services import Services
from connector.store.database import Scope
from tests.flows.conftest import World
from tests.flows.crm import Crm

ANA = Actor(1, "ana@agency.example", "Ana", Role.ADMIN)
BEN = Actor(2, "ben@agency.example", "Ben", Role.ADMIN)
NONE = {f"field.{name}.none": "1" for name in ("employer_size", "owner_id")}
"""What the in-memory CRM has not, and the starter model or every score asks for."""
PETS: Mapping[str, str] = {"new.label": "Pets", "new.type": "number", "new.from": "pets", "new.unit": "animals"}


def house(path: Path) -> World:
    """A world with properties beyond those the shipped mapping names."""
    world = World(Crm().book(), path / "world.db")
    more = [
        CrmField("pets", "Pets at home", FieldType.NUMBER),
        CrmField("client_age", "Client age", FieldType.TEXT),
        CrmField("religion", "Religion", FieldType.TEXT),
        CrmField("line", "Line", FieldType.CHOICE, choices=(Choice("u", "Umbrella cover"), Choice("t", "Term Life"))),
    ]
    world.crm.fields |= {field.name: field for field in more}
    return world


def save(svc: Services, scope: Scope, edits: Mapping[str, str], actor: Actor = ANA) -> int:
    """Saves these edits into the draft; its edition."""
    return edit(svc, scope, actor, open_draft(svc, scope).edition, edits).edition


def publish_edits(svc: Services, scope: Scope, edits: Mapping[str, str], actor: Actor = ANA) -> int:
    """Saves these edits, with an answer for what the CRM does not keep, and publishes; the version."""
    answered = {spec.name for spec in open_draft(svc, scope).mapping.fields if spec.confirmed}
    missing = {path: value for path, value in NONE.items() if path.split(".")[1] not in answered}
    return publish(svc, scope, actor, save(svc, scope, {**missing, **edits}, actor))
