"""The lead score on a record, whoever wrote it: any property of the group ``lead_scoring`` is shown.

Roles are told by how a property's name ends, so that an account may use a prefix of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from adapters.sandbox.hubspot.kinds import KINDS
from adapters.sandbox.pages.display import Display
from adapters.sandbox.screens.reasons import Reason, reason, tone, web_address
from adapters.sandbox.store import Store
from adapters.sandbox.tables.definitions import Definition

GROUP = "lead_scoring"
_REASONS = ("reason_1", "reason_2", "reason_3")
_ROLES = (
    "score",
    "tier",
    "stage",
    *_REASONS,
    "rationale",
    "scored_at",
    "model_version",
    "flag",
    "flag_note",
    "flag_status",
    "flag_link",
)


class ScoreFields(NamedTuple):
    """The live properties of the group by role (``tier``), and those without a role."""

    by_role: dict[str, Definition]
    others: list[Definition]

    def name(self, role: str) -> str | None:
        """The property that plays this role."""
        definition = self.by_role.get(role)
        return str(definition["name"]) if definition else None


class Choice(NamedTuple):
    """One thing a rep may say about the score."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """What the card shows. `exists` is false while the account has no score fields at all."""

    exists: bool
    score: int | None
    tier: str
    tone: str
    stage: str
    reasons: list[Reason]
    rationale: str
    scored_at: str
    model_version: str
    others: list[tuple[str, str]]
    choices: list[Choice]
    flag_note: str
    takes_note: bool
    flag_status: str
    flag_link: str
    """Where the score can be flagged outside of the CRM; empty where nobody wrote an address."""

    @property
    def scored(self) -> bool:
        """Whether anything has been written yet."""
        return self.score is not None or bool(self.tier or self.reasons)

    @property
    def flag(self) -> str:
        """What the rep says at present, or empty."""
        return next((choice.value for choice in self.choices if choice.chosen), "")


def score_fields(store: Store) -> ScoreFields:
    """Which of the account's contact properties belong to the score."""
    definitions = store.definitions.of(KINDS["contacts"]).values()
    mine = [item for item in definitions if item["groupName"] == GROUP and not item["archived"]]
    by_role: dict[str, Definition] = {}
    others: list[Definition] = []
    for item in mine:
        role = _role(item["name"])
        if role is None or role in by_role:
            others.append(item)
        else:
            by_role[role] = item
    return ScoreFields(by_role, others)


def _role(name: str) -> str | None:
    """The longest role the name ends in: ``flag_note`` before ``note``."""
    endings = [role for role in _ROLES if name == role or name.endswith(f"_{role}")]
    return max(endings, key=len, default=None)


def score_card(fields: ScoreFields, values: Mapping[str, str], display: Display) -> ScoreCard:
    """The card of one contact."""

    def shown(role: str) -> str:
        name = fields.name(role)
        raw = values.get(name, "") if name else ""
        return display.value(name, raw) if name and raw else ""

    tier = shown("tier")
    note = fields.name("flag_note")
    return ScoreCard(
        exists=bool(fields.by_role or fields.others),
        score=_whole(values.get(fields.name("score") or "", "")),
        tier=tier,
        tone=tone(tier),
        stage=shown("stage"),
        reasons=[reason(text) for role in _REASONS if (text := shown(role))],
        rationale=shown("rationale"),
        scored_at=shown("scored_at"),
        model_version=shown("model_version"),
        others=_others(fields, values, display),
        choices=_choices(fields, values),
        flag_note=values.get(note, "") if note else "",
        takes_note=note is not None,
        flag_status=shown("flag_status"),
        flag_link=web_address(shown("flag_link")),
    )


def _whole(raw: str) -> int | None:
    try:
        return round(float(raw))
    except ValueError:
        return None


def _others(fields: ScoreFields, values: Mapping[str, str], display: Display) -> list[tuple[str, str]]:
    names = [str(item["name"]) for item in fields.others]
    return [(display.label(name), display.value(name, values[name])) for name in names if name in values]


def _choices(fields: ScoreFields, values: Mapping[str, str]) -> list[Choice]:
    flag = fields.by_role.get("flag")
    if flag is None:
        return []
    present = values.get(flag["name"], "")
    options = [option for option in flag["options"] if not option.get("hidden")]
    return [Choice(option["value"], option["label"], option["value"] == present) for option in options]
