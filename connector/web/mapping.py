"""Field mapping."""

from __future__ import annotations

from flask import Blueprint, render_template

pages = Blueprint("mapping", __name__)


@pages.get("/mapping")
def mapping() -> str:
    """The page."""
    return render_template("mapping.html")
