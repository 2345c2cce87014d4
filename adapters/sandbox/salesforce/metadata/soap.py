"""SOAP envelopes of the Metadata API: what comes in, what goes back.

Shape: Metadata API Developer Guide, "deploy()", "checkDeployStatus()", "createMetadata()"; the envelopes that
simple-salesforce and zeep send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from adapters.sandbox.salesforce.xml import ENVELOPE, BadXml, append, as_bytes, child, envelope, local, parse, text

METADATA = "http://soap.sforce.com/2006/04/metadata"


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the operation, its element, and the session id of the header ("" without)."""

    operation: str
    body: Element
    session_id: str


def read(data: bytes) -> Call:
    """The call in an envelope. Raises `BadXml`."""
    root = parse(data)
    body = child(root, "Body")
    if local(root) != "Envelope" or body is None or not len(body):
        raise BadXml("No operation available for request: send a SOAP 1.1 envelope with one element in its body.")
    header = child(root, "Header")
    session = child(header, "SessionHeader") if header is not None else None
    return Call(local(body[0]), body[0], text(session, "sessionId") if session is not None else "")


def answer(operation: str, results: Mapping[str, Any] | list[dict[str, Any]]) -> bytes:
    """The envelope of `<operation>Response` with one or several `result` elements."""
    made, body = envelope()
    response = SubElement(body, f"{operation}Response", {"xmlns": METADATA})
    append(response, "result", results)
    return as_bytes(made)


def fault(code: str, message: str) -> bytes:
    """The envelope of a fault: `faultcode` sf:CODE, `faultstring` "CODE: message"."""
    made, body = envelope()
    made.set("xmlns:sf", METADATA)
    problem = SubElement(body, f"{{{ENVELOPE}}}Fault")
    SubElement(problem, "faultcode").text = f"sf:{code}"
    SubElement(problem, "faultstring").text = f"{code}: {message}"
    return as_bytes(made)
