"""What a website's counter and a mailing tool know of a lead, worked out from the story, for any CRM to keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from adapters.sandbox.people.agency import SITE
from adapters.sandbox.people.person import Act

VISIT_GAP = 30 * 60_000
"""Half an hour without a page ends a visit, in milliseconds."""

_TRACKED = ("mail", "open", "click", "mail_reply", "bounce")


class Website(NamedTuple):
    """The pages a lead saw. Times are milliseconds since 1970 UTC."""

    first_url: str
    first_at: int
    last_url: str
    last_at: int
    """The last page or form, whichever was later."""
    last_visit_at: int
    pages: int
    visits: int


class Repeated(NamedTuple):
    """Acts of one kind: how many, when the first and the last."""

    times: int
    first_at: int
    last_at: int


class Engagement(NamedTuple):
    """Everything the tools know; None or empty where nothing happened."""

    website: Website | None
    mailings: Mapping[str, Repeated]
    """By kind of act: mail, open, click, mail_reply, bounce."""
    last_mail: str
    """Name of the last mail that was sent."""
    opted_out: bool
    forms: Sequence[Act]


def by_kind(acts: Iterable[Act]) -> dict[str, list[Act]]:
    """The acts of a story by their kind, each in order of time."""
    kinds: dict[str, list[Act]] = {}
    for act in acts:
        kinds.setdefault(act.kind, []).append(act)
    return kinds


def engagement(kinds: Mapping[str, Sequence[Act]]) -> Engagement:
    """What the tools know after these acts, sorted by `by_kind`."""
    sent = kinds.get("mail", ())
    return Engagement(
        website=_website(kinds),
        mailings={kind: _repeated(kinds[kind]) for kind in _TRACKED if kind in kinds},
        last_mail=sent[-1].detail if sent else "",
        opted_out="optout" in kinds,
        forms=kinds.get("form", ()),
    )


def _repeated(acts: Sequence[Act]) -> Repeated:
    return Repeated(len(acts), acts[0].at, acts[-1].at)


def _website(kinds: Mapping[str, Sequence[Act]]) -> Website | None:
    pages = kinds.get("page")
    if not pages:
        return None
    first, last = pages[0], pages[-1]
    starts = [page.at for before, page in pairwise(pages) if page.at - before.at > VISIT_GAP]
    forms = kinds.get("form", (last,))
    return Website(
        first_url=SITE + first.detail,
        first_at=first.at,
        last_url=SITE + last.detail,
        last_at=max(last.at, forms[-1].at),
        last_visit_at=starts[-1] if starts else first.at,
        pages=len(pages),
        visits=1 + len(starts),
    )
