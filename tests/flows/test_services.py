"""What the services of one tenant share with those of the others, and what is the tenant's own."""

from __future__ import annotations

import pytest

from connector.store import tenants
from tests.flows.conftest import World


def test_each_tenant_has_its_own_zone_and_shares_everything_else(world: World) -> None:
    svc = world.services()
    with svc.store.write() as conn:
        other = tenants.add_tenant(conn, "other", "Asia/Tokyo", 0)
    view = svc.for_tenant(other.id)
    assert (view.tenant, str(view.zone), str(svc.zone)) == (other, "Asia/Tokyo", "UTC")
    assert view.accounts is svc.accounts
    assert view.pulls is svc.pulls
    assert view.evaluators is svc.evaluators
    assert svc.for_tenant(other.id) is view
    assert svc.for_tenant(svc.tenant.id) is svc


def test_a_zone_that_was_changed_is_picked_up(world: World) -> None:
    svc = world.services()
    with svc.store.write() as conn:
        other = tenants.add_tenant(conn, "other", "Asia/Tokyo", 0)
    before = svc.for_tenant(other.id)
    with svc.store.write() as conn:
        tenants.set_time_zone(conn, other.id, "America/Chicago")
        tenants.set_time_zone(conn, svc.tenant.id, "America/Denver")
    assert str(svc.for_tenant(other.id).zone) == "America/Chicago"
    assert str(before.zone) == "Asia/Tokyo", "who is at work keeps the day it began with"
    assert str(svc.for_tenant(svc.tenant.id).zone) == "America/Denver"


def test_a_tenant_that_is_not_there_is_a_sentence(world: World) -> None:
    with pytest.raises(LookupError, match="no agency 99"):
        world.services().for_tenant(99)
