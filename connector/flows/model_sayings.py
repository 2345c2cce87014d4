"""The parts of a model's text as sentences. Parts come as texts, lists and dicts, as `YamlText` shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.core.vocabulary import Vocabulary
from mappings.writing import flow

Part = Mapping[str, Any]
_COMPARED = {
    "contains": "contains {}",
    "starts_with": "starts with {}",
    "in": "is {}",
    "not_in": "is not {}",
}


def title(criterion: Part | None, vocabulary: Vocabulary) -> str:
    """What a criterion is called: what the rep reads, else what the lead did, else its id."""
    if not criterion:
        return ""
    if text := criterion.get("text"):
        return str(text)
    if kinds := _list(criterion.get("activity")):
        return _either([_kind(kind, vocabulary) for kind in kinds])
    return _spoken(str(criterion.get("id", ""))).capitalize()


def say_rule(criterion: Part, vocabulary: Vocabulary) -> str:
    """When a criterion is met: ``Requested a quote, within 90 days``."""
    if "activity" in criterion:
        return _say_counting(criterion, vocabulary)
    if "bands" in criterion:
        bands = (f"{say_band(band)} ({band.get('points')})" for band in criterion["bands"])
        return f"{_spoken(criterion.get('field') or '').capitalize()}: {', '.join(bands)}"
    said = say_condition(criterion.get("when"))
    return said[:1].upper() + said[1:]


def _say_counting(criterion: Part, vocabulary: Vocabulary) -> str:
    said = _either([_kind(kind, vocabulary) for kind in _list(criterion["activity"])])
    match criterion.get("count") or "once":
        case "each":
            said += f", each time, up to {criterion.get('up_to')}"
        case "at_least":
            said += f", at least {criterion.get('times')} times"
        case "in_one_campaign":
            said += f", {criterion.get('times')} times in one campaign"
    if criterion.get("within_days"):
        said += f", within {criterion['within_days']} days"
    return said + (f"; or {say_condition(criterion['or_when'])}" if criterion.get("or_when") else "")


def say_condition(condition: Any) -> str:
    """A condition: ``age is 25 to 60 and in the territory ours``."""
    if not isinstance(condition, dict):
        return ""
    if "field" in condition:
        return _say_field(condition)
    head = next(iter(condition), "")
    inner = condition.get(head)
    match head:
        case "all" | "any":
            parts = [say_condition(part) for part in _list(inner)]
            return f" {'and' if head == 'all' else 'or'} ".join(
                f"({part})" if " and " in part or " or " in part else part for part in parts
            )
        case "not":
            return f"not {say_condition(inner)}"
        case "territory":
            return f"in the territory {inner}" if isinstance(inner, str) else f"in {say_territory(inner)}"
        case _:
            return flow(condition)


def _say_field(condition: Part) -> str:
    name = _spoken(str(condition["field"]))
    if "is" in condition:
        return name if condition["is"] == "true" else f"not {name}"
    if "known" in condition:
        return f"{name} is {'known' if condition['known'] == 'true' else 'not known'}"
    if "days_ahead" in condition:
        return f"{name} lies {' to '.join(_list(condition['days_ahead']))} days ahead"
    said = [f"is {say_band(condition)}"] if say_band(condition) else []
    said += [
        sentence.format(_either([_spoken(word) for word in _list(condition[key])]))
        for key, sentence in _COMPARED.items()
        if key in condition
    ]
    return f"{name} {' and '.join(said)}"


def say_band(part: Part) -> str:
    """Bounds of a number: ``25 to 60``, ``at least 150,000 and below 400,000``."""
    said = [" to ".join(map(_amount, _list(part["between"])))] if "between" in part else []
    said += [f"{_spoken(key)} {_amount(part[key])}" for key in ("at_least", "at_most", "below") if key in part]
    return " and ".join(said)


def _amount(text: str) -> str:
    """A number with thousands marked; what is none as it is."""
    return f"{int(text):,}" if text.isascii() and text.isdigit() else text


def say_territory(territory: Any) -> str:
    """``TX, FL; Harris, Travis in TX; ZIP codes from 770``."""
    if not isinstance(territory, dict):
        return ""
    said = [", ".join(_list(territory.get("states")))]
    said += [f"{', '.join(_list(names))} in {state}" for state, names in (territory.get("counties") or {}).items()]
    said.append(f"ZIP codes from {', '.join(prefixes)}" if (prefixes := _list(territory.get("zip_prefixes"))) else "")
    return "; ".join(filter(None, said))


def say_decay(steps: Sequence[Part]) -> str:
    """``20 % after 30 quiet days, 50 % after 60``."""
    return ", ".join(f"{step.get('percent')} % after {step.get('days')} quiet days" for step in steps) or "none"


def say_hand_raiser(rule: Part | None, vocabulary: Vocabulary) -> str:
    """``Requested a quote: at least SQL for 3 days``."""
    if not rule:
        return "off"
    kinds = _either([_kind(kind, vocabulary) for kind in _list(rule.get("activity"))])
    unless = f", unless {say_condition(rule['unless'])}" if rule.get("unless") else ""
    return f"{kinds}: at least {rule.get('at_least')} for {rule.get('within_days')} days{unless} (“{rule.get('text')}”)"


def _kind(name: str, vocabulary: Vocabulary) -> str:
    return vocabulary.kinds[name].text if name in vocabulary.kinds else _spoken(name)


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _either(words: Sequence[str]) -> str:
    """``a, b or c``; those behind the first begin small, because they stand inside the sentence."""
    first, *rest = words or [""]
    small = [word[:1].lower() + word[1:] if word[1:2].islower() else word for word in rest]
    return f"{', '.join([first, *small[:-1]])} or {small[-1]}" if small else first


def _list(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [value] if isinstance(value, str) else []
