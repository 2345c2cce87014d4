"""What people may not be scored by, and what stands in for it.

The list follows the NAIC model bulletin on AI (December 2023), which names marketing and sales, and Colorado's list of
protected classes (SB21-169). Not legal advice: a carrier's contract or a state may ask for more.
"""

from __future__ import annotations

from collections.abc import Mapping

PROTECTED: frozenset[str] = frozenset(
    {
        "race",
        "color",
        "colour",
        "skin_color",
        "ethnicity",
        "ethnic_origin",
        "national_origin",
        "nationality",
        "religion",
        "sex",
        "gender",
        "gender_identity",
        "sexual_orientation",
        "disability",
        "health",
        "health_status",
        "genetic_status",
        "tobacco",
        "smoker",
        "marital_status",
        "language",
        "photo",
    }
)
"""Names that a model is refused for, should somebody write them."""

PROXIES: Mapping[str, str] = {
    "household_income": "Income goes together with race and national origin",
    "zip": "A ZIP code goes together with race and national origin",
    "county": "A county goes together with race and national origin",
    "city": "A city goes together with race and national origin",
    "dependents": "Having children is protected where housing is concerned",
}
"""Fields that are allowed, but can stand in for a protected attribute."""
