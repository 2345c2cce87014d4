"""A score card as the values of our properties in the CRM."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from connector.core.types import ScoreCard

_Value = Callable[[ScoreCard, int], str | None]


def _reason(place: int) -> _Value:
    return lambda card, _: card.reasons[place] if place < len(card.reasons) else None


CARD_VALUES: Mapping[str, _Value] = {
    "score": lambda card, _: str(card.score),
    "tier": lambda card, _: card.tier.value,
    "stage": lambda card, _: card.stage.value,
    "reason_1": _reason(0),
    "reason_2": _reason(1),
    "reason_3": _reason(2),
    "rationale": lambda card, _: card.rationale or None,
    "scored_at": lambda _, at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "model_version": lambda card, _: card.model_version,
}
"""What a mapping file may write of a card, by name."""

FLAG_STATUS, FLAG_LINK = "flag_status", "flag_link"
BESIDE_VALUES = (FLAG_STATUS, FLAG_LINK)
"""What a mapping file may write beside the card: what became of the rep's flag, and where to flag with one click."""

WRITABLE = (*CARD_VALUES, *BESIDE_VALUES)
"""Everything a mapping file may write, by name."""


def card_values(writes: Mapping[str, str], card: ScoreCard, scored_at: int) -> dict[str, str | None]:
    """Values by property; `writes` names a property for each entry of `CARD_VALUES` that is wanted."""
    return {name: CARD_VALUES[value](card, scored_at) for value, name in writes.items() if value in CARD_VALUES}
