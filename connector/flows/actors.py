"""Who acts: a person who is signed in, and what the role allows."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """What a person may do in an agency; each may also do what those below may."""

    OWNER = "owner"
    """Also: invite and remove people, disconnect a CRM."""
    ADMIN = "admin"
    """Also: connect, map, edit and publish, answer flags."""
    VIEWER = "viewer"
    """Look at everything, change nothing."""

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what the other may."""
        return _RANKS[self] >= _RANKS[needed]


_RANKS = {Role.VIEWER: 0, Role.ADMIN: 1, Role.OWNER: 2}


class Actor(NamedTuple):
    """A person as the audit trail and the screens name them."""

    account_id: int
    email: str
    name: str
    role: Role
