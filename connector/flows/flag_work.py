"""Flags as a work list: what the rep saw, what stands there now, and answers that take one click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from connector.core.criteria.table import SUM_LINES
from connector.core.reasons import behind_reasons
from connector.core.types import Line, ScoreCard
from connector.flows import flags
from connector.flows.actors import Actor
from connector.flows.scoring import evaluator
from connector.flows.services import Refused, Services
from connector.store import cards as card_rows
from connector.store import flag_lists
from connector.store.database import Scope
from connector.store.flag_lists import WHICHEVER, Chosen, ListedFlag
from connector.store.flags import Flag


class Ready(NamedTuple):
    """An answer that needs no typing. `text` is what the rep reads; with `release` the hold is lifted as well."""

    id: str
    label: str
    text: str
    release: bool = False


RIGHT = "right"
"""The answer that says why the score is right; the reason is typed."""
IS_RIGHT = "The score is right"
DATA = Ready("data", "Data corrected", "The data was corrected.")
MODEL = Ready("model", "Model will be changed", "The model will be changed.")
MERGED = Ready("merged", "Merged", "It was merged with another record.")
HELD = Ready("held", "Keep the hold", "Nobody is to contact this lead.")
RELEASED = Ready("released", "Release the hold", "The hold was released: this lead may be contacted.", release=True)
READY: Mapping[str, tuple[Ready, ...]] = {
    "too_high": (MODEL, DATA, MERGED),
    "too_low": (MODEL, DATA, MERGED),
    "wrong_data": (DATA, MODEL, MERGED),
    "duplicate": (MERGED, DATA, MODEL),
    flags.HOLDING: (HELD, RELEASED, DATA, MERGED),
}
"""By what was said, the likeliest first."""


class Behind(NamedTuple):
    """A line behind a reason the rep saw, as today's model words it. `is_criterion`: the model has a place for it."""

    id: str
    text: str
    is_criterion: bool


class Work(NamedTuple):
    """A flag with what a person needs to answer it; `now` are the lines behind today's reasons, as `card` has them."""

    listed: ListedFlag
    then: tuple[Behind, ...]
    now: tuple[Line, ...]
    card: ScoreCard | None

    @property
    def ready(self) -> tuple[Ready, ...]:
        """Answers of one click."""
        return READY.get(self.listed.flag.kind, (DATA, MODEL, MERGED))


def worklist(
    svc: Services,
    *,
    is_open: bool,
    chosen: Chosen = WHICHEVER,
    after: tuple[int, int] | None = None,
    limit: int = 50,
) -> Sequence[Work]:
    """Flags that wait, or those with an answer, the newest first."""
    with svc.store.read() as conn:
        found = flag_lists.page(conn, svc.tenant.id, is_open=is_open, after=after, limit=limit, chosen=chosen)
    return _with_cards(svc, found)


def one(svc: Services, flag_id: int) -> Work | None:
    """One flag, if the agency has it."""
    with svc.store.read() as conn:
        found = flag_lists.listed(conn, svc.tenant.id, flag_id)
    return _with_cards(svc, [found])[0] if found else None


def _with_cards(svc: Services, found: Sequence[ListedFlag]) -> Sequence[Work]:
    texts = _texts(svc)
    cards: dict[int, ScoreCard] = {}
    with svc.store.read() as conn:
        for connection_id in {each.flag.connection_id for each in found}:
            leads = [each.flag.lead_id for each in found if each.flag.connection_id == connection_id]
            cards |= card_rows.cards_of(conn, Scope(svc.tenant.id, connection_id), leads)
    return [_work(each, cards.get(each.flag.lead_id), texts) for each in found]


def _work(listed: ListedFlag, card: ScoreCard | None, texts: Mapping[str, str]) -> Work:
    then = tuple(Behind(one, texts.get(one) or _words(one), is_criterion(one)) for one in listed.reasons)
    return Work(listed, then, behind_reasons(card.lines) if card else (), card)


def is_criterion(id: str) -> bool:
    """Whether a line is one that the model lists, not one that the sum went through."""
    return id not in SUM_LINES


def _texts(svc: Services) -> Mapping[str, str]:
    """What the published model calls its criteria."""
    try:
        return {each.id: each.text for each in evaluator(svc).model.all_criteria()}
    except Refused:
        return {}


def _words(id: str) -> str:
    return id.replace("cap:", "cap on ").replace("_", " ").capitalize()


def answer(svc: Services, flag_id: int, ready: str, why: str, actor: Actor) -> Flag:
    """Answers a flag with one click; `why` goes with "the score is right". Raises `Refused` as `flags.answer` does."""
    name = actor.name or actor.email
    if ready == RIGHT:
        why = why.strip().rstrip(".")
        return flags.answer(svc, flag_id, f"{IS_RIGHT}{f': {why}' if why else ''}.", name, email=actor.email)
    found = next((each for some in READY.values() for each in some if each.id == ready), None)
    if found is None:
        raise Refused("Choose one of the answers.")
    return flags.answer(svc, flag_id, found.text, name, release=found.release, email=actor.email)
