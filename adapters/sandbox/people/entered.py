"""What somebody asked and entered about a lead, and how an agency keeps its records: the same in every CRM."""

from __future__ import annotations

from typing import NamedTuple

from adapters.sandbox.people.agency import REPS, SOURCES
from adapters.sandbox.people.clock import DAY, HOUR
from adapters.sandbox.people.person import Act, Business, Person

IMPORTED_BEFORE = 6 * DAY + 3 * HOUR
"""How long before the book's present the last bulk import ran, in milliseconds."""

SOURCE_LABELS = {source.key: source.label for source in SOURCES}
"""What the agency calls its sources of leads."""


class Entered(NamedTuple):
    """Facts that were asked for and entered; None where nobody did. Money is USD."""

    line: str | None
    """Label of the product line."""
    county: str | None
    homeowner: bool | None
    dependents: int | None
    coverage: int | None
    property_value: int | None
    vehicles: int | None
    insured: bool | None
    renewal_day: int | None
    """Days since 1970."""
    business: Business | None


def entered(person: Person) -> Entered:
    """The facts that stand in the record of this entry."""
    who, known = person.identity, person.typed.known
    insured = "insured" in known
    return Entered(
        line=who.line.label if "line" in known else None,
        county=who.place.county if "county" in known else None,
        homeowner=who.homeowner if "homeowner" in known else None,
        dependents=who.dependents if "dependents" in known else None,
        coverage=(who.coverage or None) if "coverage" in known else None,
        property_value=(who.property_value or None) if who.line.key == "home" and "property" in known else None,
        vehicles=who.vehicles if who.line.key == "personal_auto" and "vehicles" in known else None,
        insured=who.insured if insured else None,
        renewal_day=person.renewal_day if insured else None,
        business=who.business if "business" in known else None,
    )


def last_touched(person: Person, import_at: int) -> int:
    """When the record was last changed. The last bulk import stamped all leads it touched with one moment.

    Milliseconds since 1970 UTC, as is `import_at`.
    """
    latest = max((act.recorded for act in person.acts), default=person.created)
    closed = (person.sale.closed or 0) if person.sale else 0
    latest = max(latest, closed, person.created)
    return max(latest, import_at) if person.in_import and person.created < import_at - DAY else latest


def saved_in_a_hurry(act: Act) -> bool:
    """One record in sixteen is: a call without its outcome, a message without its direction."""
    return act.at // 1000 % 16 == 0


def did(person: Person, kind: str, detail: str = "") -> bool:
    """Whether the story holds such an act; any detail will do where none is given."""
    return any(act.kind == kind and (not detail or act.detail == detail) for act in person.acts)


def rep_email(rep: int) -> str:
    """The address of the rep with this number at the agency."""
    return f"{REPS[rep].first_name}.{REPS[rep].last_name}@harborlight.example".lower()
