"""Web forms: what somebody sends stands on the contact as its latest form."""

from __future__ import annotations

from typing import Any

from adapters.sandbox.hubspot.forms import form_id
from adapters.sandbox.people.agency import CALLBACK_FORM, QUOTE_FORM
from tests.sandbox.account import Account

NAMES = "first_conversion_event_name,recent_conversion_event_name,recent_conversion_date,num_conversion_events,lastname"


def send(account: Account, form: str, *, portal: int | None = None, **fields: str) -> Any:
    """Somebody fills a form in: no token is needed for that."""
    rows = [{"objectTypeId": "0-1", "name": name, "value": value} for name, value in fields.items()]
    path = f"/submissions/v3/integration/submit/{portal or account.hub.settings.portal_id}/{form_id(form)}"
    return account.client.post(path, json={"fields": rows})


def known(account: Account, crm_id: str) -> dict[str, Any]:
    found: dict[str, Any] = account.get(f"/crm/v3/objects/contacts/{crm_id}?properties={NAMES}")["properties"]
    return found


def test_a_form_stands_on_the_contact_of_its_address(account: Account) -> None:
    crm_id = account.add(email="ann@example.com")
    assert send(account, QUOTE_FORM, email="Ann@Example.com").status_code == 200
    account.clock.forward(3600)
    assert send(account, CALLBACK_FORM, email="ann@example.com", lastname="Lee").status_code == 200
    found = known(account, crm_id)
    assert (found["first_conversion_event_name"], found["recent_conversion_event_name"]) == (QUOTE_FORM, CALLBACK_FORM)
    assert found["recent_conversion_date"].startswith("2026-11-22T13:00")
    assert (found["num_conversion_events"], found["lastname"]) == ("2", "Lee")


def test_a_form_of_an_address_nobody_has_makes_a_contact(account: Account) -> None:
    assert send(account, CALLBACK_FORM, email="new@example.com").status_code == 200
    (crm_id,) = account.found({"propertyName": "email", "operator": "EQ", "value": "new@example.com"})
    assert known(account, crm_id)["first_conversion_event_name"] == CALLBACK_FORM


def test_a_form_without_address_or_of_another_account_is_refused(account: Account) -> None:
    assert send(account, CALLBACK_FORM, lastname="Lee").status_code == 400
    assert send(account, CALLBACK_FORM, email="ann@example.com", portal=1).status_code == 404
    assert send(account, "no such form", email="ann@example.com").status_code == 404
    assert send(account, CALLBACK_FORM, email="ann@example.com", lastnam="Lee").status_code == 400
