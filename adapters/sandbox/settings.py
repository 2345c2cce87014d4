"""How strict, how fast and how wide open this sandbox is. Everything may be changed while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

ALL_SCOPES = frozenset(
    {
        "oauth",
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.objects.companies.read",
        "crm.objects.companies.write",
        "crm.objects.deals.read",
        "crm.objects.deals.write",
        "crm.objects.owners.read",
        "crm.schemas.contacts.read",
        "crm.schemas.contacts.write",
        "crm.schemas.companies.read",
        "crm.schemas.companies.write",
        "crm.schemas.deals.read",
        "crm.schemas.deals.write",
        "sales-email-read",
    }
)


@dataclass(slots=True)
class Settings:
    """The switches. Limits are the vendor's (docs, "API usage guidelines"); None turns one off."""

    portal_id: int = 40260001
    app_id: int = 9026001
    client_id: str = "2f9d6a51-8a44-4f0b-9c57-5ad1b5c0e001"
    client_secret: str = "sandbox-client-secret"  # noqa: S105 (a toy's secret, shown to everybody)
    token: str = "pat-na1-00000000-0000-4000-8000-000000000001"  # noqa: S105 (likewise)
    scopes: frozenset[str] = ALL_SCOPES
    time_zone: str = "US/Eastern"
    currency: str = "USD"

    burst_limit: int | None = 190
    """Requests per rolling 10 seconds and token (Professional and Enterprise accounts)."""
    search_limit: int | None = 5
    """Search requests per rolling second, the whole account together."""
    daily_limit: int | None = 1_000_000
    """Requests per day of the account's time zone."""
    search_lag: float = 2.0
    """Seconds until search sees a change."""
    latency: float = 0.0
    """Seconds every answer waits."""
    rotate_refresh_tokens: bool = False
    """Whether every refresh hands out a new refresh token and kills the old one."""
    access_token_seconds: int = 1800
    identical_write_touches: bool = False
    """Whether writing the values a record has already moves its modified date; two recorded answers say it does not."""
    webhook_retry_seconds: tuple[float, ...] = field(default=(1.0, 5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0))
    """Waiting times between deliveries of one batch; the vendor spreads ten attempts over a day."""
    clock: Callable[[], float] = time.time
    """Seconds since 1970; a test may hold its own."""

    def now_ms(self) -> int:
        """The present in milliseconds since 1970 UTC."""
        return int(self.clock() * 1000)
