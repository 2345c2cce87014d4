"""What every page needs: the services of the agency whose pages are shown, who is looking, and what the role allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import current_app, g, has_request_context
from werkzeug.routing import IntegerConverter

from connector.flows.actors import Actor, Role
from connector.flows.services import Services

SERVICES = "leadtier"
"""Where the application keeps its services."""
_NEEDS = "leadtier_needs"

View = TypeVar("View", bound=Callable[..., object])


def services() -> Services:
    """The services for this request: of the agency that the session shows, else of the one this process is for."""
    if has_request_context() and "services" in g:
        return cast(Services, g.services)
    return cast(Services, current_app.extensions[SERVICES])


def actor() -> Actor:
    """Who is signed in. Only for pages that nobody else reaches; raises `LookupError` otherwise."""
    if "actor" not in g:
        raise LookupError("nobody is signed in on this page")
    return cast(Actor, g.actor)


def is_signed_in() -> bool:
    """Whether this request comes from somebody who is signed in."""
    return "actor" in g


def needs(role: Role) -> Callable[[View], View]:
    """Marks a view that takes another role than usual: looking takes a viewer, changing an admin."""

    def mark(view: View) -> View:
        setattr(view, _NEEDS, role)
        return view

    return mark


def needed(view: Callable[..., object] | None, method: str) -> Role:
    """The role that a view takes."""
    usual = Role.VIEWER if method in ("GET", "HEAD", "OPTIONS") else Role.ADMIN
    return cast(Role, getattr(view, _NEEDS, usual))


class RowNumber(IntegerConverter):
    """A number in an address: one that the database holds; what is beyond is no address of ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max", 2**31 - 1)
        super().__init__(*args, **kwargs)


def is_id(text: str) -> bool:
    """Whether a text may be the number of a row: one that PostgreSQL's integer holds."""
    return text.isascii() and text.isdigit() and len(text) < 11 and int(text) < 2**31
