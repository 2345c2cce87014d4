"""The rules of associations: which type id joins which kinds, and what a label brings with it.

Docs: "Associate records".
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from adapters.sandbox.hub import hub
from adapters.sandbox.hubspot.answers import mapping_in, mappings_in
from adapters.sandbox.hubspot.common import find_live, number_of
from adapters.sandbox.hubspot.errors import invalid
from adapters.sandbox.hubspot.kinds import KINDS, Kind
from adapters.sandbox.tables.associations import DEFAULT_TYPES, PRIMARY_TYPES, Tie

_OWN_LABEL = "USER_DEFINED"
_KIND_BY_TYPE = {
    (start, type_id): KINDS[end] for table in (DEFAULT_TYPES, PRIMARY_TYPES) for (start, end), type_id in table.items()
}


def default_type(start: Kind, end: Kind) -> int:
    """The type id of the unlabelled tie. Raises a 400 for kinds that cannot be tied."""
    found = DEFAULT_TYPES.get((start.name, end.name))
    if found is None:
        raise invalid(f"Association between {start.type_id} and {end.type_id} is not supported")
    return found


def tie_of_type(start: Kind, end: Kind, from_id: int, to_id: int, given: Mapping[str, Any]) -> Tie:
    """The tie a caller describes by category and type id. Raises a 400 when there is no such type between the kinds."""
    category, type_id = given.get("associationCategory"), number_of(given.get("associationTypeId"))
    custom = category == _OWN_LABEL
    known: Container[int | None] = _own_labels(start, end) if custom else _defined(start, end)
    if type_id is None or type_id not in known:
        raise invalid(
            f"Invalid associationTypeId {given.get('associationTypeId')} from {start.type_id} to {end.type_id} "
            f"in category {category}"
        )
    return Tie(start.number, end.number, from_id, to_id, type_id, int(custom))


def with_unlabelled(start: Kind, end: Kind, tie: Tie) -> list[Tie]:
    """A tie and the unlabelled one that stands beside every label."""
    return [tie, tie._replace(type_id=default_type(start, end), custom=0)]


def ties_to_create(kind: Kind, given: Sequence[Mapping[str, Any]]) -> list[Tie]:
    """The ties of a record that is being created (its own id still 0). Raises a 400 for a target that is not there."""
    ties: list[Tie] = []
    for one in given:
        target = str(mapping_in(one, "to").get("id"))
        for spec in mappings_in(one, "types"):
            end = _end(kind, spec)
            if target not in find_live(end, [target]):
                raise invalid(f"{end.singular.upper()}={target} is not valid", ids=[target])
            tie = tie_of_type(kind, end, 0, int(target), spec)
            ties += with_unlabelled(kind, end, tie)
    return list(dict.fromkeys(ties))


def shown_type(start: Kind, end: Kind, tie: Tie) -> dict[str, Any]:
    """A tie's type as the v4 API shows it."""
    if tie.custom:
        label = _own_labels(start, end).get(tie.type_id)
        return {"category": _OWN_LABEL, "typeId": tie.type_id, "label": label}
    primary = PRIMARY_TYPES.get((start.name, end.name)) == tie.type_id
    return {"category": "HUBSPOT_DEFINED", "typeId": tie.type_id, "label": "Primary" if primary else None}


def _defined(start: Kind, end: Kind) -> set[int | None]:
    pair = (start.name, end.name)
    return {DEFAULT_TYPES.get(pair), PRIMARY_TYPES.get(pair)} - {None}


def _own_labels(start: Kind, end: Kind) -> dict[int, str]:
    return hub().store.associations.labels(start, end)


def _end(start: Kind, given: Mapping[str, Any]) -> Kind:
    """The kind at the other end: the type id alone says it."""
    type_id = number_of(given.get("associationTypeId")) or 0
    if given.get("associationCategory") == _OWN_LABEL:
        for kind in KINDS.values():
            if type_id in _own_labels(start, kind):
                return kind
    found = _KIND_BY_TYPE.get((start.name, type_id))
    if found is None:
        raise invalid(f"Invalid associationTypeId {type_id} from {start.type_id}")
    return found
