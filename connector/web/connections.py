"""Connections."""

from __future__ import annotations

from flask import Blueprint, render_template

pages = Blueprint("connections", __name__)


@pages.get("/connections")
def connections() -> str:
    """The page."""
    return render_template("connections.html")
