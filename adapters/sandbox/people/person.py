"""A lead of the agency, as no CRM in particular would keep it. Times are milliseconds since 1970 UTC, money is USD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from adapters.sandbox.people.lines import ProductLine
from adapters.sandbox.people.places import Place


class Act(NamedTuple):
    """One thing that happened. `detail` depends on the kind: a form, a path, a mail, an outcome."""

    at: int
    """When it happened; of a task when it is due, of a meeting when it starts: these two may lie ahead."""
    kind: str
    """Online and mailings: form, page, mail, open, click, mail_reply, bounce, optout. Recorded by a rep: call_out,
    call_in, email_out, email_in, sms_out, sms_in, meeting, note, task."""
    detail: str = ""
    seconds: int = 0
    """How long a call or a meeting took."""
    made: int = 0
    """When it was put into the CRM, where that is not when it happened."""

    @property
    def recorded(self) -> int:
        """When the CRM learned of it."""
        return self.made or self.at


@dataclass(frozen=True, slots=True)
class Business:
    """An employer that wants commercial cover."""

    number: int
    name: str
    domain: str
    industry: str
    employees: int
    revenue: int
    years: int
    place: Place
    phone: str


@dataclass(frozen=True, slots=True)
class Sale:
    """How the selling stands. `closed` is None while it is open."""

    state: str
    """open, won or lost."""
    stage: str
    """quoted, meeting, application or decided."""
    opened: int
    closed: int | None
    premium: int
    policy_number: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is: the same for every entry of that person in the book."""

    first_name: str
    last_name: str
    place: Place
    zip: str
    age: int
    born: tuple[int, int, int]
    """Year, month, day."""
    line: ProductLine
    income: int
    homeowner: bool
    dependents: int
    property_value: int
    vehicles: int
    insured: bool
    coverage: int
    """0 where the line knows no sum."""
    phone: str
    job_title: str
    business: Business | None


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into the CRM about a lead, mistakes included; empty where nothing was typed."""

    first_name: str
    last_name: str
    email: str
    phone: str
    mobile: str
    state: str
    zip: str
    age: str
    born: str
    income: str
    known: tuple[str, ...]
    """Facts that somebody asked for and entered: homeowner, dependents, coverage, property, vehicles, insured, county,
    line, business."""


@dataclass(frozen=True, slots=True)
class Person:
    """One entry of the book."""

    number: int
    identity: Identity
    typed: Typed
    source: str
    intent: float
    """The truth behind the story, 0 to 1. No CRM gets to see it."""
    rep: int
    created: int
    renewal_day: int | None
    """Days since 1970 of the day the present cover ends."""
    do_not_contact: bool
    acts: tuple[Act, ...]
    """In order of time."""
    sale: Sale | None
    twin_of: int | None
    """Number of the earlier entry of the same person."""
    merged: tuple[int, ...]
    """Serials of entries that were merged into this one long ago."""
    archived: bool
    in_import: bool
    """Whether the agency's last bulk import touched it."""
