"""Noticing that the properties of an account changed since a mapping was bound to them."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.contract import CrmField
from connector.core.mapping.binding import not_written, not_written_everywhere, plain
from connector.core.mapping.bound import BoundMapping
from connector.core.mapping.fields import BoundField
from connector.core.types import Problem


def drift(bound: BoundMapping, live_fields: Sequence[CrmField]) -> list[Problem]:
    """What changed in the account since it was bound: properties that are gone, hidden or have another type.

    A score field that is gone is blocking: the CRM would refuse every row that names it.
    """
    live = {field.name: field for field in live_fields}
    read = [problem for field in bound.fields for problem in _drifted(field, live.get(field.property))]
    gone = [name for name in bound.writes.values() if name not in live]
    written = [_written_field_gone(name) for name in gone] + not_written_everywhere(bound, live)
    return read + written + not_written(bound.unwritten, live)


def _drifted(field: BoundField, live: CrmField | None) -> list[Problem]:
    which = f"{field.label} ({field.property}), which gives {field.name},"
    if live is None:
        text = f"{which} is not there any more, or is hidden from us."
        mend = "Restore it in the CRM or let the integration user read it, or connect again to map another."
        return [Problem(field.name, text, mend, blocking=False)]
    if kinds := " and ".join(kind for kind in live.missing_on if kind not in field.missing_on):
        text = f"{which} is not visible on {kinds} any more, so it counts as not known there."
        mend = f"Give the integration user read access to it on {kinds} in the CRM, or connect again to do without."
        return [Problem(field.name, text, mend, blocking=False)]
    if live.type is not field.type:
        was, now = plain(field.type), plain(live.type)
        text = f"{which} was a {was} property and is now {now}."
        return [Problem(field.name, text, "Connect again to read it by its new type.", blocking=False)]
    return []


def _written_field_gone(name: str) -> Problem:
    text = f"The score field {name} is not there any more, or is hidden from us, so scores cannot be written."
    mend = "Restore it in the CRM or let the integration user edit it, or run `leadtier connect` again to create it."
    return Problem(name, text, mend)
