"""What Salesforce gives out by measure: tokens that one process alone renews, and calls that others need too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from adapters.contract import QuotaSpent
from adapters.oauth import OAuthTokens
from adapters.salesforce.allowance import Allowance
from connector.flows.services import Services
from connector.store.database import Store, engine_for
from tests.crms.orgs import Agency, Killed, agency_at, backfill_from, die, on_call

COLLECTIONS = "/composite/sobjects$"


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[Agency]:
    with agency_at("connected", tmp_path) as found:
        yield found


def renewals(agency: Agency) -> int:
    return sum(count for call, count in agency.sandbox.salesforce.calls.items() if "oauth2/token" in call)


def over(agency: Agency) -> None:
    """Every session of the org ends by itself."""
    agency.time.pass_by(seconds=agency.sandbox.salesforce.settings.session_seconds + 1)


# --------------------------------------------------------------------------------------------------------------- tokens


def another_process(agency: Agency) -> Services:
    svc = agency.another()
    svc.store = Store(engine_for(f"sqlite:///{agency.folder / 'leadtier.db'}", synchronous="OFF"))
    return svc


def test_two_processes_that_need_a_new_token_at_once_ask_once(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.connect(**agency.app())
    processes = [agency.svc, another_process(agency)]
    accounts = [svc.account(agency.scope) for svc in processes]
    for account in accounts:
        account.check()
    assert renewals(agency) == 0
    over(agency)
    both, plain = threading.Barrier(2, timeout=10), OAuthTokens.renew

    def renew(tokens: OAuthTokens, refused: str) -> None:
        both.wait()
        plain(tokens, refused)

    monkeypatch.setattr(OAuthTokens, "renew", renew)
    with ThreadPoolExecutor(2) as pool:
        orgs = list(pool.map(lambda account: account.check().id, accounts))
    assert (orgs, renewals(agency)) == ([agency.sandbox.org.org_id] * 2, 1)
    monkeypatch.undo()
    for svc in processes:
        assert agency.sync(svc).run.state == "done"
    assert renewals(agency) == 1
    agency.whole()
    processes[1].close()


def test_a_new_token_is_kept_before_it_is_used(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.connect(**agency.app())
    over(agency)
    on_call(monkeypatch, "query", die, at=2)  # the first is refused, the second comes with the new token
    with pytest.raises(Killed):
        agency.sync()
    assert renewals(agency) == 1
    monkeypatch.undo()
    agency.process()
    assert agency.sync().run.state == "done"
    assert renewals(agency) == 1
    agency.whole()


def test_a_refresh_token_that_somebody_else_used_needs_a_person_and_loses_nothing(agency: Agency) -> None:
    agency.connect(**agency.app())
    assert agency.sandbox.salesforce.sessions.refreshed(agency.grant.refresh, rotate=True)
    agency.sandbox.salesforce.faults.add("session_expired", count=1, path=COLLECTIONS)
    failed = agency.sync().run
    assert (failed.state, failed.scored, failed.written) == ("failed", 9, 0)
    assert "was used by somebody else. An admin must connect the org again." in agency.trouble
    assert agency.trouble in agency.said()
    assert agency.sync().run.state == "failed", "it does not heal by itself"

    agency.connect(**agency.app())
    assert agency.sync().run.state == "done"
    agency.whole()
    assert (agency.trouble, agency.said()) == ("", "")


def test_with_client_credentials_a_dead_session_is_replaced(agency: Agency) -> None:
    app = agency.app()
    agency.connect(client_id=app["client_id"], client_secret=app["client_secret"])
    agency.sandbox.salesforce.faults.add("session_revoked", count=1, path=COLLECTIONS)
    done = agency.sync().run
    assert (done.state, done.written, agency.trouble) == ("done", 9, "")
    agency.whole()


def owners(agency: Agency) -> dict[str, str]:
    return {row["Id"]: row["OwnerId"] for row in agency.desk.rows("Lead")}


@pytest.mark.parametrize("bulk", [False, True], ids=["collections", "bulk job"])
def test_no_lead_changes_hands_because_of_a_score_not_even_after_a_renewal(
    agency: Agency, monkeypatch: pytest.MonkeyPatch, *, bulk: bool
) -> None:
    if bulk:
        backfill_from(monkeypatch, 5)
    rep, before = _rep(agency), owners(agency)
    agency.connect(**agency.app())
    agency.sandbox.salesforce.faults.add("session_expired", count=1, path=f"{COLLECTIONS}|/jobs/ingest")
    assert agency.sync().run.written == 9
    assert owners(agency) == before

    lead = next(iter(before))
    url = f"{agency.sandbox.url}/services/data/v67.0/sobjects/Lead/{lead}"
    headers = {"Authorization": f"Bearer {agency.sandbox.session}"}
    assert requests.patch(url, json={"City": "Austin"}, headers=headers, timeout=10).ok
    assert owners(agency)[lead] == rep, "the rule is at work"


def _rep(agency: Agency) -> str:
    """Whom an active assignment rule gives every lead that is saved."""
    org = agency.sandbox.org
    with org.writing() as connection:
        rep = org.next_id("User", connection)
    org.load("User", [{"Id": rep, "LastName": "Rep", "Username": "rep@us.example", "IsActive": 1}])
    org.load("AssignmentRule", [{"Name": "Standard", "SobjectType": "Lead", "Active": 1}])
    org.settings.lead_assignment_owner = rep
    return rep


# ---------------------------------------------------------------------------------------------------------------- quota


def watched(agency: Agency, limit: int) -> list[int]:
    """The org allows so many calls a day; what was used when, as every call saw it."""
    hub, seen = agency.sandbox.salesforce, [0]
    hub.settings.daily_limit = limit
    plain = hub.quota.take

    def take() -> bool:
        taken = plain()
        seen.append(hub.quota.used)
        return taken

    hub.quota.take = take  # type: ignore[method-assign]
    return seen


def test_the_share_of_the_others_is_never_touched(agency: Agency) -> None:
    used = watched(agency, 12)
    failed = agency.sync().run
    assert failed.state == "failed"
    assert max(used) <= 12 * 0.8
    assert "quota_free leaves 20% of them to other integrations" in failed.message
    again = (agency.time.now() + timedelta(hours=1)).strftime("%d %b")
    assert f"Calls are possible again from {again} 09:00." in failed.message, "said in the agency's own zone"
    assert agency.trouble == "", "nothing for a person to mend"


def test_an_answer_that_was_overtaken_gives_no_call_back(agency: Agency) -> None:
    allowance = Allowance(0.2, agency.time.now)
    first, second = allowance.spend(), allowance.spend()
    allowance.done("api-usage=12/15", second)
    allowance.done("api-usage=11/15", first)
    with pytest.raises(QuotaSpent):
        allowance.spend()


def test_a_sync_that_the_share_cut_off_goes_on_when_there_are_calls_again(agency: Agency) -> None:
    used = watched(agency, 12)
    assert agency.sync().run.state == "failed"
    assert max(used) <= 12 * 0.8
    agency.time.pass_by(days=1)
    agency.sandbox.salesforce.settings.daily_limit = 118_000
    assert agency.sync().run.state == "done"
    agency.whole()
    agency.as_if_undisturbed()


def test_after_an_hour_one_call_asks_whether_there_are_calls_again(agency: Agency) -> None:
    used = watched(agency, 12)
    agency.sync()
    spent = used[-1]
    agency.later(hours=1)
    assert used[-1] - spent <= 1


def test_somebody_else_may_spend_the_calls_while_we_run(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    quota = agency.sandbox.salesforce.quota
    agency.sandbox.salesforce.settings.daily_limit = 1000

    def spend() -> None:
        quota.used = 900

    on_call(monkeypatch, "queryAll", spend, at=2)
    failed = agency.sync().run
    assert failed.state == "failed"
    assert "has used 90" in failed.message
    assert quota.used < 920, "what was on its way came home, nothing more left"
    assert "quota_free leaves 20% of them to other integrations" in agency.said()

    quota.used = 0
    assert agency.later(hours=1).run.state == "done"
    agency.whole()


@pytest.mark.parametrize("path", ["/query", COLLECTIONS])
def test_a_quota_that_is_spent_ends_the_run_and_the_next_one_goes_on(agency: Agency, path: str) -> None:
    agency.sandbox.salesforce.faults.add("request_limit", path=path)
    failed = agency.sync().run
    assert failed.state == "failed"
    assert "used up its API calls" in failed.message
    assert "Calls are possible again from 22 Nov" in failed.message
    agency.sandbox.salesforce.faults.clear()
    assert agency.later(hours=1).run.state == "done"
    agency.whole()
    assert agency.said() == ""
