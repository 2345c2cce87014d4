"""What the pages of the field mapping share: whose mapping, the draft as it is shown, what was typed, conflicts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from connector.flows import mapping_drafts
from connector.flows.mapping_checks import checked
from connector.flows.mapping_drafts import DraftMoved, MappingDraft
from connector.flows.mapping_frame import frame
from connector.flows.mapping_spoiled import UNUSABLE
from connector.store.database import Scope
from connector.web.shared import services

NO_EDITS: Mapping[str, str] = {}


@dataclass
class Shown:
    """A draft on its page. `typed` and `wrong`, by the paths of inputs, are what was sent and not saved, and why."""

    draft: MappingDraft
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    """What each input of the page shows when nobody typed anything."""
    moved: str = ""
    """Who was quicker, in a sentence; empty: nobody."""

    def value(self, path: str) -> str:
        """What an input shows."""
        return self.typed.get(path, self.values.get(path, ""))

    @property
    def seen(self) -> str:
        """For the hidden input, see `mapping_edits.SEEN`."""
        return json.dumps(self.values, ensure_ascii=False, separators=(",", ":"))

    @property
    def touched(self) -> set[str]:
        """The fields about which something was typed that is not saved."""
        return {path.split(".")[1] for path in self.typed if path.startswith("field.")}

    def problem(self, path: str) -> str:
        """What is wrong with an input."""
        return self.wrong.get(path, "")


def scope_of(connection_id: int) -> Scope:
    """The connection that an address names; 404 where the agency has none such."""
    scope = Scope(services().tenant.id, connection_id)
    try:
        services().connection(scope)
    except LookupError:
        abort(404)
    return scope


def opened(scope: Scope) -> MappingDraft | BaseResponse:
    """The draft, or the page that says why it cannot be used as it is."""
    try:
        return mapping_drafts.open_draft(services(), scope, fresh="fresh" in request.args)
    except UNUSABLE:
        return redirect(url_for("mapping.file.file", connection_id=scope.connection_id), 303)


def page(template: str, shown: Shown, **more: Any) -> str:
    """A page with the frame that all of them have."""
    draft = shown.draft
    framed = frame(services(), draft, checked(services(), draft))
    return render_template(template, shown=shown, draft=draft, id=draft.connection.id, frame=framed, **more)


def edition() -> int:
    """The edition of the draft that the sender saw."""
    return request.form.get("edition", 0, type=int)


def who_was_quicker(error: DraftMoved) -> str:
    """A sentence about whoever saved or dropped the draft meanwhile."""
    if error.theirs is None:
        return "Somebody published or threw away the draft while you were editing."
    return f"{error.theirs.author} saved this draft while you were editing."
