"""The agency's book of leads: made-up people with believable lives, in no CRM's terms.

Every lead has a random stream of its own, so a book is the same for the same (leads, seed, as_of) on every machine and
in every process, and any size streams through without being held.
"""

from __future__ import annotations

from adapters.sandbox.people.agency import FORM_PAGES, PRICING_PAGE, REPS, SITE, SOURCES, Rep
from adapters.sandbox.people.book import STORY_DAYS, archived_numbers, people
from adapters.sandbox.people.business import business, pool_size
from adapters.sandbox.people.lines import LINE_BY_KEY, LINES, ProductLine
from adapters.sandbox.people.person import Act, Business, Identity, Person, Sale, Typed
from adapters.sandbox.people.places import LICENSED

__all__ = [
    "FORM_PAGES",
    "LICENSED",
    "LINES",
    "LINE_BY_KEY",
    "PRICING_PAGE",
    "REPS",
    "SITE",
    "SOURCES",
    "STORY_DAYS",
    "Act",
    "Business",
    "Identity",
    "Person",
    "ProductLine",
    "Rep",
    "Sale",
    "Typed",
    "archived_numbers",
    "business",
    "people",
    "pool_size",
]
