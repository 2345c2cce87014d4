"""The zip of a deploy: package.xml and the files it names.

Source: Metadata API Developer Guide, "File-Based Calls" and its limits: 39 MB zipped, 10,000 files, 400 MB in all.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from adapters.sandbox.salesforce.xml import BadXml, children, local, parse, text

ZIPPED_MOST, FILES_MOST, UNZIPPED_MOST = 39 * 1024 * 1024, 10_000, 400 * 1024 * 1024


class BadPackage(ValueError):
    """A zip that cannot be deployed at all."""


@dataclass(frozen=True, slots=True)
class Package:
    """What a deploy brings: members by metadata type, and the files by their path below package.xml."""

    members: Mapping[str, tuple[str, ...]]
    files: Mapping[str, bytes]

    def names(self, kind: str) -> tuple[str, ...]:
        """The members of a metadata type."""
        return self.members.get(kind, ())


def unpack(data: bytes) -> Package:
    """Reads a zip with package.xml at its root or in its only folder. Raises `BadPackage`."""
    files = _below_manifest(_files(data))
    try:
        manifest = parse(files.pop("package.xml"))
    except BadXml as error:
        raise BadPackage(f"package.xml: {error}") from error
    if local(manifest) != "Package":
        raise BadPackage("package.xml: the root element must be Package.")
    return Package(_members(manifest), files)


def _files(data: bytes) -> dict[str, bytes]:
    if len(data) > ZIPPED_MOST:
        raise BadPackage("LIMIT_EXCEEDED: Maximum size of request reached. Maximum size of request is 52428800 bytes.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > FILES_MOST or sum(entry.file_size for entry in entries) > UNZIPPED_MOST:
                raise BadPackage("LIMIT_EXCEEDED: the zip holds more than 10,000 files or 400 MB.")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise BadPackage("INVALID_ZIP: The zip file could not be read; send a plain zip, base64 in SOAP.") from error


def _below_manifest(files: dict[str, bytes]) -> dict[str, bytes]:
    root = min((name for name in files if name.rpartition("/")[2] == "package.xml"), key=len, default=None)
    if root is None:
        raise BadPackage("No package.xml found")
    folder = root.removesuffix("package.xml")
    return {name.removeprefix(folder): content for name, content in files.items() if name.startswith(folder)}


def _members(manifest: Element) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for types in children(manifest, "types"):
        names = tuple((member.text or "").strip() for member in children(types, "members"))
        kind = text(types, "name")
        found[kind] = found.get(kind, ()) + names
    return found
