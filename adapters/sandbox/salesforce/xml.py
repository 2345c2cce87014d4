"""Reading and writing XML and SOAP 1.1 envelopes, without entities and without surprises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree.ElementTree import (  # types and writing; reading is defusedxml's
    Element,
    ParseError,
    SubElement,
    register_namespace,
    tostring,
)

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
register_namespace("soapenv", ENVELOPE)


class BadXml(ValueError):
    """Text that is not XML, or XML with a DOCTYPE."""


def parse(data: bytes | str) -> Element:
    """The root element. Raises `BadXml`."""
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadXml(f"Error parsing file: {error}") from error
    return root


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, name: str) -> list[Element]:
    """The child elements of one name, whatever their namespace."""
    return [child for child in element if local(child) == name]


def child(element: Element, name: str) -> Element | None:
    """The first child element of one name."""
    return next(iter(children(element, name)), None)


def text(element: Element, name: str, default: str = "") -> str:
    """The text of a child element, stripped."""
    found = child(element, name)
    return default if found is None else (found.text or "").strip()


def flag(element: Element, name: str, default: bool = False) -> bool:
    """A child element that says true or false; clients write it in any case."""
    said = text(element, name).lower()
    return default if said not in ("true", "false", "1", "0") else said in ("true", "1")


def append(parent: Element, name: str, value: Any) -> None:
    """Adds a value under a name: mappings nest, lists repeat the element, None is left out.

    A key of a mapping that begins with "@" is an attribute.
    """
    if value is None:
        return
    if isinstance(value, list | tuple):
        _append_all(parent, name, value)
        return
    made = SubElement(parent, name)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key.startswith("@"):
                made.set(key[1:], str(inner))
            else:
                append(made, key, inner)
    else:
        made.text = str(value).lower() if isinstance(value, bool) else str(value)


def _append_all(parent: Element, name: str, values: Iterable[Any]) -> None:
    for value in values:
        append(parent, name, value)


def envelope(attributes: Mapping[str, str] | None = None) -> tuple[Element, Element]:
    """An empty SOAP envelope, and its body."""
    made = Element(f"{{{ENVELOPE}}}Envelope", dict(attributes or {}))
    return made, SubElement(made, f"{{{ENVELOPE}}}Body")


def as_bytes(root: Element) -> bytes:
    """A document as it is sent."""
    made: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return made
