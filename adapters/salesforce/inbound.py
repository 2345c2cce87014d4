"""What Salesforce pushes: outbound messages (SOAP) and HTTP callouts of flows (JSON). Both are hints at records.

Neither is signed. What proves the sender is a secret as the last part of the address, known to Salesforce and us alone,
sent over HTTPS; that the account is one of ours the engine checks by ``account_id``. Because nothing is signed there is
no time window either: a recorded message sent again makes us read a record once more, nothing else.
https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_om_outboundmessaging_security.htm
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from adapters.contract import EventKind, HookRejected, InboundEvent, InboundRequest

LARGEST = 5_000_000
"""Bytes of a body: a hundred notifications with room for some long text each."""

LONGEST_ID = 200
"""Characters of an event's id; a longer one is known by its digest."""

FIRST_MOMENT = datetime(1999, 1, 1, tzinfo=UTC)
"""Before it there was no Salesforce."""
AHEAD = timedelta(days=1)
"""How far a sender's clock may be before ours."""

MOST = 100
"""Notifications in one outbound message."""

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
MESSAGE = "{http://soap.sforce.com/2005/09/outbound}"
OBJECT = "{urn:sobject.enterprise.soap.sforce.com}"

LEADS = ("00Q", "003")
"""Key prefixes of the records that are leads to us: Lead and Contact."""

ORGANIZATION = "00D"

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?", re.ASCII)
_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

ACKNOWLEDGED = (
    b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    b"</soapenv:Body></soapenv:Envelope>"
)


class SalesforceInbound:
    """What an org sends to ``…/hooks/salesforce/<secret>``."""

    def verify(self, request: InboundRequest, secrets: Sequence[str]) -> None:
        """Raises `HookRejected` unless the last part of the path is one of `secrets`, and the body of a sane size.

        No time window can be kept, as nothing in the request tells when it was made.
        """
        if len(request.body) > LARGEST:
            text = "The message is larger than any Salesforce sends. Choose fewer fields in the outbound message."
            raise HookRejected(text, f"body of {len(request.body)} bytes")
        given = unquote(urlsplit(request.url).path.rstrip("/").rpartition("/")[2]).encode()
        # Every secret is tried, so that the time taken does not tell which one fitted.
        fits = [hmac.compare_digest(secret.encode(), given) for secret in secrets if secret]
        if request.method.upper() != "POST" or not any(fits):
            raise HookRejected(
                "The message's address does not end in this connection's secret. Copy the whole address from Leadtier "
                "into the outbound message or the flow's callout.",
                "wrong method or secret",
            )

    def parse(self, request: InboundRequest) -> Sequence[InboundEvent]:
        """See `Inbound.parse`: an outbound message, or the JSON of a flow.

        The JSON is ``{"organizationId", "events": [{"recordId", "id"?, "changedAt"?, …}]}``, or one such event with the
        organizationId beside its recordId.
        """
        if request.body.lstrip()[:1] in (b"{", b"["):
            return _flow(request)
        return _outbound_message(request)

    def ack(self) -> tuple[str, bytes]:
        """Content type and body of the answer, with status 200, after which Salesforce does not send again."""
        return "text/xml; charset=utf-8", ACKNOWLEDGED


def to_18(text: str) -> str | None:
    """An id with its three check characters; None when it is not one.

    15 characters tell letters' case, 18 do not need to: the last three hold it.
    """
    if not _ID.fullmatch(text):
        return None
    chunks = (text[start : start + 5] for start in (0, 5, 10))
    ending = "".join(_CHECKS[sum(1 << place for place, char in enumerate(chunk) if char.isupper())] for chunk in chunks)
    return text[:15] + ending if text[15:] in ("", ending) else None


def _outbound_message(request: InboundRequest) -> list[InboundEvent]:
    found = _notifications(request.body)
    account = _account(found.findtext(f"{MESSAGE}OrganizationId"))
    notices = found.findall(f"{MESSAGE}Notification")
    if not 1 <= len(notices) <= MOST:
        raise _rubbish(f"{len(notices)} notifications")
    return [_notice(notice, account, request.received_at) for notice in notices]


def _notifications(body: bytes) -> Element:
    try:
        envelope: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        raise _rubbish(f"not XML we read ({type(problem).__name__})") from None
    found = envelope.find(f"{SOAP}Body/{MESSAGE}notifications")
    if found is None:
        raise _rubbish("no notifications in the envelope")
    return found


def _notice(notice: Element, account: str, received_at: datetime) -> InboundEvent:
    own = notice.findtext(f"{MESSAGE}Id") or ""
    if not own.strip():
        raise _rubbish("a notification without id")
    return _event(own.strip(), account, notice.findtext(f"{MESSAGE}sObject/{OBJECT}Id"), received_at)


def _flow(request: InboundRequest) -> list[InboundEvent]:
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        raise _rubbish("not JSON") from None
    if not isinstance(sent, dict):
        raise _rubbish("not a JSON object")
    rows = sent.get("events", [sent])
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST or not all(isinstance(row, dict) for row in rows):
        raise _rubbish("no list of events")
    account = _account(sent.get("organizationId"))
    return [_flow_event(row, account, request.received_at) for row in rows]


def _flow_event(row: Mapping[str, Any], account: str, received_at: datetime) -> InboundEvent:
    at = _moment(row.get("changedAt"), received_at)
    given = str(row.get("id") or "") or _digest(row, account, at, received_at)
    return _event(given, account, row.get("recordId"), at or received_at)


def _digest(row: Mapping[str, Any], account: str, at: datetime | None, received_at: datetime) -> str:
    """Flows do not send again by themselves, and one that names no time says the same of every change.

    So the minute of its arrival is part of it: the same change told twice at once is one, a later change another.
    """
    minute = "" if at else received_at.strftime("%Y-%m-%dT%H:%M")
    try:
        content = json.dumps([account, row, minute], sort_keys=True)
    except RecursionError:
        raise _rubbish("JSON nested too deep") from None
    return "flow:" + hashlib.sha256(content.encode()).hexdigest()[:32]


def _event(event_id: str, account: str, record: object, at: datetime) -> InboundEvent:
    record_id = to_18(str(record or "").strip())
    if record_id is None:
        raise _rubbish("an event without a record id")
    kind = EventKind.CHANGED if record_id.startswith(LEADS) else EventKind.UNKNOWN
    return InboundEvent(_kept(event_id), account, kind, record_id, at)


def _kept(event_id: str) -> str:
    """An id that any database takes: not longer than `LONGEST_ID`, and without half characters."""
    clean = event_id.encode("utf-8", "replace").decode()
    return clean if len(clean) <= LONGEST_ID else "long:" + hashlib.sha256(clean.encode()).hexdigest()


def _account(text: object) -> str:
    account = to_18(str(text or "").strip())
    if account is None or not account.startswith(ORGANIZATION):
        raise _rubbish("no organization id")
    return account


def _moment(value: object, received_at: datetime) -> datetime | None:
    """A time; None where it is none, or one at which nothing can have happened."""
    try:
        found = datetime.fromisoformat(str(value))
        aware = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return aware if FIRST_MOMENT <= aware <= received_at + AHEAD else None


def _rubbish(log: str) -> HookRejected:
    text = (
        "This address takes outbound messages of Salesforce, or the JSON of a flow's HTTP callout with organizationId "
        "and recordId. Check what the flow sends."
    )
    return HookRejected(text, log)
