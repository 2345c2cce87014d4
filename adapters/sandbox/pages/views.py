"""The screens' routes. They parse, ask, and render; a GET shows, a POST changes and redirects."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from adapters.sandbox.hubspot.screen import ApiError, change_by_hand
from adapters.sandbox.pages.display import Display
from adapters.sandbox.pages.finding import Wish, find_contacts
from adapters.sandbox.pages.record import companies, deals, full_name, head, sections
from adapters.sandbox.pages.scorecard import score_card, score_fields
from adapters.sandbox.pages.timeline import timeline
from adapters.sandbox.screens.forms import FormGuard
from adapters.sandbox.screens.headers import with_headers
from adapters.sandbox.settings import Settings
from adapters.sandbox.store import Store, StoredObject

_FEW, _ALL = 40, 2_000
_STRANGE_FORM = "The change was not saved: the form was open too long or came from another site. Try it once more here."
_NOTE_ALONE = "The note was not saved: choose what is wrong with the score, and the note goes with it."


def pages_blueprint(store: Store, settings: Settings) -> Blueprint:
    """The contacts at ``/``, a record at ``/contacts/<portal>/record/0-1/<id>``, and the flag a rep sets there."""
    pages = Blueprint("pages", __name__, template_folder="templates", static_folder="static", static_url_path="/pages")
    screens = _Screens(store, settings)
    record = f"/contacts/{settings.portal_id}/record/0-1/<int:id>"
    pages.add_url_rule("/", "contacts", screens.contacts)
    pages.add_url_rule(record, "record", screens.record)
    pages.add_url_rule(f"{record}/flag", "flag", screens.flag, methods=["POST"])
    pages.register_error_handler(NotFound, _not_found)
    pages.after_request(with_headers)
    return pages


class _Screens:
    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._portal = settings.portal_id
        self._guard = FormGuard()

    def contacts(self) -> str:
        """The list, with search, tier filter and pages."""
        fields = score_fields(self._store)
        display = Display(self._store)
        wish = Wish(
            text=request.args.get("q", "", str)[:100],
            tier=request.args.get("tier", "", str)[:100],
            page=request.args.get("page", 1, int),
        )
        found = find_contacts(self._store, fields, wish)
        rows = [
            (contact, full_name(contact.properties), score_card(fields, contact.properties, display))
            for contact in found.contacts
        ]
        tier = fields.by_role.get("tier")
        return render_template(
            "crm/contacts.html",
            portal=self._portal,
            wish=wish,
            found=found,
            rows=rows,
            tiers=tier["options"] if tier else [],
            scores_exist="score" in fields.by_role,
            display=display,
        )

    def record(self, id: int) -> BaseResponse:
        """A contact. An id that was merged away leads to the contact that took it in."""
        contact = self._find(id)
        if contact.id != id:
            return redirect(url_for("pages.record", id=contact.id))
        return self._record(contact, said="Saved, and told to connected apps." if "saved" in request.args else "")

    def flag(self, id: int) -> BaseResponse:
        """Sets or clears what the rep thinks of the score, with a note."""
        contact = self._find(id)
        if not self._guard.accepts(request):
            return self._record(contact, problem=_STRANGE_FORM, status=400)
        fields = score_fields(self._store)
        flag, note = request.form.get("flag", ""), request.form.get("note", "").strip()
        if note and not flag and not contact.properties.get(fields.name("flag") or ""):
            return self._record(contact, problem=_NOTE_ALONE, status=400)
        given = {"flag": flag, "flag_note": note if flag else ""}
        values: dict[str, str | None] = {name: text for role, text in given.items() if (name := fields.name(role))}
        try:
            change_by_hand(self._store, "contacts", contact.id, values, self._user_of(contact))
        except ApiError as error:
            return self._record(contact, problem=f"The change was not saved: {error.message}", status=400)
        return redirect(url_for("pages.record", id=contact.id, saved=1, _anchor="score"), 303)

    def _find(self, id: int) -> StoredObject:
        contact = self._store.find("contacts", id)
        if contact is None:
            raise NotFound
        return contact

    def _user_of(self, contact: StoredObject) -> int:
        """Whoever owns the contact is taken to sit before the screen; this CRM knows no log-in."""
        display = Display(self._store)
        owner = display.owner(contact.properties.get("hubspot_owner_id"))
        user = owner if owner and not owner.archived else display.someone()
        return user.user_id if user else 0

    def _record(self, contact: StoredObject, said: str = "", problem: str = "", status: int = 200) -> Response:
        display = Display(self._store)
        nonce = self._guard.nonce(request)
        page = render_template(
            "crm/record.html",
            portal=self._portal,
            contact=contact,
            person=head(contact, display),
            card=score_card(score_fields(self._store), contact.properties, display),
            sections=sections(self._store, contact, display),
            deals=deals(self._store, contact, display),
            companies=companies(self._store, contact),
            timeline=timeline(self._store, contact, display, _ALL if "all" in request.args else _FEW),
            token=self._guard.token(nonce),
            said=said,
            problem=problem,
        )
        return self._guard.remember(make_response(page, status), nonce)


def _not_found(_: NotFound) -> tuple[str, int]:
    return render_template("crm/missing.html"), 404
