"""The screens' routes. They parse, ask, and render; a GET shows, a POST changes and redirects.

Addresses are Lightning's: https://developer.salesforce.com/docs/platform/lwc/guide/reference-page-reference-type.html
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter, ValidationError
from werkzeug.wrappers import Response

from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.ids import prefix_of, to18
from adapters.sandbox.salesforce.pages.finding import Wish, find_people
from adapters.sandbox.screens.headers import with_headers

_LISTS = {"Lead": "Leads", "Contact": "Contacts"}
_BEST = 5

pages = Blueprint(
    "salesforce_pages",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/lightning/static",
)
pages.after_request(with_headers)


class RecordId(BaseConverter):
    """A part of an address that is a record id of 15 or 18 characters, and nothing else."""

    regex = "[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?"

    def to_python(self, value: str) -> str:
        """The id in 18 characters. Raises ValidationError: the address is another's."""
        found = to18(value)
        if found is None or not value.startswith("0"):
            raise ValidationError
        return found


@pages.record_once
def _prepare(state: BlueprintSetupState) -> None:
    """The start page stands at ``/`` too, unless another CRM's does."""
    state.app.url_map.converters["record_id"] = RecordId
    if not any(rule.rule == "/" for rule in state.app.url_map.iter_rules()):
        state.add_url_rule("/", "start", start)


def start() -> Response:
    """Leads to the start page."""
    return redirect(url_for("salesforce_pages.home"))


@pages.get("/lightning/page/home")
def home() -> str:
    """How many leads and contacts there are, and the best of them."""
    org = hub().org
    with org.reading() as connection:
        lists = {kind: find_people(org, connection, kind, Wish(), _BEST) for kind in _LISTS}
        return render_template("lightning/home.html", lists=lists, titles=_LISTS)


@pages.get("/lightning/o/<any(Lead, Contact):kind>/list")
def people(kind: str) -> str:
    """A list with search, order and pages."""
    wish = Wish(
        text=request.args.get("q", "", str)[:100],
        sort=request.args.get("sort", "", str),
        page=request.args.get("page", 1, int),
    )
    org = hub().org
    with org.reading() as connection:
        found = find_people(org, connection, kind, wish)
        return render_template("lightning/list.html", kind=kind, title=_LISTS[kind], wish=wish, found=found)


@pages.get("/<record_id:id>")
def short(id: str) -> Response:
    """A bare record id leads to its page."""
    sobject = hub().org.catalog.by_prefix(prefix_of(id))
    if sobject is None:
        raise NotFound
    return redirect(url_for("salesforce_pages.record", kind=sobject.name, id=id))


@pages.get("/lightning/<path:_rest>")
def nowhere(_rest: str) -> str:
    """Any other address below ``/lightning``."""
    raise NotFound


@pages.errorhandler(NotFound)
def _not_found(_: NotFound) -> tuple[str, int]:
    return render_template("lightning/missing.html"), 404
