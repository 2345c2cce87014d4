"""Under the usual points table the book looks like a working agency: few hot leads, some warm, most cold."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from adapters.sandbox.hubspot.seeding import hubspot_book
from adapters.sandbox.people import LICENSED, LINES, Person, people
from adapters.sandbox.seed import SeedObject

AS_OF = datetime(2026, 11, 22, 16, tzinfo=UTC)
NOW = AS_OF.timestamp()
LEADS = 2_000
DAY = 86_400
IDEAL = {line.label: line.ideal_ages for line in LINES}


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def answers(item: SeedObject) -> bool:
    """Whether the lead itself did this."""
    values = item.properties
    return (
        values.get("hs_email_direction") == "INCOMING_EMAIL"
        or values.get("hs_call_direction") == "INBOUND"
        or values.get("hs_call_disposition", "").startswith("f240bbac")
        or values.get("hs_communication_direction") == "INBOUND"
        or values.get("hs_meeting_outcome") == "COMPLETED"
    )


def seen(contact: SeedObject, logged: list[SeedObject]) -> list[tuple[float, str]]:
    """What the lead did, as far as HubSpot shows it: moments with the form, page or ``open <mail>``."""
    values = contact.properties
    acts = [
        (seconds(values[when]), values[what])
        for what, when in (
            ("first_conversion_event_name", "first_conversion_date"),
            ("recent_conversion_event_name", "recent_conversion_date"),
            ("hs_analytics_first_url", "hs_analytics_first_visit_timestamp"),
            ("hs_analytics_last_url", "hs_analytics_last_visit_timestamp"),
        )
        if what in values
    ]
    acts += [(seconds(values["hs_email_last_open_date"]), "open")] if "hs_email_last_open_date" in values else []
    past = contact.history or {}
    for at, _ in past.get("hs_email_open", []):
        sent = [name for moment, name in past.get("hs_email_last_email_name", []) if moment <= at]
        acts.append((at / 1000, f"open {sent[-1] if sent else ''}"))
    acts += [(seconds(item.properties["hs_timestamp"]), item.type) for item in logged if answers(item)]
    return [(at, what) for at, what in acts if at <= NOW]


def score(contact: SeedObject, logged: list[SeedObject], person: Person) -> int:
    acts = sorted([(contact.created_ms / 1000, "created"), *seen(contact, logged)])
    quiet = [later for (earlier, _), (later, _) in pairwise(acts) if later - earlier >= 90 * DAY]
    words = [what for at, what in acts if at >= max(quiet, default=0)]
    points = 25 * any("Quote form" in word or "Callback" in word for word in words)
    points += 15 * any("Guide download" in word for word in words)
    points += 10 * any(word.endswith("/pricing") or "/products/" in word for word in words)
    points += 10 * (max(Counter(word for word in words if word.startswith("open ")).values(), default=0) >= 3)
    points += 15 * fits(contact, person) - 20 * ("hs_email_optout" in contact.properties)
    silence = NOW - acts[-1][0]
    lost = 1.0 if silence >= 90 * DAY else 0.5 if silence >= 60 * DAY else 0.2 if silence >= 30 * DAY else 0.0
    return max(0, points - round(max(points, 0) * lost))


def fits(contact: SeedObject, person: Person) -> bool:
    age, line = contact.properties.get("age", ""), contact.properties.get("product_interest", "")
    if not age.isdigit() or line not in IDEAL or "state" not in contact.properties:
        return False
    return IDEAL[line][0] <= int(age) <= IDEAL[line][1] and person.identity.place.state in LICENSED


@pytest.fixture(scope="module")
def scores() -> list[int]:
    contacts: list[SeedObject] = []
    logged: dict[str, list[SeedObject]] = defaultdict(list)
    for item in hubspot_book(LEADS, 1, AS_OF).objects():
        if item.type == "contacts":
            contacts.append(item)
        elif item.type not in {"companies", "deals"}:
            logged[item.contact_ids[0]].append(item)
    whole = zip(contacts, people(LEADS, 1, AS_OF), strict=True)
    return [score(contact, logged[contact.id], person) for contact, person in whole]


def test_three_to_five_in_a_hundred_are_ready_for_sales(scores: list[int]) -> None:
    assert 0.025 < sum(score >= 65 for score in scores) / LEADS < 0.055


def test_about_one_in_six_is_worth_marketing(scores: list[int]) -> None:
    assert 0.12 < sum(40 <= score < 65 for score in scores) / LEADS < 0.22


def test_many_have_gone_silent(scores: list[int]) -> None:
    assert 0.2 < sum(score == 0 for score in scores) / LEADS < 0.5
