from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hook_support import ORG, Doors
from web_support import AT, NOW, Book, signed_in

from connector.flows.actors import Role
from connector.flows.services import Services
from connector.services import assemble
from connector.settings import Settings
from connector.store import tenants
from connector.store.database import Store, engine_for
from connector.web.app import create_app


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """Services over an empty, migrated store, made once; each test works on a copy."""
    path = tmp_path_factory.mktemp("house") / "web.db"
    made = assemble(Settings(database_url=f"sqlite:///{path}", tenant="Bluebonnet Insurance"))
    made.close()
    return made


@pytest.fixture
def svc(house: Services, tmp_path: Path) -> Iterator[Services]:
    path = tmp_path / "web.db"
    shutil.copy(str(house.store.engine.url.database), path)
    made = replace(house, store=Store(engine_for(f"sqlite:///{path}")), clock=lambda: NOW)
    yield made
    made.close()


@pytest.fixture
def book(svc: Services) -> Book:
    return Book(svc, svc.tenant.id)


@pytest.fixture
def stranger(svc: Services) -> Book:
    with svc.store.write() as conn:
        return Book(svc, tenants.add_tenant(conn, "Another agency", "UTC", AT).id)


@pytest.fixture
def client(svc: Services) -> FlaskClient:
    """Signed in as an owner."""
    return signed_in(svc)


@pytest.fixture
def admin(svc: Services) -> FlaskClient:
    """Signed in as an admin."""
    return signed_in(svc, Role.ADMIN, "adam@bluebonnet.example")


@pytest.fixture
def viewer(svc: Services) -> FlaskClient:
    """Signed in as a viewer."""
    return signed_in(svc, Role.VIEWER, "vera@bluebonnet.example")


@pytest.fixture
def strangers(svc: Services, stranger: Book) -> FlaskClient:
    """Signed in as an owner of another agency."""
    return signed_in(svc.for_tenant(stranger.tenant_id), Role.OWNER, "sam@stranger.example")


@pytest.fixture
def nobody(svc: Services) -> FlaskClient:
    """Signed in as nobody."""
    return create_app(svc).test_client()


@pytest.fixture
def doors(svc: Services) -> Doors:
    return Doors(svc)


@pytest.fixture
def hubspot(doors: Doors) -> Doors:
    """A connection to portal 33 and the secret of the app."""
    doors.connect()
    doors.app_secret()
    return doors


@pytest.fixture
def salesforce(doors: Doors) -> tuple[Doors, str]:
    """A connection to an org, and the path of its address."""
    doors.connect(ORG, "salesforce", name="org")
    return doors, doors.own_address("org")
