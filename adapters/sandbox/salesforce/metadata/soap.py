"""SOAP envelopes of the Metadata API: what comes in, what goes back.

Shape: Metadata API Developer Guide, "deploy()", "checkDeployStatus()", "createMetadata()"; the envelopes that
simple-salesforce and zeep send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from adapters.sandbox.salesforce.metadata.xml import BadXml, append, child, local, parse, text

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
METADATA = "http://soap.sforce.com/2006/04/metadata"
register_namespace("soapenv", ENVELOPE)


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the operation, its element, and the session id of the header ("" without)."""

    operation: str
    body: Element
    session_id: str


def read(data: bytes) -> Call:
    """The call in an envelope. Raises `BadXml`."""
    envelope = parse(data)
    body = child(envelope, "Body")
    if local(envelope) != "Envelope" or body is None or not len(body):
        raise BadXml("No operation available for request: send a SOAP 1.1 envelope with one element in its body.")
    header = child(envelope, "Header")
    session = child(header, "SessionHeader") if header is not None else None
    return Call(local(body[0]), body[0], text(session, "sessionId") if session is not None else "")


def answer(operation: str, results: Mapping[str, Any] | list[dict[str, Any]]) -> bytes:
    """The envelope of `<operation>Response` with one or several `result` elements."""
    envelope, body = _envelope()
    response = SubElement(body, f"{operation}Response", {"xmlns": METADATA})
    append(response, "result", results)
    return _bytes(envelope)


def fault(code: str, message: str) -> bytes:
    """The envelope of a fault: `faultcode` sf:CODE, `faultstring` "CODE: message"."""
    envelope, body = _envelope()
    envelope.set("xmlns:sf", METADATA)
    problem = SubElement(body, f"{{{ENVELOPE}}}Fault")
    SubElement(problem, "faultcode").text = f"sf:{code}"
    SubElement(problem, "faultstring").text = f"{code}: {message}"
    return _bytes(envelope)


def _envelope() -> tuple[Element, Element]:
    envelope = Element(f"{{{ENVELOPE}}}Envelope")
    return envelope, SubElement(envelope, f"{{{ENVELOPE}}}Body")


def _bytes(envelope: Element) -> bytes:
    made: bytes = tostring(envelope, encoding="UTF-8", xml_declaration=True)
    return made
