"""A mapping bound to one account: which live property fills each field. Stored with the connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from connector.core.mapping.activities import TypeReader
from connector.core.mapping.crm_mapping import ActivityMap, Signals
from connector.core.mapping.fields import BoundField, reader
from connector.core.mapping.signals import SignalReader, signal_readers
from connector.core.mapping.transforms import Read


@dataclass(frozen=True)
class BoundMapping:
    """What `bind` made of a mapping file and the live properties of an account."""

    crm: str
    fields: tuple[BoundField, ...]
    activities: tuple[ActivityMap, ...]
    signals: Signals
    """Only those whose properties exist."""
    writes: Mapping[str, str]
    """Our live property for each value we write, see `score_fields.WRITABLE`."""
    unwritten: tuple[str, ...] = ()
    """Properties of ours that were missing or read-only when it was bound, so that nothing is written there."""
    clears: Mapping[str, str] = field(default_factory=dict)
    """The live property of ``flag`` and ``flag_note`` where it may be emptied once the flag is answered."""
    changed_by: str = ""
    """The live property that says who changed a record last; never part of a lead's inputs."""
    custom: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The agency's own fields, see `CrmMapping`."""

    @cached_property
    def properties(self) -> tuple[str, ...]:
        """Every property to ask the CRM for, each once, in a stable order."""
        names = [bound.property for bound in self.fields]
        whose = [self.changed_by] if self.changed_by else []
        return tuple(dict.fromkeys([*names, *self.signals.properties(), *whose]))

    @cached_property
    def readers(self) -> tuple[tuple[str, str, Read, BoundField], ...]:
        """Canonical name, property, reading function and origin of every field; made once, used for every record."""
        return tuple((bound.name, bound.property, reader(bound), bound) for bound in self.fields)

    @cached_property
    def type_readers(self) -> Mapping[str, TypeReader]:
        """The compiled rules by vendor type."""
        return {type_map.type: TypeReader(type_map) for type_map in self.activities}

    @cached_property
    def signal_readers(self) -> tuple[SignalReader, ...]:
        """The compiled signals."""
        return signal_readers(self.signals)
