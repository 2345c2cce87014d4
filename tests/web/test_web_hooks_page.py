"""The page about webhooks, what is counted for it, and setting them up."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hook_support import ORG, PUBLIC, Doors, event
from web_support import AT, Book

from connector.flows import hook_setup, meters
from connector.flows.services import Refused, Services
from connector.store import hook_counts
from connector.store.hook_counts import Count


def test_the_page_shows_what_came_what_waits_and_what_was_refused(hubspot: Doors, stranger: Book) -> None:
    assert "Nothing heard yet" in hubspot.page()
    hubspot.told(event(7), event(8))
    hubspot.told(event(9), secret="another")
    theirs = stranger.connect("their crm")
    with hubspot.svc.store.write() as conn:
        hook_counts.add_counts(conn, [Count("hubspot", theirs.connection_id, "theirs", "Secret.", 1)], AT)
        conn.execute(sa.text("UPDATE inbox SET done_at = :at WHERE record_id = '7'"), {"at": AT + 3})
    shown = hubspot.page()
    for expected in ("<dd>2</dd>", "<dd>1</dd>", "<dd>3</dd>", "Wrong signature", "1 time since", "client secret"):
        assert expected in shown
    assert "their" not in shown


def test_the_metrics_count_requests_and_events_by_what_came_of_them(hubspot: Doors) -> None:
    def counted(outcome: str) -> tuple[float, float]:
        names = ("leadtier_webhook_requests_total", "leadtier_webhook_events_total")
        found = [meters.REGISTRY.get_sample_value(name, {"source": "hubspot", "outcome": outcome}) for name in names]
        return found[0] or 0.0, found[1] or 0.0

    outcomes = ("kept", "unknown account", "wrong signature")
    before = [counted(outcome) for outcome in outcomes]
    hubspot.told(event(7), event(8), event(9, portalId=99))
    hubspot.told(event(7), secret="another")
    grown = [(now[0] - then[0], now[1] - then[1]) for now, then in zip(map(counted, outcomes), before, strict=True)]
    assert grown == [(1, 2), (0, 1), (1, 0)]


def test_an_empty_house_is_taught_what_webhooks_are_for(doors: Doors) -> None:
    shown = doors.page()
    assert "No CRM is connected yet" in shown
    assert "Nothing was refused" in shown


def test_what_a_sender_calls_its_events_cannot_become_markup(hubspot: Doors) -> None:
    hubspot.told(event(7, subscriptionType="contact.<script>alert(1)</script>"))
    assert "<script>alert" not in hubspot.page()


def test_setting_up_refuses_what_cannot_work(hubspot: Doors, svc: Services) -> None:
    hubspot.connect(ORG, "salesforce", name="org")
    with pytest.raises(Refused, match="LEADTIER_PUBLIC_URL"):
        hook_setup.listed(svc, "")
    with pytest.raises(Refused, match="LEADTIER_PUBLIC_URL"):
        hook_setup.add_own(svc, "", "org")
    with pytest.raises(Refused, match="--connection"):
        hook_setup.add_app_secret(svc, "salesforce", "x")
    with pytest.raises(Refused, match="no adapter"):
        hook_setup.add_app_secret(svc, "anycrm", "x")
    for secret in ("", "two words", "x" * 501):
        with pytest.raises(Refused, match="no secret"):
            hook_setup.add_app_secret(svc, "hubspot", secret)
    with pytest.raises(Refused, match="There are: hubspot 33, org"):
        hook_setup.add_own(svc, PUBLIC, "another")
    with pytest.raises(Refused, match="leadtier hooks"):
        hook_setup.remove(svc, 99)


def test_the_list_names_addresses_secrets_and_steps(hubspot: Doors, svc: Services, stranger: Book) -> None:
    hubspot.connect(ORG, "salesforce", name="org")
    hubspot.connect("55", tenant_id=stranger.tenant_id, name="theirs")
    path = hubspot.own_address("org")
    app, org = hook_setup.listed(svc, PUBLIC)
    assert (app.address, len(app.secrets)) == (f"{PUBLIC}/hooks/hubspot", 1)
    assert '"propertyName": "email"' in "".join(app.steps)
    assert "hs_updated_by_user_id" not in "".join(app.steps)
    assert (org.address, len(org.secrets)) == (f"{PUBLIC}/hooks/salesforce/…", 1)
    assert path.rpartition("/")[2] not in repr((app, org))
