"""The lead score on a record, and the rep's word on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from adapters.sandbox.salesforce.pages.display import Display, in_words
from adapters.sandbox.salesforce.pages.subject import Subject
from adapters.sandbox.salesforce.view import View
from adapters.sandbox.screens.reasons import Reason, reason, tone, web_address

STEM = "Leadtier_"
"""Custom fields that begin so are Leadtier's."""

_REASONS = ("reason_1", "reason_2", "reason_3")
_NO_STAGE = "none"


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """What the card shows. `exists` is false while the org has no score fields at all."""

    exists: bool
    score: int | None
    tier: str
    tone: str
    stage: str
    reasons: list[Reason]
    rationale: list[str]
    scored_at: str
    model_version: str
    flag_status: str
    flag_link: str
    """Where the score can be flagged outside of the CRM; empty where nobody wrote an address."""

    @property
    def scored(self) -> bool:
        """Whether anything has been written yet."""
        return self.score is not None or bool(self.tier or self.reasons)


class Choice(NamedTuple):
    """One thing a rep may say about the score."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FlagForm:
    """The rep's word. `closed` says why there is no form; empty when there is one."""

    closed: str = ""
    choices: tuple[Choice, ...] = ()
    note: str = ""
    note_length: int = 0
    """Characters a note may have; 0 where the org has no field for it."""

    @property
    def flag(self) -> str:
        """What the rep says at present, in words; empty for nothing."""
        return next((choice.label for choice in self.choices if choice.chosen), "")


def score_field(subject: Subject, role: str) -> str:
    """The API name of the field for this part of the score: ``Leadtier_score__c`` for ``score``."""
    return subject.own_field(f"{STEM}{role}")


def score_card(subject: Subject, display: Display) -> ScoreCard:
    """The card of one record."""

    def shown(role: str) -> str:
        name = score_field(subject, role)
        return display.value(subject.sobject.field(name), subject.row.get(name)).text

    score = subject.row.get(score_field(subject, "score"))
    stage = "" if subject.row.get(score_field(subject, "stage")) == _NO_STAGE else shown("stage")
    return ScoreCard(
        exists=subject.sobject.field(score_field(subject, "score")) is not None,
        score=None if score is None else round(score),
        tier=shown("tier"),
        tone=tone(shown("tier")),
        stage=stage,
        reasons=[reason(text) for role in _REASONS if (text := shown(role))],
        rationale=shown("rationale").splitlines(),
        scored_at=shown("scored_at"),
        model_version=shown("model_version"),
        flag_status=shown("flag_status"),
        flag_link=web_address(shown("flag_link")),
    )


def flag_form(subject: Subject, view: View, rep: str) -> FlagForm:
    """The form as this user may fill it in; `rep` is the user's name."""
    flag, note = (subject.sobject.field(score_field(subject, role)) for role in ("flag", "flag_note"))
    if flag is None:
        return FlagForm(
            f"There is no field {score_field(subject, 'flag')} yet, so a score cannot be flagged here. "
            "Leadtier creates it when it is connected."
        )
    if subject.row.get("IsConverted"):
        return FlagForm("A converted lead takes no more changes. Flag the score on the contact instead.")
    if not view.editable(subject.sobject.name, flag.name):
        return FlagForm(
            f"{rep} may not edit “{flag.label}”. Have an admin assign the permission set that holds "
            f"{flag.name} in Setup > Permission Sets to everyone who works with leads."
        )
    present = subject.row.get(flag.name)
    takes_note = note is not None and view.editable(subject.sobject.name, note.name)
    return FlagForm(
        choices=tuple(Choice(value, in_words(value), value == present) for value in flag.picklist),
        note=str(subject.row.get(note.name) or "") if note and takes_note else "",
        note_length=note.length if note and takes_note else 0,
    )
