"""The Salesforce adapter: the contract on one side, the modules of this folder on the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from adapters.contract import (
    Account,
    ActivityRecord,
    Adapter,
    Capabilities,
    Crm,
    CrmField,
    FieldOutcome,
    FieldPackage,
    Ledger,
    OutcomeRecord,
    Owner,
    Page,
    PastValue,
    Permission,
    Quota,
    Record,
    Update,
    Usage,
    Vault,
    WantedField,
    WriteResult,
)
from adapters.salesforce import (
    account,
    activities,
    consent,
    contacts,
    fields,
    history,
    ingest,
    opening,
    outcomes,
    package,
    people,
    present,
    tokens,
    writing,
)
from adapters.salesforce.client import Client
from adapters.salesforce.inbound import SalesforceInbound, to_18
from adapters.salesforce.naming import crm_fields
from adapters.salesforce.org import Org

BACKFILL_FROM = 2000
"""Rows from which on Salesforce advises Bulk API: ten calls of collections cost as much as a job and its results."""

CAPABILITIES = Capabilities(
    name="Salesforce",
    records=contacts.RECORDS,
    grants=("client credentials", "JWT bearer", "web server flow with PKCE", "session id"),
    write_batch=writing.BATCH,
    sees_deletes=True,
    sees_merges=True,
    creates_fields=True,
    activity_types=tuple(activities.KINDS),
    webhooks=True,
    history=True,
    # Two writers would wait for each other's row locks, or be refused.
    writers=1,
    backfill_from=BACKFILL_FROM,
)


class SalesforceAdapter:
    """One Salesforce org, open. Safe to share between threads; see `adapters.contract.Adapter`."""

    def __init__(self, client: Client, records: frozenset[str]) -> None:
        self._client = client
        self._org = Org(client)
        self._records = records

    @property
    def capabilities(self) -> Capabilities:
        """What this adapter can do."""
        return CAPABILITIES

    @property
    def usage(self) -> Usage:
        """Calls made so far."""
        return self._client.transport.usage

    def check(self) -> Account:
        """The org behind the credentials."""
        return self._org.check()

    def permissions(self) -> Sequence[Permission]:
        """What the integration user may do, by some calls."""
        return account.permissions(self._org)

    def quota(self) -> Quota | None:
        """The org's calls of the last 24 hours, which everybody shares."""
        return account.quota(self._client)

    def contacts(self, cursor: str | None, fields: Sequence[str]) -> Iterator[Page[Record]]:
        """Everybody who counts as a lead, or those changed since `cursor`."""
        return contacts.contacts(self._org, self._records, cursor, fields)

    def activities(self, type: str, cursor: str | None) -> Iterator[Page[ActivityRecord]]:
        """Activities of one type."""
        return activities.activities(self._org, type, cursor)

    def outcomes(self, cursor: str | None) -> Iterator[Page[OutcomeRecord]]:
        """Opportunities."""
        return outcomes.outcomes(self._org, cursor)

    def contacts_by_id(self, ids: Sequence[str], fields: Sequence[str]) -> Page[Record]:
        """These leads and contacts as they are now."""
        return present.contacts_by_id(self._org, self._records, ids, fields)

    def newest(self, limit: int) -> Sequence[str]:
        """Ids of the leads and contacts made last."""
        return present.newest(self._org, self._records, limit)

    def activities_of(self, contact_ids: Sequence[str]) -> Iterator[Page[ActivityRecord]]:
        """All activities of these people."""
        return activities.activities_of(self._org, contact_ids)

    def history(self, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, Sequence[PastValue]]]:
        """Past values of tracked fields, newest first."""
        return history.history(self._org, ids, fields)

    def owners(self) -> Sequence[Owner]:
        """Users who may own leads, former ones included, and queues."""
        return people.owners(self._org)

    def fields(self) -> Sequence[CrmField]:
        """The fields of leads and contacts, under the lead's names."""
        return crm_fields(self._org.describes)

    def write(self, updates: Sequence[Update]) -> Sequence[WriteResult]:
        """One result per row, same order."""
        return writing.write(self._org, updates)

    def backfill(self, updates: Iterable[Update]) -> Iterator[WriteResult]:
        """By Bulk API 2.0; one result per row, same order."""
        return ingest.backfill(self._org, updates)

    def judge_fields(self, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
        """What is there and what is not, by the descriptions of the objects."""
        return fields.judge_fields(self._org, wanted)

    def ensure_fields(self, group: str, label: str, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
        """Deploys what is missing, with its permission set."""
        return fields.ensure_fields(self._org, group, label, wanted)

    def close(self) -> None:
        """Closes every connection."""
        self._client.close()


def factory(
    credentials: Mapping[str, str],
    *,
    base_url: str | None,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
    vault: Vault | None = None,
    ledger: Ledger | None = None,  # noqa: ARG001
) -> Adapter:
    """Opens a Salesforce org; see `adapters.contract.AdapterFactory`.

    `credentials` holds the values of `CRM.settings`. Nothing is kept in the `ledger`: Salesforce limits the calls of
    24 hours and says with every answer how many everybody has made. Raises `Misconfigured` naming what is missing or
    wrong.
    """
    records, free = opening.records(credentials), opening.quota_free(credentials)
    grant, host = tokens.opened(credentials, base_url=base_url, clock=clock, vault=vault)
    return SalesforceAdapter(Client(host=host, tokens=grant, free=free, clock=clock, sleep=sleep), records)


def field_package(group: str, label: str, wanted: Sequence[WantedField]) -> FieldPackage:  # noqa: ARG001
    """The fields and their permission set as a zip for the Metadata API, which knows no groups of fields."""
    return package.field_package(wanted)


def record_ids(text: str) -> Sequence[str]:
    """The record a person means: an id of 15 or 18 characters, or an address that has one in its path.

    Lightning writes ``/lightning/r/Lead/<id>/view``, the short form is ``/<id>``.
    """
    found = [to_18(part) for part in re.split(r"[?#]", text.strip())[0].split("/")]
    return [one for one in reversed(found) if one]


CRM = Crm(
    CAPABILITIES,
    opening.SETTINGS,
    factory,
    SalesforceInbound(),
    field_package,
    record_ids,
    ways=consent.WAYS,
    consent=consent.CONSENT,
    revoke=consent.revoke,
    wishes=consent.WISHES,
)
