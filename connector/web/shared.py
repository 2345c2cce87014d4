"""What every page needs: the services behind the application."""

from __future__ import annotations

from typing import cast

from flask import current_app

from connector.flows.services import Services

SERVICES = "leadtier"
"""Where the application keeps its services."""


def services() -> Services:
    """The services of the application that handles this request."""
    return cast(Services, current_app.extensions[SERVICES])


def is_id(text: str) -> bool:
    """Whether a text may be the number of a row: one that PostgreSQL's integer holds."""
    return text.isascii() and text.isdigit() and len(text) < 11 and int(text) < 2**31
