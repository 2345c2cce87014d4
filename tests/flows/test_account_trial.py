"""Before an account is connected it is looked at: nothing is written, and what is missing is named with its mend."""

from __future__ import annotations

import pytest

from adapters.contract import FieldState, Reauthorise
from connector.flows import account_trial, cadence, connection_settings, grants
from connector.flows.account_trial import NotLetIn
from connector.flows.connect import connect
from connector.flows.grants import Held
from connector.flows.services import Refused
from connector.store import mapping_versions
from tests.flows.conftest import World
from tests.flows.connecting import Office
from tests.flows.looking import rows


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


def hold(office: Office, **settings: str) -> str:
    svc = office.services()
    return grants.hold(svc, office.actor(svc), Held("hubspot", "token", settings or {"token": "t-1"}))


def look(office: Office, word: str) -> account_trial.Tried:
    svc = office.services()
    actor = office.actor(svc)
    return account_trial.look(svc, actor, word, grants.held(svc, actor, word))


def test_a_look_creates_no_field_and_saves_no_connection(office: Office) -> None:
    calls: list[str] = []
    office.world.crm.on_call = calls.append
    tried = look(office, hold(office))
    assert {one.state for one in tried.seen.fields} == {FieldState.MISSING}
    assert "ensure_fields" not in calls
    assert "write" not in calls
    assert rows(office.world, "SELECT name FROM connection") == []
    assert rows(office.world, "SELECT action FROM audit") == []


def test_what_was_typed_is_kept_sealed_only(office: Office) -> None:
    hold(office, token="t-secret-1")
    assert "t-secret-1" not in str(rows(office.world, "SELECT * FROM pending_grant"))


def test_one_click_connects_what_was_looked_at_and_forgets_it(office: Office) -> None:
    word = hold(office)
    look(office, word)
    svc = office.services()
    done = account_trial.connect(svc, office.actor(svc), word)
    assert {one.state for one in done.fields} == {FieldState.CREATED}
    assert svc.sealer.open(svc.connection(done.scope).sealed) == {"token": "t-1"}
    assert rows(office.world, "SELECT actor, action FROM audit WHERE action = 'connect'") == [
        ("ann@agency.example", "connect")
    ]
    assert rows(office.world, "SELECT digest FROM pending_grant") == []


def test_a_missing_permission_is_named_with_its_mend_and_keeps_from_connecting(office: Office) -> None:
    office.granted = False
    word = hold(office)
    tried = look(office, word)
    assert "contacts.write" in tried.refusal
    assert "Tick it in Setup" in tried.refusal
    svc = office.services()
    with pytest.raises(Refused, match=r"contacts\.write.*Tick it in Setup"):
        account_trial.connect(svc, office.actor(svc), word)
    assert rows(office.world, "SELECT name FROM connection") == []


def test_fields_that_leadtier_may_not_create_are_said_to_be_the_admins(office: Office) -> None:
    office.may_create = False
    tried = look(office, hold(office))
    assert not tried.refusal
    assert {one.state for one in tried.seen.fields} == {FieldState.FAILED}
    assert "by hand or deploy the package" in tried.seen.fields[0].message


def test_who_is_not_let_in_reads_why(office: Office) -> None:
    def dead(_: str) -> None:
        raise Reauthorise("The token is not accepted any more.")

    office.world.crm.on_call = dead
    with pytest.raises(NotLetIn, match="not accepted"):
        look(office, hold(office))


def test_connecting_keeps_the_first_mapping_as_version_one(office: Office) -> None:
    svc = office.services()
    scope = connect(svc, "hubspot", {"token": "t-1"}, None, author="ann@agency.example").scope
    with svc.store.read() as conn:
        first = mapping_versions.newest(conn, scope)
    assert first is not None
    assert (first.version, dict(first.document)) == (1, dict(svc.connection(scope).mapping))
    assert "ann@agency.example" in first.author
    connect(svc, "hubspot", {"token": "t-2"}, None)
    with svc.store.read() as conn:
        assert [one.version for one in mapping_versions.history(conn, scope)] == [1]


def test_connecting_again_keeps_a_mapping_that_was_edited_here(office: Office) -> None:
    svc = office.services()
    scope = connect(svc, "hubspot", {"token": "t-1"}, None).scope
    with svc.store.write() as conn:
        first = mapping_versions.newest(conn, scope)
        assert first is not None
        mine = first.source.replace("label: Lead score", "label: My score").replace("# ", "# mine ", 1)
        mapping_versions.publish_mapping(conn, scope, mine, first.document, "ann@agency.example", svc.now())
    connect(svc, "hubspot", {"token": "t-2"}, None)
    with svc.store.read() as conn:
        newest = mapping_versions.newest(conn, scope)
    assert newest is not None
    assert newest.source == mine


def again(office: Office, scope_id: int) -> str:
    svc = office.services()
    return grants.hold(svc, office.actor(svc), Held("hubspot", "token", {"token": "t-2"}, again=scope_id))


def test_reconnecting_keeps_leads_and_cursors_and_clears_the_trouble(office: Office) -> None:
    svc = office.services()
    scope = connect(svc, "hubspot", {"token": "t-1"}, None).scope
    office.world.sync(scope)
    before = svc.connection(scope)
    with svc.store.write() as conn:
        conn.exec_driver_sql("UPDATE connection SET trouble = 'The token is dead.'")
    leads = rows(office.world, "SELECT count(*) FROM lead")
    account_trial.connect(svc, office.actor(svc), again(office, scope.connection_id))
    after = svc.connection(scope)
    assert (after.id, after.cursors, after.mapping, after.trouble) == (before.id, before.cursors, before.mapping, "")
    assert svc.sealer.open(after.sealed) == {"token": "t-2"}
    assert rows(office.world, "SELECT count(*) FROM lead") == leads


def test_reconnecting_refuses_another_account_and_names_both(office: Office) -> None:
    svc = office.services()
    scope = connect(svc, "hubspot", {"token": "t-1"}, None).scope
    office.account_id = "99"
    word = again(office, scope.connection_id)
    with pytest.raises(NotLetIn, match=r"This is account 99.*account 77"):
        look(office, word)
    with pytest.raises(Refused, match=r"This is account 99.*account 77"):
        account_trial.connect(svc, office.actor(svc), word)
    assert svc.sealer.open(svc.connection(scope).sealed) == {"token": "t-1"}


def test_fields_deleted_in_the_crm_are_created_again_with_one_click(office: Office) -> None:
    svc = office.services()
    scope = connect(svc, "hubspot", {"token": "t-1"}, None).scope
    gone = [name for name in office.world.crm.fields if name.startswith("leadtier")]
    for name in gone:
        del office.world.crm.fields[name]
    assert {one.state for one in account_trial.look_now(svc, scope).fields} == {FieldState.MISSING}
    seen = account_trial.create_missing(svc, scope, office.actor(svc))
    assert {one.state for one in seen.fields} == {FieldState.CREATED}
    assert set(gone) <= office.world.crm.fields.keys()


def test_the_first_sync_of_what_a_person_connected_waits_for_a_click(office: Office) -> None:
    svc, word = office.services(), hold(office)
    scope = account_trial.connect(svc, office.actor(svc), word).scope
    assert not [one for one in cadence.due(svc) if one.what == "sync"]
    assert connection_settings.start(svc, scope, office.actor(svc), "sync").open
    assert [one.what for one in cadence.due(svc)] == ["sync"]
