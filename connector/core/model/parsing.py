"""Reading a model document: every fault is found in one go and named with its line and its mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from connector.core.model.parsing_conditions import Context, read_condition, read_territory
from connector.core.model.parsing_criteria import MOST_DAYS, Criteria, read_kinds
from connector.core.model.reading import block, sentence, whole
from connector.core.model.shapes import (
    PRODUCT_INTEREST,
    Counting,
    DecayStep,
    HandRaiser,
    Model,
    ProductLine,
)
from connector.core.nodes import Faults, Node, Path, quoted
from connector.core.types import Group, Problem, Stage
from connector.core.vocabulary import Vocabulary

MOST_CRITERIA = 80
"""That one lead may meet: the shared ones and those of its product line."""
MOST_COUNTING = 60
"""Criteria that count activities, in the whole file."""
MOST_IN_FILE = 400
_KEYS = (
    "name", "description", "stages", "hysteresis", "territories", "caps", "decay", "reset_days", "hand_raiser",
    "criteria", "product_lines",
)  # fmt: skip


class ModelRefused(ValueError):
    """A model that cannot be used. `problems` holds every fault, each with its line and what to do."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"line {each.line}: {each.text} {each.mend}" for each in problems))
        self.problems = list(problems)


def parse_model(document: object, lines: Mapping[Path, int], vocabulary: Vocabulary) -> Model:
    """The model that a document describes. `lines` gives line numbers by path, as `mappings.read_document` does.

    Raises `ModelRefused` with every fault when there is one.
    """
    root = Node(document, (), Faults(lines))
    model = _model(root, vocabulary, lines) if _is_model(root) else None
    if root.faults.problems or model is None:
        raise ModelRefused(sorted(root.faults.problems, key=lambda problem: problem.line or 0))
    return model


def _is_model(root: Node) -> bool:
    """Whether the file could be a model at all; if not, what it reads as is noted and what a model starts with."""
    if isinstance(root.value, dict):
        return block(root, _KEYS)
    root.refuse(
        "The file is empty." if root.value is None else f"This is no model: it reads {quoted(root.value)}.",
        "A model file starts with `name:` and `stages:`; `leadtier models starter` prints one to start from.",
    )
    return False


def _model(root: Node, vocabulary: Vocabulary, lines: Mapping[Path, int]) -> Model:
    context = Context(vocabulary)
    for name, node in root.get("territories").items():
        context.territories[name] = read_territory(node)
    criteria = Criteria(context, lines)
    mql, sql = _stages(root.get("stages"))
    reset = root.get("reset_days")
    model = Model(
        name=sentence(root.get("name"), "what this model is called"),
        description=root.get("description").text().strip(),
        mql=mql,
        sql=sql,
        criteria=criteria.read(root.get("criteria")),
        product_lines=_product_lines(root.get("product_lines"), criteria),
        caps=_caps(root.get("caps")),
        decay=_decay(root.get("decay")),
        reset_days=None if reset.value is None else whole(reset, 1, MOST_DAYS, "after how many silent days it is 0"),
        hand_raiser=_hand_raiser(root.get("hand_raiser"), context),
        hysteresis=_hysteresis(root.get("hysteresis"), mql, sql),
    )
    _refuse_contradictions(root, model)
    _refuse_too_many(root, model)
    return model


def _stages(node: Node) -> tuple[int, int]:
    if not block(node, ("MQL", "SQL")):
        return 1, 100
    mql, sql = (whole(node.get(stage), 1, 100, f"the lowest score of an {stage}") for stage in ("MQL", "SQL"))
    if mql >= sql:
        node.refuse(f"An SQL starts at {sql}, not above an MQL at {mql}.", "Make SQL the larger number.")
    return mql, sql


def _hysteresis(node: Node, mql: int, sql: int) -> int:
    if node.value is None:
        return 0
    room = min(mql, sql - mql) - 1 if 1 < mql < sql else 99
    return whole(node, 0, room, "how far below its line a stage is kept")


def _product_lines(node: Node, criteria: Criteria) -> tuple[ProductLine, ...]:
    lines = tuple(_product_line(part, criteria) for part in node.each() if block(part, ("id", "name", "criteria")))
    if not lines:
        node.refuse("A model needs at least one product line.", "Add `product_lines:` with an `id:` and its criteria.")
    for place, line in enumerate(lines):
        if line.id in [earlier.id for earlier in lines[:place]]:
            node.refuse(f"The product line {line.id!r} stands twice.", "Keep one of the two.")
    return lines


def _product_line(node: Node, criteria: Criteria) -> ProductLine:
    choices = criteria.context.vocabulary.fields[PRODUCT_INTEREST].choices
    return ProductLine(
        id=node.get("id").one_of(choices, f"a choice of {PRODUCT_INTEREST}"),
        name=sentence(node.get("name"), "what people call this product line"),
        criteria=criteria.read(node.get("criteria")),
    )


def _caps(node: Node) -> dict[Group, int]:
    node.only(*Group)
    caps = {}
    for group in Group:
        if (cap := node.get(group)).value is not None:
            bounds = (-1000, -1) if group is Group.NEGATIVE else (1, 1000)
            caps[group] = whole(cap, *bounds, "the most that the criteria of this group give together")
    return caps


def _decay(node: Node) -> tuple[DecayStep, ...]:
    steps = tuple(
        DecayStep(
            whole(part.get("days"), 1, MOST_DAYS, "after how many silent days"),
            whole(part.get("percent"), 1, 100, "how much of the points is lost"),
        )
        for part in node.each()
        if block(part, ("days", "percent"))
    )
    if any(later.days <= step.days or later.percent <= step.percent for step, later in pairwise(steps)):
        node.refuse("Each step of the decay must come later and take more.", "Sort the steps by days, then by percent.")
    return steps


def _hand_raiser(node: Node, context: Context) -> HandRaiser | None:
    if node.value is None or not block(node, ("activity", "within_days", "at_least", "text", "unless")):
        return None
    stages = [stage.value for stage in (Stage.MQL, Stage.SQL)]
    at_least = node.get("at_least").one_of(stages, "a stage")
    kinds = read_kinds(node.get("activity"), context)
    _refuse_rep_kinds(node.get("activity"), kinds, context.vocabulary)
    return HandRaiser(
        kinds=kinds,
        within_days=whole(node.get("within_days"), 0, MOST_DAYS, "for how many days it holds"),
        at_least=Stage(at_least) if at_least in stages else Stage.SQL,
        text=sentence(node.get("text"), "what the rep reads, such as `Asked to be called`"),
        unless=None if node.get("unless").value is None else read_condition(node.get("unless"), context),
    )


def _refuse_rep_kinds(node: Node, kinds: frozenset[str], vocabulary: Vocabulary) -> None:
    for kind in sorted(kinds):
        if kind in vocabulary.kinds and not vocabulary.kinds[kind].by_lead:
            node.refuse(
                f"{kind} is something the agency does.", "A hand is raised by the lead: name what the lead does."
            )


def _refuse_contradictions(root: Node, model: Model) -> None:
    reset = model.reset_days
    if reset is None:
        return
    if model.decay and model.decay[-1].days >= reset:
        root.get("reset_days").refuse(
            f"A reset after {reset} days leaves no room for the decay after {model.decay[-1].days}.",
            "Let the reset come after the last step of the decay.",
        )
    if model.hand_raiser and model.hand_raiser.within_days >= reset:
        root.get("hand_raiser").refuse(
            "A raised hand cannot count for longer than the reset leaves the lead any points.",
            f"Write `within_days:` below {reset}.",
        )


def _refuse_too_many(root: Node, model: Model) -> None:
    longest = max((len(line.criteria) for line in model.product_lines), default=0)
    counting = [each for each in model.all_criteria() if isinstance(each.rule, Counting)]
    if len(model.criteria) + longest > MOST_CRITERIA or len(list(model.all_criteria())) > MOST_IN_FILE:
        root.get("criteria").refuse(
            f"A lead can meet at most {MOST_CRITERIA} criteria, and a file holds {MOST_IN_FILE}.", "Merge some of them."
        )
    if len(counting) > MOST_COUNTING:
        root.get("criteria").refuse(f"At most {MOST_COUNTING} criteria may count activities.", "Merge some of them.")
    if not model.criteria:
        root.get("criteria").refuse("A model needs criteria.", "Add `criteria:` with what a lead gets points for.")
