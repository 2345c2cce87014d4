"""Reading conditions: ``{field: age, between: [25, 60]}``, ``{territory: home}``, and ``all``, ``any`` and ``not``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, nextafter

from connector.core.mapping.transforms import read_state
from connector.core.model.conditions import (
    AllOf,
    AnyOf,
    Condition,
    DaysAhead,
    Is,
    Known,
    Not,
    NumberIn,
    StartsWith,
    WordHas,
    WordIn,
)
from connector.core.model.reading import block, listing, number, truth, words
from connector.core.nodes import Node, did_you_mean, quoted
from connector.core.protected import judge
from connector.core.states import STATES
from connector.core.vocabulary import FieldKind, FieldSpec, Vocabulary

HEADS = ("field", "territory", "all", "any", "not")
RANGE = ("between", "at_least", "at_most", "below")
OPERATORS: Mapping[FieldKind, tuple[str, ...]] = {
    FieldKind.NUMBER: RANGE,
    FieldKind.BOOLEAN: ("is",),
    FieldKind.DATE: ("days_ahead",),
    FieldKind.TEXT: ("in", "not_in", "contains"),
    FieldKind.CHOICE: ("in", "not_in"),
    FieldKind.STATE: ("in", "not_in"),
    FieldKind.ZIP: ("in", "not_in", "starts_with"),
}
KNOWN = "known"
"""What any field may be asked: whether it says anything."""
_NOTHING = AllOf(())


@dataclass(frozen=True, slots=True)
class Context:
    """What names in a model may refer to."""

    vocabulary: Vocabulary
    territories: dict[str, Condition] = field(default_factory=dict)


def read_condition(node: Node, context: Context) -> Condition:
    """A condition of any kind."""
    if not isinstance(node.value, dict):
        node.refuse("A condition was expected here.", "Write it as `{field: age, between: [25, 60]}`.")
        return _NOTHING
    heads = [head for head in HEADS if head in node.value]
    if len(heads) != 1:
        _refuse_heads(node, heads)
        return _NOTHING
    if heads[0] == "field":
        return _field_condition(node, context.vocabulary)
    node.only(heads[0])
    return _compound(node.get(heads[0]), heads[0], context)


def _compound(node: Node, head: str, context: Context) -> Condition:
    match head:
        case "all":
            return AllOf(_parts(node, context))
        case "any":
            return AnyOf(_parts(node, context))
        case "not":
            return Not(read_condition(node, context))
        case _:
            return _named_territory(node, context)


def _refuse_heads(node: Node, heads: list[str]) -> None:
    keys = [str(key) for key in node.value] if isinstance(node.value, dict) else []
    if heads:
        node.refuse(
            f"A condition has only one of {listing(heads)}.", "Make them two conditions under `all:` or `any:`."
        )
        return
    typo = next((key for key in keys if did_you_mean(key, HEADS).startswith("Did")), None)
    mend = did_you_mean(typo, HEADS) if typo else f"Start it with {listing(HEADS)}."
    node.refuse(f"This condition says nothing that is known: {', '.join(keys) or 'it is empty'}.", mend)


def _parts(node: Node, context: Context) -> tuple[Condition, ...]:
    parts = tuple(read_condition(part, context) for part in node.each())
    if not parts:
        node.refuse(f"`{node.path[-1]}` needs conditions.", "List at least one below it, each starting with a dash.")
    return parts


# ------------------------------------------------------------------------------------------------------------- fields


def read_field(node: Node, vocabulary: Vocabulary) -> FieldSpec | None:
    """A field that a model may use, or None after noting why not."""
    name = node.text()
    spec = vocabulary.fields.get(name)
    if judge(name).refused:
        node.refuse(f"People may not be scored by {name}.", "Remove it: it is a protected attribute.")
    elif spec is None:
        offered = [field.name for field in vocabulary.fields.values() if field.input and not field.outcome]
        node.refuse(f"There is no field {quoted(name)}.", did_you_mean(name, offered))
    elif spec.outcome:
        node.refuse(
            f"{name} is known only after selling, so a score made from it would predict itself.",
            "Use what is known before the sale.",
        )
    elif not spec.input:
        node.refuse(f"{name} is not for scoring: {spec.meaning.lower()}.", "Use another field.")
    else:
        return spec
    return None


def _field_condition(node: Node, vocabulary: Vocabulary) -> Condition:
    spec = read_field(node.get("field"), vocabulary)
    if spec is None:
        return _NOTHING
    operators = (*OPERATORS[spec.type], KNOWN)
    node.only("field", *operators)
    used = [key for key in operators if node.get(key).value is not None]
    if not used or (len(used) > 1 and (spec.type is not FieldKind.NUMBER or KNOWN in used)):
        node.refuse(f"{spec.name} needs one comparison.", f"Compare a {spec.type} field by {listing(operators)}.")
        return _NOTHING
    if used[0] == KNOWN:
        return Known(spec.name, truth(node.get(KNOWN)))
    if spec.type is FieldKind.NUMBER:
        return NumberIn(spec.name, *read_range(node))
    return _comparison(node.get(used[0]), used[0], spec)


def _comparison(node: Node, operator: str, spec: FieldSpec) -> Condition:
    match operator:
        case "is":
            return Is(spec.name, truth(node))
        case "days_ahead":
            return DaysAhead(spec.name, *_between(node))
        case "contains":
            return WordHas(spec.name, tuple(word.casefold() for word in words(node, "parts of the text")))
        case "starts_with":
            return StartsWith(spec.name, _digits(node))
        case _:
            known = frozenset(word.casefold() for word in _values(node, spec))
            return WordIn(spec.name, known, wanted=operator == "in")


def _values(node: Node, spec: FieldSpec) -> tuple[str, ...]:
    if spec.type is FieldKind.STATE:
        return _states(node)
    found = words(node, "values")
    for part in node.each() if spec.choices else ():
        part.one_of(spec.choices, f"a choice of {spec.name}")
    return found


def _states(node: Node) -> tuple[str, ...]:
    for part in node.each():
        code = part.text()
        if code not in STATES:
            meant = read_state(code)
            mend = f"Did you mean {meant!r}?" if meant else did_you_mean(code, (*STATES, *STATES.values()))
            part.refuse(f"{quoted(code)} is not the postal code of a US state.", mend)
    return words(node, "states by postal code, such as TX")


def _digits(node: Node) -> tuple[str, ...]:
    for part in node.each():
        if not (part.text().isdigit() and len(part.text()) <= 5):
            part.refuse(
                f"{quoted(part.value)} does not start a ZIP code.", 'Write its first digits in quotes, such as "770".'
            )
    return words(node, "the first digits of ZIP codes")


def read_range(node: Node) -> tuple[float, float]:
    """The bounds that ``between``, ``at_least``, ``at_most`` and ``below`` of this block give, both included."""
    if node.get("between").value is not None:
        low, high = _between(node.get("between"))
    else:
        low = number(node.get("at_least")) if node.get("at_least").value is not None else -inf
        high = number(node.get("at_most")) if node.get("at_most").value is not None else inf
        if node.get("below").value is not None:
            high = min(high, nextafter(number(node.get("below")), -inf))
    if low == -inf and high == inf:
        node.refuse("A range needs a bound.", f"Add {listing(RANGE)}.")
    elif low > high:
        node.refuse("No number lies in this range.", "Write the smaller number first.")
    return low, high


def _between(node: Node) -> tuple[float, float]:
    parts = list(node.each())
    if len(parts) != 2:
        node.refuse(f"{node.path[-1]} needs two numbers.", "Write it as `[25, 60]`; both numbers count as inside.")
        return 0.0, 0.0
    low, high = number(parts[0]), number(parts[1])
    if low > high:
        node.refuse("No number lies in this range.", "Write the smaller number first.")
    return low, high


# ---------------------------------------------------------------------------------------------------------- territory


def read_territory(node: Node) -> Condition:
    """A territory: any of its states, of its counties by state, or of its ZIP prefixes."""
    if not block(node, ("states", "counties", "zip_prefixes")):
        return _NOTHING
    parts: list[Condition] = []
    if node.get("states").value is not None:
        parts.append(_in_states(node.get("states")))
    for state, counties in node.get("counties").items():
        known = frozenset(name.casefold() for name in words(counties, "counties of this state"))
        here = _in_states(Node([state], counties.path[:-1], counties.faults))
        parts.append(AllOf((here, WordIn("county", known))))
    if node.get("zip_prefixes").value is not None:
        parts.append(StartsWith("zip", _digits(node.get("zip_prefixes"))))
    if not parts:
        node.refuse("A territory needs states, counties or zip_prefixes.", "Add `states: [TX, FL]`.")
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _in_states(node: Node) -> WordIn:
    return WordIn("state", frozenset(state.casefold() for state in _states(node)))


def _named_territory(node: Node, context: Context) -> Condition:
    if isinstance(node.value, dict):
        return read_territory(node)
    name = node.one_of(context.territories, "a territory of this file") if context.territories else node.text()
    if not context.territories:
        node.refuse(f"The territory {quoted(name)} is not described.", "Describe it under `territories:` at the top.")
    return context.territories.get(name, _NOTHING)
