"""The agency itself: its people, its sources of leads, its website and its mailings."""

from __future__ import annotations

from typing import NamedTuple

SITE = "https://www.harborlight.example"
PRICING_PAGE = "/pricing"
GUIDE_PAGE = "/guides/compare-plans"
OTHER_PAGES = (
    "/",
    "/about",
    "/blog/how-much-cover-is-enough",
    "/blog/turning-65-checklist",
    "/blog/what-moves-a-premium",
    "/blog/storm-season",
    "/reviews",
    "/contact",
)

QUOTE_FORM = "Request a quote: Quote form"
CALLBACK_FORM = "Talk to an agent: Callback request"
GUIDE_FORM = "Comparison guide: Guide download"
CONTACT_FORM = "Contact us: Contact form"
EVENT_FORM = "Retirement seminar: Registration form"
FORM_PAGES = {
    QUOTE_FORM: "/quote",
    CALLBACK_FORM: "/talk-to-an-agent",
    GUIDE_FORM: GUIDE_PAGE,
    CONTACT_FORM: "/contact",
    EVENT_FORM: "/events/retirement-seminar",
}

DRIP_DAYS = (1, 4, 9, 16, 26, 40)
"""Days after arrival on which the mails of a welcome series go out."""


class Rep(NamedTuple):
    """Somebody who sells. `skill` multiplies the chance to win, `reply_hours` is the usual wait for a first call."""

    first_name: str
    last_name: str
    skill: float
    reply_hours: float
    cadence: float
    """How often they try again, 1 is usual."""
    active: bool = True


REPS = (
    Rep("Dana", "Whitfield", 1.30, 0.6, 1.15),
    Rep("Marcus", "Oyelaran", 1.15, 1.5, 1.10),
    Rep("Priya", "Raman", 1.10, 2.0, 1.00),
    Rep("Tom", "Kowalski", 0.95, 5.0, 0.95),
    Rep("Luis", "Ferrer", 0.85, 9.0, 0.85),
    Rep("Beth", "Sandoval", 0.70, 22.0, 0.75),
    Rep("Gordon", "Pike", 0.75, 30.0, 0.60, active=False),
)
"""The last one has left the agency; some old leads are still his."""


class Source(NamedTuple):
    """Where leads come from. `intent` are the two shape parameters of a beta distribution of buying intent."""

    key: str
    label: str
    share: int
    intent: tuple[float, float]


SOURCES = (
    Source("website", "Website", 30, (1.7, 2.7)),
    Source("referral", "Referral", 12, (2.4, 2.4)),
    Source("quote_comparison", "Quote comparison site", 17, (1.5, 2.7)),
    Source("purchased_list", "Purchased list", 16, (0.8, 5.5)),
    Source("social", "Social media", 11, (1.3, 3.2)),
    Source("event", "Event", 6, (1.9, 2.7)),
    Source("walk_in", "Walk-in", 3, (2.7, 2.1)),
    Source("phone_in", "Phone-in", 5, (2.7, 2.1)),
)


def mail_name(line_label: str, number: int) -> str:
    """The name of a mail of the welcome series, as the agency's mailing tool lists it."""
    return f"{line_label} welcome series, mail {number} of {len(DRIP_DAYS)}"
