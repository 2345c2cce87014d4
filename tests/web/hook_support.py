"""An agency whose CRMs call: connections, the secrets that prove them, and requests as the vendors make them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from web_support import AT, NOW, signed_in
from werkzeug.test import TestResponse

import mappings
from adapters.contract import CrmField, FieldType
from connector.core.mapping import bind, to_document, wanted_fields
from connector.core.vocabulary import Vocabulary
from connector.flows import hook_setup
from connector.flows.mapping_source import mapping_of
from connector.flows.services import Services
from connector.store import connections, hook_counts
from connector.store import tables as t
from connector.store.database import Scope, Store, StoreUnusable
from connector.web.app import create_app

PUBLIC = "https://leads.example"
SECRET = "the-app-s-client-secret"
PORTAL, ORG, LEAD = "33", "00D5e000000KQ2eEAG", "00Q5e00000ZkM3hEAF"


@dataclass
class Doors:
    """The doors of one process, and who knocks."""

    svc: Services

    def __post_init__(self) -> None:
        self.client: FlaskClient = create_app(self.svc, public_url=PUBLIC).test_client()

    def connect(self, account: str = PORTAL, kind: str = "hubspot", tenant_id: int = 0, name: str = "") -> Scope:
        owner = tenant_id or self.svc.tenant.id
        values: dict[str, str | None] = {
            "kind": kind,
            "name": name or f"{kind} {account}",
            "account_id": account,
            "record_url": "",
        }
        values |= {"base_url": None, "credentials": "sealed", "mapping": mapping(kind)}
        with self.svc.store.write() as conn:
            return Scope(owner, connections.save_connection(conn, owner, values, AT - 900_000))

    def page(self, path: str = "/webhooks") -> str:
        """A page as somebody sees it who is signed in."""
        return signed_in(self.svc, app=self.client.application).get(path).get_data(as_text=True)

    def app_secret(self, secret: str = SECRET) -> int:
        return hook_setup.add_app_secret(self.svc, "hubspot", secret)

    def own_address(self, name: str, secret: str = "") -> str:
        """The path of a new address of the connection's own."""
        return hook_setup.add_own(self.svc, PUBLIC, name, secret).address.removeprefix(PUBLIC)

    def signed(self, body: bytes, path: str = "/hooks/hubspot", **changes: Any) -> TestResponse:
        """Posts what HubSpot would; `changes` to the secret, the url it signed, or the time in seconds from now."""
        at: datetime = changes.get("at", NOW)
        stamp = str(int(at.timestamp() * 1000))
        signed = b"POST" + changes.get("url", PUBLIC + path).encode() + changes.get("signed", body) + stamp.encode()
        digest = hmac.new(changes.get("secret", SECRET).encode(), signed, hashlib.sha256).digest()
        headers = {"X-HubSpot-Signature-v3": base64.b64encode(digest).decode(), "X-HubSpot-Request-Timestamp": stamp}
        return self.client.post(path, data=body, headers=headers | changes.get("headers", {}))

    def told(self, *rows: Any, **changes: Any) -> TestResponse:
        return self.signed(json.dumps(rows).encode(), **changes)

    def rows(self) -> Sequence[sa.Row[Any]]:
        """What was kept, oldest first."""
        with self.svc.store.read() as conn:
            return conn.execute(sa.select(t.inbox).order_by(t.inbox.c.id)).all()

    def kept(self) -> list[str]:
        """The records of what was kept."""
        return [row.record_id for row in self.rows()]

    def counts(self) -> dict[str, int]:
        """What was not kept, by reason."""
        self.page()  # as everyone who looks, it has the counts written first
        with self.svc.store.read() as conn:
            return {each.reason: each.number for each in hook_counts.counts_for(conn, self.svc.tenant.id)}


@contextmanager
def away() -> Iterator[None]:
    """The database cannot be written."""

    def fails(*_: object) -> NoReturn:
        raise StoreUnusable("The disk is full.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "write", fails)
        yield


@cache
def mapping(kind: str) -> str:
    """A published mapping: our own fields, the e-mail address, and who changed a record."""
    spec = mapping_of(Vocabulary.parse(mappings.load_vocabulary()), kind, "")
    names = [*(wanted.name for wanted in wanted_fields(spec)), "email", "firstname", "Email", "hs_updated_by_user_id"]
    bound, _ = bind(spec, [CrmField(name, name, FieldType.TEXT) for name in names])
    return json.dumps(to_document(bound))


def event(object_id: int = 7, **fields: Any) -> dict[str, Any]:
    """One of HubSpot's events."""
    base = {"subscriptionType": "contact.creation", "eventId": object_id, "portalId": int(PORTAL), "attemptNumber": 0}
    return base | {"objectId": object_id, "occurredAt": (AT - 2) * 1000} | fields


def change(name: str, value: str, object_id: int = 7, **fields: Any) -> dict[str, Any]:
    """A changed property."""
    told = {"subscriptionType": "contact.propertyChange", "propertyName": name, "propertyValue": value}
    return event(object_id, **told | fields)


def message(*ids: str, org: str = ORG, head: str = "") -> bytes:
    """One of Salesforce's outbound messages."""
    notices = "".join(
        f"<Notification><Id>04l{number:015d}</Id><sObject><sf:Id>{record}</sf:Id></sObject></Notification>"
        for number, record in enumerate(ids or (LEAD,))
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><e:Body><notifications '
        f'xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>{org}</OrganizationId>{notices}'
        "</notifications></e:Body></e:Envelope>"
    ).encode()
