"""How strict, how fast and how wide open the Salesforce org is. Everything may be changed while it runs.

What makes objects or fields exist (`person_accounts`, `shared_activities`, `org_serial`) counts when the org is opened.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class OrgSettings:
    """The switches of one org. Limits are the vendor's; see the reference of the app limits."""

    org_serial: int = 1
    """Tells orgs apart: it becomes the organisation's id."""
    session_token: str = "00DHs0000000001!AQ.SandboxSessionThatNeverEnds"  # noqa: S105 (a toy's, shown to everybody)
    client_id: str = "3MVG9.SandboxConsumerKey.0000000000000000000000000001"
    client_secret: str = "sandbox-consumer-secret"  # noqa: S105 (likewise)
    username: str = "leadtier.integration@harborlight.example"
    jwt_public_key: str | None = None
    """PEM of the certificate's public key the app was registered with; None: the JWT flow is not set up."""
    daily_limit: int = 118_000
    """API calls in 24 rolling hours: Enterprise Edition's 100,000 and 1,000 for each of 18 licences."""
    session_seconds: int = 7200
    """Idle seconds until a session ends."""
    rotate_refresh_tokens: bool = True
    person_accounts: bool = True
    shared_activities: bool = True
    """Whether TaskRelation and EventRelation exist ("Allow users to relate multiple contacts")."""
    page_size: int = 2000
    """Records of one query page at most."""
    clock: Callable[[], float] = time.time
    """Seconds since 1970; a test may hold its own."""
    latency: float = 0.0
    """Seconds every answer waits."""
    bulk_seconds: float = 0.0
    """Seconds a bulk job stays in progress."""
    lead_assignment_owner: str | None = None
    """Whom the active lead assignment rule gives leads to when nobody told it not to run; None: the rule has no entry
    that matches, and nothing happens."""
    edit_converted_leads: bool = False
    """Whether users may change converted leads (the permission "View and Edit Converted Leads")."""
    may_deploy: bool = True
    """Whether users have "Modify Metadata Through Metadata API Functions"."""
    client_credentials_user: bool = True
    """Whether the app's policy names a user for the client credentials flow."""
    pre_authorised: bool = True
    """Whether an administrator approved the app for the JWT bearer flow."""
    time_zone: str = "America/New_York"
    currency: str = "USD"

    def now_ms(self) -> int:
        """The present in milliseconds since 1970 UTC."""
        return int(self.clock() * 1000)
