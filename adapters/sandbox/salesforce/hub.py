"""Everything a Salesforce request may need, in one place."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from flask import current_app

from adapters.sandbox.faults import Faults
from adapters.sandbox.salesforce.api.locators import Locators
from adapters.sandbox.salesforce.bulk.jobs import Jobs
from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.errors import not_found
from adapters.sandbox.salesforce.metadata.deployments import Deployments
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.outbound.sender import Sender
from adapters.sandbox.salesforce.quota import Quota
from adapters.sandbox.salesforce.sessions import Session, Sessions
from adapters.sandbox.salesforce.settings import OrgSettings


@dataclass
class SalesforceHub:
    """The running org behind the HTTP routes."""

    org: Org
    settings: OrgSettings
    sessions: Sessions
    quota: Quota
    faults: Faults
    locators: Locators
    jobs: Jobs
    outbound: Sender
    deployments: Deployments
    _described: dict[str, tuple[str, int]] = field(default_factory=dict)
    hidden_by_faults: set[tuple[str, str]] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    """Requests by method and route."""
    statuses: Counter[int] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def user_id(self) -> str:
        """The integration user, as whom client credentials and the standing session run."""
        return self.org.user_id

    @property
    def org_id(self) -> str:
        """The org's own id."""
        return self.org.org_id

    def count(self, call: str, status: int) -> None:
        """Notes one answered request."""
        with self._lock:
            self.calls[call] += 1
            self.statuses[status] += 1

    def records(self, sobject: SObject) -> int:
        """How many records an object has that are not deleted."""
        live = ' WHERE "IsDeleted" = 0' if "isdeleted" in sobject.fields else ""
        with self.org.reading() as connection:
            row = connection.execute(f'SELECT count(*) FROM "{sobject.name}"{live}').fetchone()  # noqa: S608
        return int(row[0])

    def close(self) -> None:
        """Ends what works in the background."""
        self.outbound.stop()
        self.jobs.shut()

    def described(self, key: str, digest: str) -> int:
        """Since when a description has been as it is, in whole seconds since 1970, as far as anybody asked."""
        now = self.org.now_ms() // 1000
        with self._lock:
            known, since = self._described.get(key, (digest, now))
            # A description that changed within the second it was last told must not pass for that one.
            self._described[key] = (digest, since if known == digest else max(now, since + 1))
            return self._described[key][1]


def open_hub(org: Org, faults: Faults) -> SalesforceHub:
    """The hub of an org with fresh sessions, counters and jobs."""
    settings = org.settings
    # The lambdas ask anew each time: these settings may change while the sandbox runs.
    standing = Session(settings.session_token, org.user_id, "full", None)
    sessions = Sessions(org.org_id, standing, lambda: settings.session_seconds, settings.clock)
    quota = Quota(lambda: settings.daily_limit, settings.clock)
    locators = Locators(settings.clock)
    jobs = Jobs(org, faults)
    sender, deployments = Sender(org, settings, faults), Deployments(org)
    return SalesforceHub(org, settings, sessions, quota, faults, locators, jobs, sender, deployments)


def hub() -> SalesforceHub:
    """The org that serves the present request. Raises the vendor's 404 when this sandbox plays no Salesforce."""
    found: SalesforceHub | None = current_app.extensions.get("sandbox_salesforce")
    if found is None:
        raise not_found()
    return found
