"""Who raises a hand: the rule on a page of its own."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import hand_raiser_forms, model_drafts
from connector.flows.condition_forms import ROWS, TERRITORY, WORDS, operators
from connector.flows.criterion_forms import FormWrong
from connector.flows.form_inputs import Inputs
from connector.flows.model_drafts import DraftMoved, ModelDraft
from connector.flows.model_edits import EditRefused
from connector.flows.model_sheet import territories_of
from connector.web.model_shown import can_edit, kept_text, moved
from connector.web.shared import actor, services

pages = Blueprint("hand_raiser", __name__)


@pages.get("/model/hand-raiser")
def hand_raiser() -> str:
    """The form."""
    draft = model_drafts.open_draft(services())
    return _page(draft, hand_raiser_forms.inputs(draft.text))


@pages.post("/model/hand-raiser")
def change() -> BaseResponse | str | tuple[str, int]:
    """Saves it into the draft; with ``choose`` the form only shows what fits what was chosen."""
    svc, typed = services(), Inputs(request.form.to_dict(flat=False))
    draft = model_drafts.open_draft(svc)
    if typed.get("choose"):
        return _page(draft, typed)
    edition = typed.get("edition", "0")
    edits: Mapping[str, str] = {}
    try:
        edits = hand_raiser_forms.edits_of(typed, svc.vocabulary)
        seen = model_drafts.digest_of(kept_text(request.form))
        model_drafts.edit(svc, actor(), int(edition) if edition.isdigit() else 0, edits, seen)
    except DraftMoved as error:
        return moved(error, edits)
    except (FormWrong, EditRefused) as error:
        problems = {path.removeprefix("hand_raiser."): sentence for path, sentence in error.problems.items()}
        return _page(draft, typed, problems), 400
    return redirect(url_for("model.model", done="saved", _anchor="hand-raiser"), 303)


def _page(draft: ModelDraft, typed: Inputs, problems: Mapping[str, str] | None = None) -> str:
    svc = services()
    part = "model/hand_raiser_form.html" if request.headers.get("HX-Request") else "model/hand_raiser.html"
    return render_template(
        part,
        draft=draft,
        typed=typed,
        problems=problems or {},
        activities=[kind for kind in svc.vocabulary.kinds.values() if kind.by_lead],
        fields=[spec for spec in svc.vocabulary.fields.values() if spec.input and not spec.outcome],
        specs=svc.vocabulary.fields,
        operators=lambda field: operators(field, svc.vocabulary),
        words=WORDS,
        rows=ROWS,
        territory=TERRITORY,
        territories=territories_of(draft.text),
        can_edit=can_edit(),
    )
