"""What happened to a record, told to whoever listens after the commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["created", "updated", "deleted", "undeleted", "merged", "converted"]


@dataclass(frozen=True, slots=True)
class Change:
    """One record's change. `fields` are the names of those whose values differ, on an update."""

    sobject: str
    id: str
    kind: Kind
    fields: frozenset[str] = field(default_factory=frozenset)
    user_id: str = ""
