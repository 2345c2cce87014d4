"""Engagement a CRM keeps on the contact itself, as activities with ids that never change.

A record shows only the newest state, so every sync may add acts and never takes one back: the store keeps the first
sighting of each id. What that costs in exactness is told in docs/mapping.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from adapters.contract import Record
from connector.core.mapping.activities import MappedActivity, judge
from connector.core.mapping.crm_mapping import CounterSignal, DatedSignal, Signals, SwitchSignal
from connector.core.mapping.transforms import read_boolean, read_number, read_text, read_time

_Properties = Mapping[str, str | None]
SignalReader = Callable[[Record], Iterator[MappedActivity]]


def signal_readers(signals: Signals) -> tuple[SignalReader, ...]:
    """One reader per signal."""
    dated = [_dated(signal) for signal in signals.dated]
    switches = [_switch(signal) for signal in signals.switches]
    return (*dated, *switches, *(_counter(signal) for signal in signals.counters))


def _dated(signal: DatedSignal) -> SignalReader:
    verdict = judge(signal.rules, signal.otherwise, ("",))

    def read(record: Record) -> Iterator[MappedActivity]:
        seen = set()
        for time_property, text_property in signal.sources:
            at = _time(record.properties, time_property)
            if at is not None:
                kind = verdict(((record.properties.get(text_property) or "")[:500],)).kind
                source_id = f"signal:{signal.name}:{_iso(at)}:{kind}"
                if source_id not in seen:
                    seen.add(source_id)
                    yield MappedActivity(source_id, kind, at)

    return read


def _switch(signal: SwitchSignal) -> SignalReader:
    def read(record: Record) -> Iterator[MappedActivity]:
        if read_boolean(record.properties.get(signal.when) or ""):
            at = _first_time(record, signal.at)
            if at is not None:
                yield MappedActivity(f"signal:{signal.name}", signal.kind, at)

    return read


def _first_time(record: Record, properties: tuple[str, ...]) -> int | None:
    times = (_time(record.properties, name) for name in properties)
    fallback = record.updated_at or record.created_at
    return next((at for at in times if at is not None), int(fallback.timestamp()) if fallback else None)


def _counter(signal: CounterSignal) -> SignalReader:
    def read(record: Record) -> Iterator[MappedActivity]:
        count = _count(record.properties.get(signal.count))
        last = _time(record.properties, signal.last) if count else None
        if last is None:
            return
        first = _time(record.properties, signal.first)
        campaign = read_text(record.properties.get(signal.campaign) or "") or ""
        for number in range(max(1, count - signal.keep + 1), count + 1):
            source_id = f"signal:{signal.name}:{number}"
            if number == 1 and count > 1 and first is not None:
                yield MappedActivity(source_id, signal.kind, first)
            else:
                yield MappedActivity(source_id, signal.kind, last, campaign)

    return read


def _count(raw: str | None) -> int:
    number = read_number(raw) if raw else None
    return int(number) if number and number > 0 else 0


def _time(properties: _Properties, name: str) -> int | None:
    raw = properties.get(name) if name else None
    return read_time(raw) if raw else None


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
