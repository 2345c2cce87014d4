"""Connecting with the real adapters: the whole way of OAuth, a look that changes nothing, and leaving."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

import mappings
from adapters.contract import FieldState
from adapters.sandbox.hubspot.seeding import hubspot_book
from adapters.sandbox.played import Sandbox
from adapters.sandbox.salesforce.book import fill
from adapters.sandbox.salesforce.settings import OrgSettings
from adapters.sandbox.server import running
from adapters.sandbox.settings import ALL_SCOPES, Settings
from connector.core.vocabulary import Vocabulary
from connector.flows import account_trial, disconnect, grants, parts, ways
from connector.flows.account_trial import NotLetIn
from connector.flows.actors import Actor, Role
from connector.flows.connect import Connected
from connector.flows.grants import Back, Held, NotGranted
from connector.flows.parts import DirectSteps
from connector.flows.services import Refused, Services
from connector.flows.stories import STORIES
from connector.flows.sync import begin, sync
from connector.services import installed_crms
from connector.store import accounts, tenants
from connector.store.database import Store, engine_for
from connector.store.leaving import DISCONNECT
from connector.store.sealing import Sealer, new_key
from tests.contract.stage import Time
from tests.flows.conftest import empty_store

KINDS = ("hubspot", "salesforce")
BACK = "http://127.0.0.1:8700/connections/callback"


@dataclass
class Desk:
    """An admin of an agency, before the two CRMs."""

    svc: Services
    actor: Actor
    sandbox: Sandbox

    def app(self, kind: str) -> dict[str, str]:
        settings = self.sandbox.hub.settings if kind == "hubspot" else self.sandbox.salesforce.settings
        return {"client_id": settings.client_id, "client_secret": settings.client_secret}

    def wish(self, kind: str, **more: object) -> Held:
        held = Held(kind, "browser", self.app(kind), self.sandbox.url, redirect_uri=BACK)
        return replace(held, **more)  # type: ignore[arg-type]

    def agree(self, wish: Held) -> str:
        """Goes to the consent page and agrees; what is held then."""
        url = grants.ask(self.svc, self.actor, wish)
        method = "post" if wish.kind == "hubspot" else "get"
        answer = requests.request(method, url, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        assert answer.headers["Location"].startswith(BACK)
        given = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
        return grants.redeem(self.svc, self.actor, Back(given["state"], given.get("code", ""), given.get("error", "")))

    def look(self, word: str) -> account_trial.Tried:
        return account_trial.look(self.svc, self.actor, word, grants.held(self.svc, self.actor, word))

    def connect(self, kind: str) -> Connected:
        return account_trial.connect(self.svc, self.actor, self.agree(self.wish(kind)))

    def sync(self, done: Connected) -> str:
        run = begin(self.svc, done.scope)
        sync(self.svc, done.scope, run.id, DirectSteps(self.svc.sleep))
        for pull in self.svc.pulls.values():
            pull.close()
        with self.svc.store.read() as conn:
            return str(conn.exec_driver_sql(f"SELECT state FROM run WHERE id = {run.id}").scalar_one())

    def revoke_all(self, kind: str) -> None:
        """The vendor's admin removes our app."""
        if kind == "salesforce":
            self.sandbox.salesforce.sessions.revoke_all()
        else:
            self.sandbox.hub.tokens._refresh.clear()
            self.sandbox.hub.tokens._access.clear()


@pytest.fixture(scope="module")
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, time: Time) -> Iterator[Sandbox]:
    settings = Settings(clock=lambda: time.now().timestamp(), burst_limit=None, search_limit=None, search_lag=0.0)
    began = time.now()
    with running(
        hubspot_book(12, 7, began),
        salesforce=lambda org: fill(org, 12, 7, began),
        settings=settings,
        org_settings=OrgSettings(clock=settings.clock),
        path=tmp_path_factory.mktemp("crms") / "crm.db",
    ) as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, sandbox: Sandbox, time: Time) -> Iterator[Desk]:
    path = tmp_path / "leadtier.db"
    path.write_bytes(empty_store())
    store = Store(engine_for(f"sqlite:///{path}", synchronous="OFF"))
    with store.write() as conn:
        tenant = tenants.add_tenant(conn, "agency", "UTC", 0)
        ann = accounts.add_account(conn, "ann@agency.example", "Ann", 0)
    words = Vocabulary.parse(mappings.load_vocabulary())
    svc = Services(store, Sealer([new_key()]), words, installed_crms(), tenant, time.now, time.sleep)
    yield Desk(svc, Actor(ann.id, ann.email, "Ann", Role.OWNER), sandbox)
    svc.close()


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_way_of_oauth_ends_in_a_connection_that_syncs(desk: Desk, kind: str) -> None:
    done = desk.connect(kind)
    assert done.account.id in {str(desk.sandbox.portal_id), desk.sandbox.salesforce.org_id}
    kept = desk.svc.sealer.open(desk.svc.connection(done.scope).sealed)
    assert kept["refresh_token"]
    assert ways.way_of(desk.svc, kind, kept) == "browser"
    assert desk.sync(done) == "done"


@pytest.mark.parametrize("kind", KINDS)
def test_pkce_binds_the_code_to_who_asked(desk: Desk, kind: str) -> None:
    url = grants.ask(desk.svc, desk.actor, desk.wish(kind))
    asked = parse_qs(urlsplit(url).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [BACK]
    assert "verifier" not in url


@pytest.mark.parametrize("kind", KINDS)
def test_a_look_writes_nothing_to_the_crm_and_saves_nothing(desk: Desk, kind: str) -> None:
    before = _fields(desk, kind)
    tried = desk.look(desk.agree(desk.wish(kind)))
    assert not tried.refusal
    assert tried.seen.matched > 5
    assert {one.state for one in tried.seen.fields} <= {FieldState.MISSING, FieldState.EXISTS}
    assert _fields(desk, kind) == before
    with desk.svc.store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM connection").scalar_one() == 0


def _fields(desk: Desk, kind: str) -> object:
    if kind == "hubspot":
        url, headers = "/crm/v3/properties/contacts", {"Authorization": f"Bearer {desk.sandbox.token}"}
    else:
        url, headers = (
            "/services/data/v67.0/sobjects/Lead/describe",
            {"Authorization": f"Bearer {desk.sandbox.session}"},
        )
    found = requests.get(desk.sandbox.url + url, headers=headers, timeout=10).json()
    return sorted(each["name"] for each in found.get("results") or found["fields"])


def test_a_missing_scope_is_named_and_refused(desk: Desk) -> None:
    desk.sandbox.hub.settings.scopes = ALL_SCOPES - {"crm.objects.contacts.write"}
    try:
        word = grants.hold(
            desk.svc, desk.actor, Held("hubspot", "token", {"token": desk.sandbox.token}, desk.sandbox.url)
        )
        tried = desk.look(word)
        assert "crm.objects.contacts.write" in tried.refusal
        with pytest.raises(Refused, match=r"crm\.objects\.contacts\.write"):
            account_trial.connect(desk.svc, desk.actor, word)
    finally:
        desk.sandbox.hub.settings.scopes = ALL_SCOPES


def test_the_scope_without_which_no_field_can_be_created_is_told_from_the_others(desk: Desk) -> None:
    desk.sandbox.hub.settings.scopes = ALL_SCOPES - {"crm.schemas.contacts.write"}
    try:
        held = Held("hubspot", "token", {"token": desk.sandbox.token}, desk.sandbox.url)
        tried = desk.look(grants.hold(desk.svc, desk.actor, held))
        assert not tried.refusal
        missing = [one for one in tried.seen.permissions if not one.granted]
        assert [one.creates_fields for one in missing] == [True]
        assert "crm.schemas.contacts.write" in missing[0].scope
    finally:
        desk.sandbox.hub.settings.scopes = ALL_SCOPES


@pytest.mark.parametrize("kind", KINDS)
def test_a_dead_grant_needs_a_person_and_reconnecting_mends_it(desk: Desk, kind: str) -> None:
    done = desk.connect(kind)
    assert desk.sync(done) == "done"
    desk.revoke_all(kind)
    desk.svc.accounts.forget(done.scope.connection_id)
    assert desk.sync(done) == "failed"
    assert desk.svc.connection(done.scope).trouble
    stored = account_trial.again(desk.svc, desk.svc.connection(done.scope))
    assert stored.way == "browser"
    word = desk.agree(desk.wish(kind, settings=stored.settings, again=done.scope.connection_id))
    again = account_trial.connect(desk.svc, desk.actor, word)
    assert again.scope == done.scope
    assert not desk.svc.connection(done.scope).trouble
    assert desk.sync(done) == "done"


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_client_secret_is_said_in_a_sentence(desk: Desk, kind: str) -> None:
    with pytest.raises(NotGranted, match="client secret"):
        desk.agree(desk.wish(kind, settings={**desk.app(kind), "client_secret": "wrong"}))


def test_a_wrong_token_is_said_in_a_sentence(desk: Desk) -> None:
    word = grants.hold(desk.svc, desk.actor, Held("hubspot", "token", {"token": "pat-wrong"}, desk.sandbox.url))
    with pytest.raises(NotLetIn, match="no longer accepts"):
        desk.look(word)


@pytest.mark.parametrize("kind", KINDS)
def test_disconnecting_revokes_the_grant_at_the_vendor(desk: Desk, kind: str) -> None:
    done = desk.connect(kind)
    kept = desk.svc.sealer.open(desk.svc.connection(done.scope).sealed)
    run = disconnect.begin(desk.svc, done.scope, desk.actor, done.name)
    while parts.advance(STORIES[DISCONNECT], desk.svc, done.scope, run.id)["go"] == "more":
        pass
    token = kept["refresh_token"]
    if kind == "salesforce":
        assert desk.sandbox.salesforce.sessions.live_refresh(token) is None
    else:
        assert desk.sandbox.hub.tokens.scopes_of_refresh(token) is None
    with pytest.raises(LookupError):
        desk.svc.connection(done.scope)


@pytest.mark.parametrize("kind", KINDS)
def test_a_vendor_that_rotates_refresh_tokens_leaves_the_newest_one_held(desk: Desk, kind: str) -> None:
    settings = desk.sandbox.hub.settings if kind == "hubspot" else desk.sandbox.salesforce.settings
    settings.rotate_refresh_tokens = True
    try:
        word = desk.agree(desk.wish(kind))
        held = grants.held(desk.svc, desk.actor, word)
        spent = {name: value for name, value in held.settings.items() if name != "access_token"}
        grants.renewed(desk.svc, desk.actor, word, replace(held, settings=spent))
        desk.look(word)
        assert grants.held(desk.svc, desk.actor, word).settings["refresh_token"] != held.settings["refresh_token"]
        account_trial.connect(desk.svc, desk.actor, word)
    finally:
        settings.rotate_refresh_tokens = False
