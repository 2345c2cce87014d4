"""Settings."""

from __future__ import annotations

from flask import Blueprint, render_template

pages = Blueprint("settings", __name__)


@pages.get("/settings")
def settings() -> str:
    """The page."""
    return render_template("settings.html")
