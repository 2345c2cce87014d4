"""The identity provider of the house, by which people may sign in instead of with a password."""

from __future__ import annotations

from typing import NamedTuple


class Provider(NamedTuple):
    """An OpenID Connect provider, and how it knows us."""

    issuer: str
    client_id: str
    client_secret: str
    name: str
    """What the button says: ``Sign in with <name>``."""
