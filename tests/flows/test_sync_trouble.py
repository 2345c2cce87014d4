"""A CRM that refuses, stays away or makes no sense: each ends no more than it must and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from adapters.contract import (
    Broken,
    Misconfigured,
    QuotaSpent,
    Reauthorise,
    Retry,
)
from connector.flows.doctor import examine
from connector.flows.findings import State
from tests.flows.conftest import World
from tests.flows.crm import NOW
from tests.flows.looking import problems


def fail_once(error: Exception, what: str, after: int = 0) -> Callable[[str], None]:
    seen = 0

    def on_call(asked: str) -> None:
        nonlocal seen
        if asked == what:
            seen += 1
            if seen == after + 1:
                raise error

    return on_call


def test_a_crm_that_asks_for_patience_is_waited_for(world: World) -> None:
    scope = world.connect()
    world.crm.on_call = fail_once(Retry("HubSpot is busy.", after=7), "contacts", after=1)
    done = world.sync(scope)
    assert (done.run.state, done.run.contacts, done.run.written) == ("done", 23, 23)
    assert 7 in world.slept


def test_a_crm_that_stays_away_ends_the_run_and_keeps_its_place(world: World) -> None:
    scope = world.connect()

    def away(what: str) -> None:
        raise Retry("HubSpot does not answer.")

    world.crm.on_call = away
    failed = world.sync(scope)
    assert failed.run.state == "failed"
    assert "HubSpot does not answer." in failed.run.message
    assert "leadtier sync" in failed.run.message
    world.crm.on_call = lambda what: None
    assert world.sync(scope).run.written == 23


def test_a_token_revoked_in_mid_run_keeps_what_was_read_and_says_to_connect_again(world: World) -> None:
    scope = world.connect()
    world.crm.on_call = fail_once(Reauthorise("The token is not valid any more. Connect again."), "contacts", after=2)
    failed = world.sync(scope)
    assert (failed.run.state, failed.run.contacts) == ("failed", 10)
    findings = {finding.what: finding for finding in examine(world.services())}
    assert findings["needs you"].state is State.BAD
    assert "Connect again" in findings["needs you"].text
    world.connect()
    done = world.sync(scope)
    assert (done.run.state, done.run.contacts, done.run.written) == ("done", 13, 23)
    assert "needs you" not in {finding.what for finding in examine(world.services())}


def test_a_spent_quota_stops_the_run_until_it_resets(world: World) -> None:
    scope = world.connect()
    until = NOW + timedelta(hours=5)
    world.crm.on_call = fail_once(QuotaSpent("The calls of today are used up.", until=until), "write")
    failed = world.sync(scope)
    assert failed.run.state == "failed"
    assert "14:00" in failed.run.message, "said in the tenant's zone, Chicago"
    world.crm.on_call = lambda what: None
    assert world.sync(scope).run.written + failed.run.written == 23


def test_a_missing_scope_for_one_activity_type_costs_that_type_only(world: World) -> None:
    scope = world.connect()

    def forbid(what: str) -> None:
        if what == "emails":
            raise Misconfigured("The app may not read emails.", what=["sales-email-read"])

    world.crm.on_call = forbid
    done = world.sync(scope)
    assert (done.run.state, done.run.written) == ("done", 23)
    assert "Not read: emails" in done.run.message
    assert "The app may not read emails." in {problem.text for problem in problems(world, scope)}
    world.crm.on_call = lambda what: None
    world.crm.act("emails:1", "1001", hs_email_direction="INCOMING_EMAIL")
    assert world.sync(scope).run.activities >= 1, "granted later, it is read from the beginning"


def test_without_the_scope_for_contacts_nothing_goes(world: World) -> None:
    scope = world.connect()
    world.crm.on_call = fail_once(Misconfigured("The app may not read contacts."), "contacts")
    assert world.sync(scope).run.message.startswith("The app may not read contacts.")


def test_an_answer_that_makes_no_sense_ends_the_run_with_a_sentence(world: World) -> None:
    scope = world.connect()
    world.crm.on_call = fail_once(Broken("HubSpot sent a web page.", log="<html>…"), "calls")
    failed = world.sync(scope)
    assert (failed.run.state, failed.run.message) == ("failed", "HubSpot sent a web page.")
