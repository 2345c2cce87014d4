"""The HubSpot adapter: the contract on one side, the modules of this folder on the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from adapters.contract import (
    Account,
    ActivityRecord,
    Adapter,
    Capabilities,
    Crm,
    CrmField,
    FieldOutcome,
    Ledger,
    Misconfigured,
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
from adapters.hubspot import account, activities, contacts, fields, outcomes, writing
from adapters.hubspot.client import BURST_LIMIT, Client
from adapters.hubspot.consent import CONSENT, SETTINGS, WAYS, WISHES, provider, revoke
from adapters.hubspot.inbound import HubSpotInbound
from adapters.hubspot.paths import HOST, Paths
from adapters.oauth import OAuthTokens, StaticToken
from adapters.transport import Tokens

CAPABILITIES = Capabilities(
    name="HubSpot",
    records=("contacts",),
    grants=("token of a private app or service key", "OAuth app"),
    write_batch=writing.BATCH,
    sees_deletes=True,
    sees_merges=True,
    creates_fields=True,
    activity_types=tuple(activities.PROPERTIES),
    webhooks=True,
    history=True,
    pace=BURST_LIMIT,
)


class HubSpotAdapter:
    """One HubSpot account, open. Safe to share between threads; see `adapters.contract.Adapter`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def capabilities(self) -> Capabilities:
        """What this adapter can do."""
        return CAPABILITIES

    @property
    def usage(self) -> Usage:
        """Calls made so far."""
        return self._client.transport.usage

    def check(self) -> Account:
        """The account behind the token."""
        return account.check(self._client)

    def permissions(self) -> Sequence[Permission]:
        """Scopes granted and missing, by some dozen calls."""
        return account.permissions(self._client)

    def quota(self) -> Quota | None:
        """The day's calls, or None for an OAuth app."""
        return account.quota(self._client)

    def contacts(self, cursor: str | None, fields: Sequence[str]) -> Iterator[Page[Record]]:
        """All contacts, or those changed since `cursor`."""
        return contacts.contacts(self._client, cursor, fields)

    def activities(self, type: str, cursor: str | None) -> Iterator[Page[ActivityRecord]]:
        """Activities of one type, up to a thousand a page."""
        return activities.activities(self._client, type, cursor)

    def outcomes(self, cursor: str | None) -> Iterator[Page[OutcomeRecord]]:
        """Deals."""
        return outcomes.outcomes(self._client, cursor)

    def contacts_by_id(self, ids: Sequence[str], fields: Sequence[str]) -> Page[Record]:
        """These contacts as they are now."""
        return contacts.contacts_by_id(self._client, ids, fields)

    def newest(self, limit: int) -> Sequence[str]:
        """Ids of the contacts made last."""
        return contacts.newest(self._client, limit)

    def activities_of(self, contact_ids: Sequence[str]) -> Iterator[Page[ActivityRecord]]:
        """All activities of these contacts."""
        return activities.activities_of(self._client, contact_ids)

    def history(self, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, Sequence[PastValue]]]:
        """Past values, newest first."""
        return contacts.history(self._client, ids, fields)

    def owners(self) -> Sequence[Owner]:
        """Users who may own leads, former ones included."""
        return contacts.owners(self._client)

    def fields(self) -> Sequence[CrmField]:
        """The contact properties."""
        return fields.fields(self._client)

    def write(self, updates: Sequence[Update]) -> Sequence[WriteResult]:
        """One result per row, same order."""
        return writing.write(self._client, updates)

    def backfill(self, updates: Iterable[Update]) -> Iterator[WriteResult]:
        """Batch by batch: HubSpot's own way for many, an import of a file, tells no row's fate."""
        rows = iter(updates)
        while batch := list(islice(rows, writing.BATCH)):
            yield from self.write(batch)

    def judge_fields(self, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
        """What is there and what is not, by one call."""
        return fields.judge_fields(self._client, wanted)

    def ensure_fields(self, group: str, label: str, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
        """Creates what is missing."""
        return fields.ensure_fields(self._client, group, label, wanted)

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
    ledger: Ledger | None = None,
) -> Adapter:
    """Opens a HubSpot account; see `adapters.contract.AdapterFactory`.

    `credentials` is ``token``, or the five names of `adapters.oauth`. Raises `Misconfigured` when neither is complete.
    """
    tokens = _tokens(credentials, base_url, clock, vault)
    host = base_url or HOST
    return HubSpotAdapter(Client(host=host, tokens=tokens, paths=Paths(), clock=clock, sleep=sleep, ledger=ledger))


def _tokens(
    credentials: Mapping[str, str],
    base_url: str | None,
    clock: Callable[[], datetime],
    vault: Vault | None,
) -> Tokens:
    if credentials.get("token"):
        return StaticToken("HubSpot", credentials["token"])
    missing = [name for name in ("client_id", "client_secret", "refresh_token") if not credentials.get(name)]
    if missing:
        text = f"The HubSpot connection has neither a token nor a complete OAuth grant: {', '.join(missing)} missing."
        raise Misconfigured(text, what=missing)
    return OAuthTokens(provider(base_url), credentials, clock=clock, vault=vault)


def record_ids(text: str) -> Sequence[str]:
    """The contact a person means by an id or by the address of its page, which ends in ``/record/0-1/<id>``."""
    parts = [part for part in re.split(r"[?#]", text.strip())[0].split("/") if part.isascii() and part.isdigit()]
    return parts[-1:]


CRM = Crm(
    CAPABILITIES,
    SETTINGS,
    factory,
    HubSpotInbound(),
    record_ids=record_ids,
    ways=WAYS,
    consent=CONSENT,
    revoke=revoke,
    wishes=WISHES,
)
