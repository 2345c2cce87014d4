"""The same book gives the same scores in both CRMs, lead by lead; docs/comparing-crms.md explains where it cannot."""

from __future__ import annotations

from adapters.sandbox.hubspot.book.shapes import contact_id
from adapters.sandbox.people import Person, people
from adapters.sandbox.salesforce.book import record_id
from connector.cli.compare import UNEXPLAINED, compare, told, why
from connector.core.types import ScoreCard
from tests.contract.stage import START
from tests.crms.conftest import LEADS, SEED, Agency

Pair = tuple[Person, ScoreCard, ScoreCard]


def pairs(agency: Agency) -> list[Pair]:
    """Everybody with the card from HubSpot's record and the one from Salesforce's."""
    ours, theirs = agency.cards("hubspot"), agency.cards("salesforce")
    book = [person for person in people(LEADS, SEED, START) if not person.archived]
    return [(person, ours[contact_id(person.number)], theirs[record_id(person)]) for person in book]


def test_every_lead_of_the_book_is_scored_in_both(agency: Agency) -> None:
    both = pairs(agency)
    assert len(both) == sum(not person.archived for person in people(LEADS, SEED, START))
    assert len(agency.cards("hubspot")) == len(agency.cards("salesforce")) == len(both)
    assert {done.run.state for done in agency.done.values()} == {"done"}


def test_the_same_lead_has_the_same_score_tier_stage_and_reasons_in_both(agency: Agency) -> None:
    alike = [pair for pair in pairs(agency) if why(pair[0]) is UNEXPLAINED]
    assert len(alike) > 0.8 * LEADS, "most people look the same in both"
    assert [
        (person.number, told(ours), told(theirs)) for person, ours, theirs in alike if told(ours) != told(theirs)
    ] == []


def test_where_scores_differ_the_reason_is_one_of_those_listed(agency: Agency) -> None:
    found = compare(agency.svc, LEADS, SEED, START)
    both = pairs(agency)
    assert found.same + found.different.total() == len(both)
    assert found.different[UNEXPLAINED] == 0
    assert 0 < found.different.total() < 0.1 * len(both)
