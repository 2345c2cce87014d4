"""Keys of the ingest API: made once, shown once, known again by their digest."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence

from connector.flows.services import Refused, Services
from connector.store import api_keys as key_rows
from connector.store import audit
from connector.store.api_keys import ApiKey

LONGEST_NAME = 60
_KEY = re.compile(r"lt_[A-Za-z0-9_-]{43}")


def digest(key: str) -> str:
    """What is kept of a key. A plain hash is enough: a key is random, there is nothing to guess."""
    return hashlib.sha256(key.encode()).hexdigest()


def make_key(svc: Services, name: str, by: str = "cli") -> str:
    """A new key of the tenant; it is kept nowhere. Raises `Refused` when the name is taken or none."""
    if not name.isprintable() or not 0 < len(name.strip()) <= LONGEST_NAME:
        raise Refused(f"A key needs a name of 1 to {LONGEST_NAME} characters, such as: website")
    key = f"lt_{secrets.token_urlsafe(32)}"
    with svc.store.write() as conn:
        if not key_rows.add_key(conn, svc.tenant.id, name, digest(key), svc.now()):
            raise Refused(
                f"There is a key called {name!r} already, or was one that is revoked. Choose another name; "
                "`leadtier keys` lists them."
            )
        audit.record(conn, svc.tenant.id, by, "add key", name, svc.now())
    return key


def revoke_key(svc: Services, name: str, by: str = "cli") -> None:
    """The key works no more, from the next request on. Raises `Refused` when there is none that does."""
    with svc.store.write() as conn:
        if not key_rows.revoke_key(conn, svc.tenant.id, name, svc.now()):
            raise Refused(f"There is no key called {name!r} that works. `leadtier keys` lists them.")
        audit.record(conn, svc.tenant.id, by, "revoke key", name, svc.now())


def list_keys(svc: Services) -> Sequence[ApiKey]:
    """The tenant's keys, oldest first."""
    with svc.store.read() as conn:
        return key_rows.keys_of(conn, svc.tenant.id)


def holder(svc: Services, key: str) -> ApiKey | None:
    """The key that was shown, if it works; its tenant is who is speaking. Raises `StoreUnusable`."""
    if not _KEY.fullmatch(key):
        return None
    with svc.store.read() as conn:
        found = key_rows.key_by_digest(conn, digest(key))
    return found if found and found.revoked_at is None else None
