"""What is allowed in a model but hardly meant, said before it is published.

`parse_model` refuses what is wrong; this finds what surprises: a stage that nobody reaches, an act that counts twice, a
criterion that says nothing about this agency's leads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Protocol

from connector.core.cards import Tally
from connector.core.model import Counting, Criterion, Model, ProductLine
from connector.core.patterns import Reach, reach
from connector.core.protected import PROXIES
from connector.core.types import Problem, Stage
from connector.core.vocabulary import Vocabulary

RARE = 0.1
"""A stage reached by fewer patterns than this share is pointed out."""
ENOUGH_LEADS = 50
"""From so many leads on, a sample says something about a criterion."""
MOSTLY = 0.5
_AGE_IS_DELICATE = ("personal_auto", "home")


class Sample(Protocol):
    """How a model did on some of the tenant's leads: `Cards` of them, or the `Standing` of a whole book."""

    def __len__(self) -> int: ...

    def tallies(self) -> Mapping[str, Tally]:
        """How each criterion did, by its id."""
        ...

    def empty_fields(self) -> Mapping[str, Tally]:
        """Of how many leads each field that criteria read is known, by its name."""
        ...


def lint(model: Model, vocabulary: Vocabulary, sample: Sample | None = None) -> list[Problem]:
    """Everything worth a second look, in the order of the file; only what makes the model useless is blocking.

    `sample` is an evaluation of some of the tenant's leads with this very model.
    """
    found = [*_stages(model), *_overlaps(model, vocabulary), *_delicate_fields(model)]
    if sample is not None and len(sample) >= ENOUGH_LEADS:
        found += [*_idle_criteria(model, sample), *_empty_fields(sample)]
    return sorted(found, key=lambda problem: problem.line or 0)


# ------------------------------------------------------------------------------------------------------------- stages


def _stages(model: Model) -> Iterator[Problem]:
    for stage, score in ((Stage.MQL, model.mql), (Stage.SQL, model.sql)):
        lines_by_reach: dict[Reach, list[str]] = {}
        for line in model.product_lines:
            lines_by_reach.setdefault(reach(model, line, score), []).append(line.name)
        for found, lines in lines_by_reach.items():
            whose = "" if len(lines_by_reach) == 1 else f" for {', '.join(lines)}"
            if not found.reached:
                yield _unreachable(model, stage, score, whose)
            elif found.reached < RARE * found.patterns:
                yield Problem(
                    "stages",
                    f"Your {stage} line ({score}) is reachable by {_of(found)} patterns of good signs{whose}.",
                    f"Lower {stage}, give more points, or add a hand_raiser for those who ask to be called.",
                    blocking=False,
                )


def _unreachable(model: Model, stage: Stage, score: int, whose: str) -> Problem:
    raised = model.hand_raiser is not None and model.hand_raiser.at_least is Stage.SQL
    only = ", except by raising a hand" if raised else ""
    return Problem(
        "stages",
        f"No pattern of good signs reaches your {stage} line ({score}){whose}{only}.",
        f"Lower {stage}, give more points, or raise the caps.",
        blocking=not raised,
    )


def _of(found: Reach) -> str:
    if found.patterns <= 4096:
        return f"{found.reached} of {found.patterns}"
    return f"{100 * found.reached / found.patterns:.2g} % of all"


# ----------------------------------------------------------------------------------------------------------- criteria


def _overlaps(model: Model, vocabulary: Vocabulary) -> Iterator[Problem]:
    pairs = {}
    for line in model.product_lines:
        counting = [each for each in (*model.criteria, *line.criteria) if isinstance(each.rule, Counting)]
        pairs.update({(one.id, other.id): (one, other) for one, other in combinations(counting, 2)})
    for one, other in pairs.values():
        both = _kinds(one) & _kinds(other)
        if both and one.group is other.group:
            acts = ", ".join(kind for kind in vocabulary.kinds if kind in both)
            yield Problem(
                f"criterion {other.id}",
                f"{one.id} and {other.id} both count {acts}: one act gives points twice.",
                "Take it out of one of the two, unless you mean it.",
                other.line,
                blocking=False,
            )


def _kinds(criterion: Criterion) -> frozenset[str]:
    return criterion.rule.kinds if isinstance(criterion.rule, Counting) else frozenset()


def _delicate_fields(model: Model) -> Iterator[Problem]:
    """One problem a field, at the first criterion that reads it."""
    found: dict[str, Problem] = {}
    for place, criteria in model.criteria_by_line():
        line = None if place is None else model.product_lines[place]
        for criterion in criteria:
            for field in criterion.fields():
                if why := _delicate(field, line):
                    mend = "Keep its points low, and compare how the tiers fall for different groups of people."
                    problem = Problem(f"criterion {criterion.id}", f"{why}.", mend, criterion.line, blocking=False)
                    found.setdefault(field, problem)
    yield from found.values()


def _delicate(field: str, line: ProductLine | None) -> str | None:
    if field == "age" and line is not None and line.id in _AGE_IS_DELICATE:
        return f"Some states restrict age where {line.name.lower()} is concerned"
    return PROXIES.get(field)


# ------------------------------------------------------------------------------------------------------------- sample


def _idle_criteria(model: Model, sample: Sample) -> Iterator[Problem]:
    tallies = sample.tallies()
    for criterion in model.all_criteria():
        tally = tallies[criterion.id]
        if tally.asked < ENOUGH_LEADS or tally.unknown > MOSTLY * tally.asked or tally.met not in (0, tally.asked):
            continue
        how, mend = ("no", "Check its condition") if not tally.met else ("every", "It does not tell leads apart")
        yield Problem(
            f"criterion {criterion.id}",
            f"{criterion.id} is met by {how} one of {tally.asked} leads.",
            f"{mend}, or remove it.",
            criterion.line,
            blocking=False,
        )


def _empty_fields(sample: Sample) -> Iterator[Problem]:
    for field, tally in sample.empty_fields().items():
        if tally.asked >= ENOUGH_LEADS and tally.unknown > MOSTLY * tally.asked:
            yield Problem(
                f"field {field}",
                f"{field} is empty for {100 * tally.unknown // tally.asked} % of the leads that are asked for it.",
                "Map it to a property that is filled in, or do not give points for it.",
                blocking=False,
            )
