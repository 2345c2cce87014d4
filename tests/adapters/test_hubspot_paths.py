"""Two families of paths say the same thing; which one is called is one constant."""

from __future__ import annotations

import pytest

from adapters.contract import Adapter, Update
from adapters.hubspot import adapter as adapter_module
from adapters.hubspot.paths import API, CLASSIC, DATED, Paths
from tests.adapters.canned import Canned, Reply, Time
from tests.adapters.conftest import TOKEN

BOTH = [
    ("objects", ("calls",), "/crm/v3/objects/calls", "/crm/objects/2026-09/calls"),
    ("search", ("contacts",), "/crm/v3/objects/contacts/search", "/crm/objects/2026-09/contacts/search"),
    ("batch", ("contacts", "read"), "/crm/v3/objects/contacts/batch/read", "/crm/objects/2026-09/contacts/batch/read"),
    (
        "associations",
        ("calls", "contacts"),
        "/crm/v4/associations/calls/contacts/batch/read",
        "/crm/associations/2026-09/calls/contacts/batch/read",
    ),
    ("properties", ("contacts",), "/crm/v3/properties/contacts", "/crm/properties/2026-09/contacts"),
    ("properties", ("contacts", "age"), "/crm/v3/properties/contacts/age", "/crm/properties/2026-09/contacts/age"),
    ("owners", (), "/crm/v3/owners/", "/crm/owners/2026-09"),
    ("account", (), "/account-info/v3/details", "/account-info/2026-09/details"),
    (
        "daily_usage",
        (),
        "/account-info/v3/api-usage/daily/private-apps",
        "/account-info/2026-09/api-usage/daily/private-apps",
    ),
    ("token", (), "/oauth/v3/token", "/oauth/2026-09/token"),
    ("revoke", (), "/oauth/2026-09/token/revoke", "/oauth/2026-09/token/revoke"),
]


@pytest.mark.parametrize(("name", "arguments", "classic", "dated"), BOTH)
def test_both_families_have_every_path(name: str, arguments: tuple[str, ...], classic: str, dated: str) -> None:
    assert getattr(Paths(CLASSIC), name)(*arguments) == classic
    assert getattr(Paths(DATED), name)(*arguments) == dated


def test_the_family_called_is_the_one_the_client_speaks() -> None:
    assert API == CLASSIC
    assert Paths() == Paths(CLASSIC)


def test_the_whole_adapter_can_call_the_dated_family(
    server: Canned, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter_module, "Paths", lambda: Paths(DATED))
    opened: Adapter = adapter_module.factory({"token": TOKEN}, base_url=server.url, clock=time.now, sleep=time.sleep)
    server.route = lambda _: Reply(200, {"portalId": 1, "results": []})
    opened.check()
    list(opened.contacts(None, []))
    list(opened.activities("calls", None))
    opened.write([Update("1", {"a": "b"})])
    assert all(DATED in seen.path for seen in server.seen)
