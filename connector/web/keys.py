"""Keys of the ingest API."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from connector.flows import api_keys
from connector.flows.services import Refused
from connector.web.shared import actor, services

pages = Blueprint("keys", __name__)


@pages.get("/settings/api-keys")
def keys() -> Response:
    """The list."""
    return _page()


@pages.post("/settings/api-keys")
def make() -> Response:
    """Makes a key and shows it, this once."""
    name = request.form.get("name", "").strip()
    try:
        made = api_keys.make_key(services(), name, actor().email)
    except Refused as refused:
        return _page(400, name, problem=str(refused))
    return _page(name=name, made=made)


@pages.post("/settings/api-keys/revoke")
def revoke() -> Response:
    """A key works no more."""
    try:
        api_keys.revoke_key(services(), request.form.get("name", ""), actor().email)
    except Refused as refused:
        return _page(409, said=str(refused))
    return redirect(url_for(".keys"), 303)


def _page(status: int = 200, name: str = "", made: str = "", problem: str = "", said: str = "") -> Response:
    found = api_keys.list_keys(services())
    page = render_template("settings/keys.html", keys=found, name=name, made=made, problem=problem, said=said)
    return make_response(page, status)
