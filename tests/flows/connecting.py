"""What tests of connecting need: an actor with an account, and a CRM in memory with ways in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from adapters.contract import Asked, Consent, Need, Permission, Setting, Way
from adapters.contract import Crm as Kind
from connector.flows.actors import Actor, Role
from connector.flows.services import Services
from connector.store import accounts, tenants
from tests.flows.conftest import World
from tests.flows.crm import FakeAdapter

SETTINGS = (
    Setting("token", "Token", "A token.", secret=True),
    Setting("client_id", "Client id", "Of the app."),
    Setting("client_secret", "Client secret", "Of the app.", secret=True),
    Setting("records", "Who is a lead", "Which.", default="a"),
)
WAYS = (
    Way("token", "Token", "By a token.", ("token",)),
    Way("browser", "Sign in", "By the browser.", ("client_id", "client_secret"), consent=True),
)


@dataclass
class Office:
    """A world whose CRM can be let in by token or browser, and that remembers what it was asked."""

    world: World
    exchanged: list[tuple[str, Asked]] = field(default_factory=list)
    revoked: list[Mapping[str, str]] = field(default_factory=list)
    opened_with: list[Mapping[str, str]] = field(default_factory=list)
    granted: bool = True
    may_create: bool = True
    account_id: str = "77"

    def services(self) -> Services:
        svc = self.world.services()
        consent = Consent(("read",), ("more",), "Enter it.", self._authorise, self._exchange)
        crm = Kind(
            self.world.crm.capabilities, SETTINGS, self._open, None, ways=WAYS, consent=consent, revoke=self._revoke
        )
        svc.crms = {"hubspot": crm}
        return svc

    def _open(self, credentials: Mapping[str, str], **_: Any) -> Openly:
        self.opened_with.append(dict(credentials))
        return Openly(self.world.crm, self)

    def _authorise(self, asked: Asked) -> str:
        return f"https://crm.example/agree?state={asked.state}"

    def _exchange(self, asked: Asked, code: str, now: datetime) -> Mapping[str, str]:
        self.exchanged.append((code, asked))
        return {"client_id": asked.settings["client_id"], "client_secret": "s", "refresh_token": f"refresh of {code}"}

    def _revoke(self, credentials: Mapping[str, str], base_url: str | None) -> bool:
        self.revoked.append(dict(credentials))
        return "refresh_token" in credentials

    def actor(self, svc: Services, email: str = "ann@agency.example") -> Actor:
        with svc.store.write() as conn:
            found = accounts.account_by_email(conn, email) or accounts.add_account(conn, email, "Ann", 0)
        return Actor(found.id, email, "Ann", Role.OWNER)

    def neighbour(self, svc: Services) -> Services:
        """The same house for another agency."""
        with svc.store.write() as conn:
            other = tenants.tenant_named(conn, "neighbour") or tenants.add_tenant(conn, "neighbour", "UTC", 0)
        return svc.for_tenant(other.id)


class Openly(FakeAdapter):
    """Says what the office says of permissions and account."""

    def __init__(self, crm: Any, office: Office) -> None:
        super().__init__(crm)
        self.office = office

    def check(self) -> Any:
        return replace(super().check(), id=self.office.account_id)

    def permissions(self) -> Any:
        self._call("permissions")
        need, mend = Need.REQUIRED, "Tick it in Setup."
        return [
            Permission("contacts.write", "Write scores.", need, self.office.granted, mend),
            Permission("fields", "Make fields.", Need.OPTIONAL, self.office.may_create, creates_fields=True),
        ]
