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
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from adapters.contract import EventKind, Example, HookRejected, InboundEvent, InboundRequest, Parsed, Unread

LARGEST = 5_000_000
"""Bytes of a body: a hundred notifications with room for some long text each."""

LONGEST_ID = 200
"""Characters of an event's id; a longer one is known by its digest."""

FIRST_MOMENT = datetime(1999, 1, 1, tzinfo=UTC)
"""Before it there was no Salesforce."""
AHEAD = timedelta(days=1)
"""How far a sender's clock may be before ours."""

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


SAMPLE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>{account}</OrganizationId>'
    '<Notification><Id>{number}</Id><sObject xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:sf="urn:sobject.enterprise.soap.sforce.com" xsi:type="sf:{kind}"><sf:Id>{id}</sf:Id></sObject>'
    "</Notification></notifications></soapenv:Body></soapenv:Envelope>"
)
"""An outbound message as an org sends it."""

FLOW = (
    '{"organizationId": "{!$Organization.Id}", "recordId": "{!$Record.Id}", "changedAt": "{!$Record.LastModifiedDate}"}'
)
"""What a flow's HTTP callout may send."""

_NO_RECORD = Unread(
    "no record id", "An event names no record of the org. Check that the message or the flow sends the record's Id."
)
_NO_NUMBER = Unread("no id", "A notification has no id of its own. Nothing needs to be done: the next sync reads it.")
_NO_EVENT = Unread("not an event", "A part of what a flow sent is no event. Check what the flow sends.")


class SalesforceInbound:
    """What an org sends to ``…/hooks/salesforce/<secret>``."""

    own_address = True
    signs: frozenset[str] = frozenset()
    largest = LARGEST

    def verify(self, request: InboundRequest, secrets: Sequence[str]) -> None:
        """Raises `HookRejected` unless the last part of the path is one of `secrets`, and the body of a sane size.

        No time window can be kept, as nothing in the request tells when it was made.
        """
        if len(request.body) > LARGEST:
            text = "The message is larger than any Salesforce sends. Choose fewer fields in the outbound message."
            raise HookRejected(text, f"body of {len(request.body)} bytes", "too large")
        given = unquote(urlsplit(request.url).path.rstrip("/").rpartition("/")[2]).encode()
        # Every secret is tried, so that the time taken does not tell which one fitted.
        fits = [hmac.compare_digest(secret.encode(), given) for secret in secrets if secret]
        if request.method.upper() != "POST" or not any(fits):
            raise HookRejected(
                "The message's address does not end in this connection's secret. Copy the whole address from Leadtier "
                "into the outbound message or the flow's callout.",
                "wrong method or secret",
                "wrong address",
            )

    def parse(self, request: InboundRequest) -> Parsed:
        """See `Inbound.parse`: an outbound message, or the JSON of a flow.

        The JSON is ``{"organizationId", "events": [{"recordId", "id"?, "changedAt"?, "changedBy"?, …}]}``, or one such
        event with the organizationId beside its recordId.
        """
        json_sent = request.body.lstrip()[:1] in (b"{", b"[")
        found = _flow(request) if json_sent else _outbound_message(request)
        events = [one for one in found if isinstance(one, InboundEvent)]
        return Parsed(events, [one for one in found if isinstance(one, Unread)])

    def ack(self) -> tuple[str, bytes]:
        """Content type and body of the answer, with status 200, after which Salesforce does not send again."""
        return "text/xml; charset=utf-8", ACKNOWLEDGED

    def sample(self, example: Example, secret: str, now: datetime) -> InboundRequest:  # noqa: ARG002 (in the address)
        """See `Inbound.sample`: an outbound message with one notification."""
        number = f"trial-{int(now.timestamp() * 1000)}"
        kind = "Lead" if example.record_id.startswith(LEADS[0]) else "Contact"
        body = SAMPLE.format(account=escape(example.account_id), number=number, kind=kind, id=escape(example.record_id))
        headers = {"content-type": "text/xml; charset=utf-8", "soapaction": '""'}
        return InboundRequest("POST", example.address, headers, body.encode(), now)

    def setup(self, address: str, fields: Sequence[str]) -> Sequence[str]:
        """See `Inbound.setup`."""
        return (
            "In Setup open Outbound Messages, New Outbound Message, object Lead. Endpoint URL:",
            f"    {address}",
            "Fields to send: Id and LastModifiedById. Leave Send Session ID unticked. Do the same for object Contact.",
            "In Setup open Flows, New, Record-Triggered Flow, object Lead, when a record is created or updated.",
            "In the flow add the action Outbound Message, choose the one made above, activate. The same for Contact.",
            "Where other fields change often, let the flow begin only when one of these has changed:",
            f"    {', '.join(fields)}",
            "On the profile of Leadtier's own user untick Send Outbound Messages: what it writes need not come back.",
            "A flow's HTTP callout to the same address may take the outbound message's place. Its body is JSON:",
            f"    {FLOW}",
            "What waits or failed is listed in Setup under Outbound Message Delivery Status.",
        )


def to_18(text: str) -> str | None:
    """An id with its three check characters; None when it is not one.

    15 characters tell letters' case, 18 do not need to: the last three hold it.
    """
    if not _ID.fullmatch(text):
        return None
    chunks = (text[start : start + 5] for start in (0, 5, 10))
    ending = "".join(_CHECKS[sum(1 << place for place, char in enumerate(chunk) if char.isupper())] for chunk in chunks)
    return text[:15] + ending if text[15:] in ("", ending) else None


def _outbound_message(request: InboundRequest) -> list[InboundEvent | Unread]:
    found = _notifications(request.body)
    account = _account(found.findtext(f"{MESSAGE}OrganizationId"))
    notices = found.findall(f"{MESSAGE}Notification")
    if not notices:
        raise _rubbish("no notification")
    return [_notice(notice, account, request.received_at) for notice in notices]


def _notifications(body: bytes) -> Element:
    try:
        envelope: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        raise _rubbish(f"not XML we read ({type(problem).__name__})", "not xml") from None
    found = envelope.find(f"{SOAP}Body/{MESSAGE}notifications")
    if found is None:
        raise _rubbish("no notifications in the envelope")
    return found


def _notice(notice: Element, account: str, received_at: datetime) -> InboundEvent | Unread:
    own = (notice.findtext(f"{MESSAGE}Id") or "").strip()
    if not own:
        return _NO_NUMBER
    record, who = (notice.findtext(f"{MESSAGE}sObject/{OBJECT}{name}") for name in ("Id", "LastModifiedById"))
    return _event(own, account, record, received_at, who)


def _flow(request: InboundRequest) -> list[InboundEvent | Unread]:
    try:
        sent = json.loads(request.body, parse_int=_number)
    except (ValueError, RecursionError):
        raise _rubbish("not JSON", "not json") from None
    if not isinstance(sent, dict):
        raise _rubbish("not a JSON object")
    rows = sent.get("events", [sent])
    if not isinstance(rows, list) or not rows:
        raise _rubbish("no list of events")
    account = _account(sent.get("organizationId"))
    return [_flow_event(row, account, request.received_at) if isinstance(row, dict) else _NO_EVENT for row in rows]


def _number(digits: str) -> int | None:
    """A whole number; None for one too long to be read, which must not cost the events beside it."""
    return int(digits) if len(digits) < 100 else None


def _flow_event(row: Mapping[str, Any], account: str, received_at: datetime) -> InboundEvent | Unread:
    at = _moment(row.get("changedAt"), received_at)
    given = _word(row.get("id")) or _digest(row, account, at, received_at)
    if given is None:
        return _NO_EVENT
    return _event(given, account, row.get("recordId"), at or received_at, row.get("changedBy"))


def _digest(row: Mapping[str, Any], account: str, at: datetime | None, received_at: datetime) -> str | None:
    """Flows do not send again by themselves, and one that names no time says the same of every change.

    So the minute of its arrival is part of it: the same change told twice at once is one, a later change another.
    None when it is nested too deep to be read.
    """
    minute = "" if at else received_at.strftime("%Y-%m-%dT%H:%M")
    try:
        content = json.dumps([account, row, minute], sort_keys=True)
    except RecursionError:
        return None
    return "flow:" + hashlib.sha256(content.encode()).hexdigest()[:32]


def _event(event_id: str, account: str, record: object, at: datetime, who: object) -> InboundEvent | Unread:
    record_id = to_18(_word(record).strip())
    if record_id is None:
        return _NO_RECORD
    known = record_id.startswith(LEADS)
    kind = EventKind.CHANGED if known else EventKind.UNKNOWN
    what = "" if known else f"record {record_id[:3]}"
    return InboundEvent(_kept(event_id), account, kind, record_id, at, who=to_18(_word(who)) or "", what=what)


def _word(value: object) -> str:
    """Text or a number as text; anything else is neither an id nor a time."""
    return str(value) if isinstance(value, (str, int)) else ""


def _kept(event_id: str) -> str:
    """An id that any database takes: not longer than `LONGEST_ID`, and without half characters."""
    clean = event_id.encode("utf-8", "replace").decode()
    return clean if len(clean) <= LONGEST_ID else "long:" + hashlib.sha256(clean.encode()).hexdigest()


def _account(text: object) -> str:
    account = to_18(_word(text).strip())
    if account is None or not account.startswith(ORGANIZATION):
        raise _rubbish("no organization id")
    return account


def _moment(value: object, received_at: datetime) -> datetime | None:
    """A time; None where it is none, or one at which nothing can have happened."""
    try:
        found = datetime.fromisoformat(_word(value))
        aware = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return aware if FIRST_MOMENT <= aware <= received_at + AHEAD else None


def _rubbish(log: str, reason: str = "wrong family") -> HookRejected:
    text = (
        "This address takes outbound messages of Salesforce, or the JSON of a flow's HTTP callout with organizationId "
        "and recordId. Check what the flow sends."
    )
    return HookRejected(text, log, reason)
