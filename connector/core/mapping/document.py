"""A bound mapping as a JSON document and back, because the connection stores what it published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from adapters.contract import FieldType
from connector.core.mapping.bound import BoundMapping
from connector.core.mapping.crm_mapping import (
    ActivityMap,
    Condition,
    CounterSignal,
    DatedSignal,
    FieldMap,
    Rule,
    Signals,
    SwitchSignal,
)
from connector.core.mapping.fields import BoundField

_VERSION = 1


def to_document(bound: BoundMapping) -> dict[str, Any]:
    """The mapping as JSON types. `from_document` gives it back equal."""
    return {
        "version": _VERSION,
        "crm": bound.crm,
        "fields": [asdict(field) for field in bound.fields],
        "activities": [asdict(type_map) for type_map in bound.activities],
        "signals": asdict(bound.signals),
        "writes": dict(bound.writes),
        "unwritten": list(bound.unwritten),
        "clears": dict(bound.clears),
        "changed_by": bound.changed_by,
        "custom": bound.custom,
    }


def from_document(document: Mapping[str, Any]) -> BoundMapping:
    """The mapping a document of `to_document` holds. Raises `ValueError` when it is none of ours."""
    if document.get("version") != _VERSION:
        raise ValueError("This connection's field mapping was stored by another version; connect again to renew it.")
    try:
        return BoundMapping(
            crm=document["crm"],
            fields=tuple(map(_field, document["fields"])),
            activities=tuple(map(_activities, document["activities"])),
            signals=_signals(document["signals"]),
            writes=document["writes"],
            unwritten=tuple(document.get("unwritten", ())),  # not kept before Salesforce came
            clears=document.get("clears", {}),  # nor these before flags were answered
            changed_by=document.get("changed_by", ""),
            custom=document.get("custom", {}),  # nor these before agencies had fields of their own
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("This connection's field mapping is damaged; connect again to renew it.") from error


def _field(part: dict[str, Any]) -> BoundField:
    candidates = {"candidates": tuple(part["spec"]["candidates"])}
    read = {
        "spec": FieldMap(**part["spec"] | candidates),
        "type": FieldType(part["type"]),
        "missing_on": tuple(part.get("missing_on", ())),  # not kept at first
    }
    return BoundField(**part | read)


def _activities(part: Mapping[str, Any]) -> ActivityMap:
    return ActivityMap(part["type"], _rules(part["rules"]), part["otherwise"])


def _rules(parts: list[Mapping[str, Any]]) -> tuple[Rule, ...]:
    return tuple(Rule(part["kind"], tuple(map(_condition, part["when"])), part["at"]) for part in parts)


def _condition(part: Mapping[str, Any]) -> Condition:
    return Condition(part["property"], tuple(part["patterns"]))


def _signals(part: Mapping[str, Any]) -> Signals:
    return Signals(
        dated=tuple(map(_dated, part["dated"])),
        switches=tuple(SwitchSignal(**switch | {"at": tuple(switch["at"])}) for switch in part["switches"]),
        counters=tuple(CounterSignal(**counter) for counter in part["counters"]),
    )


def _dated(part: Mapping[str, Any]) -> DatedSignal:
    sources = tuple((at, text) for at, text in part["sources"])
    return DatedSignal(part["name"], sources, _rules(part["rules"]), part["otherwise"])
