"""Scoring model."""

from __future__ import annotations

from flask import Blueprint, render_template

pages = Blueprint("model", __name__)


@pages.get("/model")
def model() -> str:
    """The page."""
    return render_template("model.html")
