"""A criterion on a page of its own: added, changed, written as text."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import criterion_forms, model_drafts
from connector.flows.condition_forms import ROWS, TERRITORY, WORDS, operators
from connector.flows.criterion_forms import BANDS, KINDS, FormWrong
from connector.flows.form_inputs import Inputs
from connector.flows.model_drafts import DraftMoved, ModelDraft
from connector.flows.model_edits import EditRefused
from connector.flows.model_parts import SHARED
from connector.flows.model_sheet import criterion_ids, criterion_of, places_of, territories_of
from connector.flows.model_values import GROUPS
from connector.web.model_shown import can_edit, kept_text, moved
from connector.web.shared import actor, services

pages = Blueprint("criteria", __name__)

FIRST_KIND = {"fit": "is", "engagement": "did", "negative": "did"}


@pages.get("/model/criteria/new")
def new() -> str:
    """The form for a new one."""
    draft = model_drafts.open_draft(services())
    group, place = request.args.get("group", "engagement"), request.args.get("place", SHARED)
    if group not in GROUPS or place not in places_of(draft.text):
        abort(404)
    typed = Inputs({"group": [group], "place": [place], "kind": [FIRST_KIND[group]]})
    return _page(draft, typed)


@pages.post("/model/criteria/new")
def add() -> BaseResponse | str | tuple[str, int]:
    """Adds it to the draft; with ``choose`` the form only shows what fits what was chosen."""
    svc, typed = services(), _typed()
    draft = model_drafts.open_draft(svc)
    if typed.get("choose"):
        return _page(draft, typed)
    name = ""
    try:
        name, text = criterion_forms.new_criterion(typed, criterion_ids(draft.text), svc.vocabulary)
        return _save(typed, {f"add.criterion.{typed.get('place', SHARED)}": text}, name)
    except (FormWrong, EditRefused) as error:
        return _page(draft, typed, problems=_beside(name, error.problems)), 400


@pages.get("/model/criteria/<name>")
def criterion(name: str) -> str:
    """The form for one that there is."""
    draft = model_drafts.open_draft(services())
    if (found := criterion_of(draft.text, name)) is None:
        abort(404)
    typed = criterion_forms.inputs(found.values, found.text)
    typed.show("place", found.place)
    if request.args.get("kind") == "yaml":
        typed.show("kind", "yaml")
    return _page(draft, typed, name)


@pages.post("/model/criteria/<name>")
def change(name: str) -> BaseResponse | str | tuple[str, int]:
    """Saves it into the draft."""
    svc, typed = services(), _typed()
    draft = model_drafts.open_draft(svc)
    if typed.get("choose"):
        return _page(draft, typed, name)
    try:
        edits = dict(criterion_forms.edits_of(name, typed, svc.vocabulary))
        found = criterion_of(draft.text, name)
        if found and typed.get("place", found.place) != found.place:
            edits[f"criteria.{name}.move"] = f"to {typed.get('place')}"
        return _save(typed, edits, name)
    except (FormWrong, EditRefused) as error:
        return _page(draft, typed, name, _beside(name, error.problems)), 400


def _typed() -> Inputs:
    return Inputs(request.form.to_dict(flat=False))


def _save(typed: Inputs, edits: Mapping[str, str], name: str) -> BaseResponse | tuple[str, int]:
    edition, seen = typed.get("edition", "0"), model_drafts.digest_of(kept_text(request.form))
    try:
        model_drafts.edit(services(), actor(), int(edition) if edition.isdigit() else 0, edits, seen)
    except DraftMoved as error:
        return moved(error, edits)
    return redirect(url_for("model.model", done="saved", _anchor=f"row-{name}"), 303)


def _beside(name: str, problems: Mapping[str, str]) -> Mapping[str, str]:
    """The sentences by the names of this page's inputs."""
    found: dict[str, str] = {}
    for path, sentence in problems.items():
        key = path.removeprefix(f"criteria.{name}.") if name else path
        if path.startswith("add.criterion"):
            key = "yaml"
        elif key.startswith("bands."):
            key = f"band.{key.split('.')[1]}"
        found[key] = f"{found[key]} {sentence}" if key in found else sentence
    return found


def _page(draft: ModelDraft, typed: Inputs, name: str = "", problems: Mapping[str, str] | None = None) -> str:
    svc = services()
    part = "model/criterion_form.html" if request.headers.get("HX-Request") else "model/criterion.html"
    fields = [spec for spec in svc.vocabulary.fields.values() if spec.input and not spec.outcome]
    return render_template(
        part,
        draft=draft,
        name=name,
        typed=typed,
        problems=problems or {},
        kinds=KINDS,
        groups=GROUPS,
        places=places_of(draft.text),
        activities=svc.vocabulary.kinds.values(),
        fields=fields,
        specs=svc.vocabulary.fields,
        operators=lambda field: operators(field, svc.vocabulary),
        words=WORDS,
        rows=ROWS,
        bands=BANDS,
        territory=TERRITORY,
        territories=territories_of(draft.text),
        can_edit=can_edit(),
    )
