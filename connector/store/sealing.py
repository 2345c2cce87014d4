"""Credentials at rest: sealed with a key that lives outside the database.

Several keys may be valid at once, newest first, so that a key can be changed without connecting everything again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SealBroken(Exception):
    """The key does not open what was sealed; the text says what to do."""


class Sealer:
    """Seals and opens credentials (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
            self._raw = [base64.urlsafe_b64decode(key) for key in keys]
        except ValueError as error:
            raise SealBroken(
                "LEADTIER_SECRET_KEY is not a key. Make one with `leadtier key` and keep it outside the database."
            ) from error

    def seal(self, credentials: Mapping[str, str]) -> str:
        """Text that only a holder of the key can open."""
        return self._fernet.encrypt(json.dumps(dict(credentials)).encode()).decode()

    def open(self, sealed: str) -> dict[str, str]:
        """The credentials again. Raises `SealBroken` when none of the keys fits."""
        try:
            opened: dict[str, str] = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise SealBroken(
                "The stored credentials were sealed with another key. Set LEADTIER_SECRET_KEY to the key used when the "
                "CRM was connected, or connect it again."
            ) from error
        return opened

    def derived(self, purpose: str) -> list[str]:
        """Secrets for another purpose, one from each key in the same order; none tells anything of the key."""
        return [hmac.new(raw, purpose.encode(), hashlib.sha256).hexdigest() for raw in self._raw]


def new_key() -> str:
    """A fresh key, as text."""
    return Fernet.generate_key().decode()


def key_beside(database: Path) -> str:
    """The key kept in a file beside a SQLite database, made on first use and readable by its owner only."""
    path = database.with_suffix(".key")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new_key() + "\n")
    return path.read_text().strip()
