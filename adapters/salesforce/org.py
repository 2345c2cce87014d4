"""One org: how it is called, what our user sees of it, and what need not be asked twice."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simple_salesforce.format import format_soql

from adapters.contract import Account, Broken, Misconfigured
from adapters.salesforce import paths
from adapters.salesforce.client import Client, Json
from adapters.salesforce.describing import Describes

log = logging.getLogger(__name__)

COUNTED = (
    "Lead",
    "Contact",
    "Task",
    "Event",
    "EmailMessageRelation",
    "CampaignMember",
    "Opportunity",
    "OpportunityContactRole",
)
ORGANIZATION = "SELECT Id, Name, TimeZoneSidKey, DefaultLocaleSidKey, IsSandbox FROM Organization LIMIT 1"

IS_TRACKED = "IsFieldHistoryTracked"
TRACKED = (
    "SELECT QualifiedApiName, IsFieldHistoryTracked FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = {}"
)
"""https://developer.salesforce.com/docs/atlas.en-us.api_tooling.meta/api_tooling/tooling_api_objects_fielddefinition.htm"""


class Org:
    """What every reading needs at hand. Safe to share between threads."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.describes = Describes(client)
        self._lock = threading.Lock()
        self._counts: Mapping[str, int] | None = None
        self._zone: ZoneInfo | None = None
        self._tracked: dict[str, frozenset[str]] = {}

    def check(self) -> Account:
        """The account behind the credentials, by one call that also describes its objects. Raises the error family."""
        found = _only(self.describes.anew_with(f"{paths.QUERY}?{urlencode({'q': ORGANIZATION})}"))
        self._zone = _zone(found)
        return Account(
            id=str(found["Id"]),
            name=str(found.get("Name") or f"Salesforce {found['Id']}"),
            time_zone=str(found.get("TimeZoneSidKey") or "UTC"),
            currency=str(found.get("DefaultCurrencyIsoCode") or "USD"),
            record_url=f"{self.client.host}/{{id}}",
        )

    def zone(self) -> ZoneInfo:
        """The org's time zone, in which its days begin; `check` has learnt it, else one call."""
        if self._zone is None:
            self._zone = _zone(_only(self.client.query(ORGANIZATION)))
        return self._zone

    def counts(self) -> Mapping[str, int]:
        """About how many records there are, by object; what has none, or cannot be counted, is absent.

        One call for all readings. https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_record_count.htm
        """
        with self._lock:
            if self._counts is None:
                self._counts = self._count()
            return self._counts

    def tracked(self, name: str) -> frozenset[str]:
        """The fields of an object whose past Salesforce keeps; none where it does not say. One call per object."""
        if name not in self._tracked:
            try:
                rows = list(self.client.all(format_soql(TRACKED, name)))
            except (Broken, Misconfigured) as refusal:
                log.info("no word on field history: %s", refusal.log)
                rows = []
            self._tracked[name] = frozenset(str(row["QualifiedApiName"]) for row in rows if row[IS_TRACKED] is True)
        return self._tracked[name]

    def _count(self) -> Mapping[str, int]:
        try:
            answer = self.client.get(paths.RECORD_COUNT, {"sObjects": ",".join(COUNTED)})
        except (Broken, Misconfigured) as refusal:
            # Nice to have: without it each query tells its own size.
            log.info("no record counts: %s", refusal.log)
            return {}
        return {str(one["name"]): int(one["count"]) for one in (answer or {}).get("sObjects") or ()}


def _only(answer: Json) -> Json:
    """The one row of the organization."""
    found: list[Json] = answer.get("records") or []
    if not found:
        text = "Salesforce did not say which org this is. Check the address and the permissions of the connection."
        raise Broken(text, "no Organization row")
    return found[0]


def _zone(organization: Json) -> ZoneInfo:
    """UTC where Salesforce names one nobody knows."""
    try:
        return ZoneInfo(str(organization.get("TimeZoneSidKey") or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
