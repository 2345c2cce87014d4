"""The SOAP of an outbound message and of its answer.

Shape: SOAP API Developer Guide, "Outbound Messaging WSDL". No session id is sent any more (help article 005232763).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, register_namespace

from adapters.sandbox.salesforce.xml import BadXml, as_bytes, child, envelope, parse, text

_OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
_OBJECT = "urn:sobject.enterprise.soap.sforce.com"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
register_namespace("xsi", _INSTANCE)
register_namespace("sf", _OBJECT)


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above the notifications."""

    org_id: str
    action_id: str
    base_url: str
    version: str


@dataclass(frozen=True, slots=True)
class Record:
    """One notification: its id, the record, and its values as text without the empty ones."""

    notification_id: str
    sobject: str
    record_id: str
    values: Mapping[str, str]


def request_body(header: Header, records: Sequence[Record]) -> bytes:
    """The message as it is posted."""
    made, body = envelope({"xmlns:xsd": "http://www.w3.org/2001/XMLSchema"})
    message = SubElement(body, "notifications", {"xmlns": _OUTBOUND})
    SubElement(message, "OrganizationId").text = header.org_id
    SubElement(message, "ActionId").text = header.action_id
    SubElement(message, "SessionId", {f"{{{_INSTANCE}}}nil": "true"})
    for name, api in (("EnterpriseUrl", "c"), ("PartnerUrl", "u")):
        SubElement(message, name).text = f"{header.base_url}/services/Soap/{api}/{header.version}/{header.org_id[:15]}"
    for record in records:
        _add(message, record)
    return as_bytes(made)


def acknowledged(body: bytes) -> bool:
    """Whether an answer says Ack true."""
    try:
        root = parse(body)
    except BadXml:
        return False
    inside = child(root, "Body")
    response = None if inside is None else child(inside, "notificationsResponse")
    return response is not None and text(response, "Ack").lower() in ("true", "1")


def _add(message: Element, record: Record) -> None:
    notification = SubElement(message, "Notification")
    SubElement(notification, "Id").text = record.notification_id
    made = SubElement(notification, "sObject", {f"{{{_INSTANCE}}}type": f"sf:{record.sobject}"})
    SubElement(made, f"{{{_OBJECT}}}Id").text = record.record_id
    for name, value in record.values.items():
        SubElement(made, f"{{{_OBJECT}}}{name}").text = value
