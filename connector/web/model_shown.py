"""What the pages of the model show of a draft: its values beside the live ones, what was typed, and conflicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import render_template, request

from connector.core.types import Problem
from connector.flows import model_drafts
from connector.flows.actors import Role
from connector.flows.model_drafts import BaseMoved, DraftMoved, ModelDraft
from connector.flows.model_edits import BASE, EditRefused, apply
from connector.flows.model_sheet import Sheet, sheet
from connector.flows.model_values import values_or_none
from connector.flows.model_words import Difference, Differences, differences
from connector.flows.scoring import faults
from connector.flows.services import Services
from connector.web.shared import actor, services


class Shown(NamedTuple):
    """A draft as the pages show it. `typed` and `problems` go by the paths of inputs."""

    draft: ModelDraft
    unreadable: Sequence[Problem]
    """Why the text is no model for this program; then there is no sheet."""
    sheet: Sheet | None
    values: Mapping[str, str]
    live: Mapping[str, str]
    changes: Differences
    typed: Mapping[str, str]
    problems: Mapping[str, str]

    def context(self) -> dict[str, Any]:
        """The names that the templates know these by."""
        return {
            **self._asdict(),
            "value": lambda path: self.typed.get(path, self.values.get(path, "")),
            "can_edit": can_edit(),
            "outdated": self.draft.based_on != (self.draft.live.version if self.draft.live else 0),
        }


def can_edit() -> bool:
    """Whether who looks may also change."""
    return actor().role.covers(Role.ADMIN)


def shown_draft(
    draft: ModelDraft, typed: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
) -> Shown:
    """The draft with what was typed into its form, if it was."""
    svc = services()
    unreadable = faults(draft.text, svc.vocabulary)
    before = draft.live.document if draft.live else ""
    return Shown(
        draft,
        unreadable,
        None if unreadable else sheet(draft.text, svc.vocabulary),
        values_or_none(draft.text) or {},
        values_or_none(before) or {},
        differences(before, draft.text, svc.vocabulary) if before else Differences(),
        dict(typed or {}),
        dict(problems or {}),
    )


def kept_text(form: Mapping[str, str]) -> str:
    """The text that a form was made from, with line ends as we keep them; browsers send others."""
    return form.get(BASE, "").replace("\r\n", "\n")


def moved(error: DraftMoved, edits: Mapping[str, str]) -> tuple[str, int]:
    """The page that says who was quicker, what they changed and what was typed, and offers both ways on."""
    svc = services()
    base, theirs = kept_text(request.form), error.theirs
    page = render_template(
        "model/moved.html",
        theirs=theirs,
        their_changes=differences(base, theirs.text, svc.vocabulary) if base else (),
        my_changes=_mine(svc, base, edits),
        edits=edits,
        whole_text=edits.get("text") if set(edits) == {"text"} else None,
    )
    return page, 409


def _mine(svc: Services, base: str, edits: Mapping[str, str]) -> Sequence[Difference]:
    """What was typed, in words where it can be said so."""
    if set(edits) == {"text"}:
        return differences(base, edits["text"], svc.vocabulary)
    try:
        if base:
            return differences(base, apply(base, edits), svc.vocabulary)
    except EditRefused:
        pass
    return [Difference(path, "", value) for path, value in edits.items()]


def base_moved(error: BaseMoved) -> tuple[str, int]:
    """The page that says that another version is live than the one the draft began from."""
    shown = shown_draft(model_drafts.open_draft(services()))
    return render_template("model/base_moved.html", **shown.context(), live_now=error.live), 409
