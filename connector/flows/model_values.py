"""The single values of a model's text by path, as the inputs of a form show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from connector.flows.model_parts import criterion_places
from mappings.splicing import YamlText

GROUPS = ("fit", "engagement", "negative")
_CRITERION = ("group", "text", "points", "why", "count", "times", "up_to", "within_days")
_HAND_RAISER = ("within_days", "at_least", "text")


def values(text: str) -> Mapping[str, str]:
    """Every value that an input can hold, by its path; empty where the model says nothing.

    Raises `yaml.YAMLError` when it is not readable YAML.
    """
    return dict(_values(YamlText(text)))


def values_or_none(text: str) -> Mapping[str, str] | None:
    """The same, or None when the text is no readable YAML."""
    try:
        return values(text)
    except yaml.YAMLError:
        return None


def _values(made: YamlText) -> Iterator[tuple[str, str]]:
    root = _dict(made.value(()))
    for key in ("name", "description", "reset_days"):
        yield key, _word(root.get(key))
    yield "hysteresis", _word(root.get("hysteresis")) or "0"
    for stage in ("MQL", "SQL"):
        yield f"stages.{stage}", _word(_dict(root.get("stages")).get(stage))
    for group in GROUPS:
        yield f"caps.{group}", _word(_dict(root.get("caps")).get(group))
    for place, step in enumerate(_list(root.get("decay"))):
        for key in ("days", "percent"):
            yield f"decay.{place}.{key}", _word(_dict(step).get(key))
    yield from _hand_raiser(root.get("hand_raiser"))
    for name, territory in _dict(root.get("territories")).items():
        yield from _territory(name, _dict(territory))
    for line in _list(root.get("product_lines")):
        yield f"product_lines.{_dict(line).get('id')}.name", _word(_dict(line).get("name"))
    for name, path in criterion_places(made).items():
        yield from _criterion(name, made.value(path))


def _hand_raiser(block: Any) -> Iterator[tuple[str, str]]:
    yield "hand_raiser.on", "yes" if block else "no"
    if block:
        yield "hand_raiser.activity", ", ".join(_list(_dict(block).get("activity")))
        for key in _HAND_RAISER:
            yield f"hand_raiser.{key}", _word(_dict(block).get(key))


def _territory(name: str, block: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("states", "zip_prefixes"):
        yield f"territories.{name}.{key}", ", ".join(_list(block.get(key)))
    counties = (f"{state}: {', '.join(_list(names))}" for state, names in _dict(block.get("counties")).items())
    yield f"territories.{name}.counties", "\n".join(counties)


def _criterion(name: str, block: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in _CRITERION:
        yield f"criteria.{name}.{key}", _word(block.get(key))
    if "activity" in block:
        yield f"criteria.{name}.activity", ", ".join(_list(block["activity"]))
    for place, band in enumerate(_list(block.get("bands"))):
        yield f"criteria.{name}.bands.{place}.points", _word(_dict(band).get("points"))


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value] if value else []


def _word(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
