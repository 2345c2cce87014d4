"""The field mapping by which an account is connected: from a file, as it was edited here, or as it ships with us."""

from __future__ import annotations

from dataclasses import dataclass

import mappings
from adapters.contract import Account, Crm, FieldPackage
from connector.core.mapping import CrmMapping, parse_mapping, wanted_fields
from connector.core.vocabulary import Vocabulary
from connector.flows.services import Refused, Services
from connector.store import connections as connection_rows
from connector.store import mapping_versions

CONNECTING = " (connecting)"
"""Behind the author of a mapping version that came by connecting: nobody edited it."""


@dataclass
class Source:
    """The mapping file that is bound: the one given, the one edited here, or the one that ships."""

    svc: Services
    kind: str
    given: str
    text: str = ""

    def __post_init__(self) -> None:
        # A file that is wrong is refused before anybody is called.
        self.text = self.given or shipped(self.kind)
        mapping_of(self.svc.vocabulary, self.kind, self.text)

    def mapping_for(self, account: Account) -> CrmMapping:
        """The mapping for this account."""
        self.text = self.given or edited(self.svc, self.kind, account.id) or self.text
        return mapping_of(self.svc.vocabulary, self.kind, self.text)


def edited(svc: Services, kind: str, account_id: str) -> str:
    """The mapping file of a connected account as somebody edited it; empty where nobody did."""
    with svc.store.read() as conn:
        before = connection_rows.connection_to(conn, svc.tenant.id, kind, account_id)
        if before is None or all(
            one.author.endswith(CONNECTING) for one in mapping_versions.history(conn, before.scope)
        ):
            return ""
        newest = mapping_versions.newest(conn, before.scope)
    return newest.source if newest is not None else ""


def shipped(kind: str) -> str:
    """The mapping file that ships for this kind of CRM. Raises `Refused` when there is none."""
    try:
        return mappings.package_text(f"{kind}.yaml")
    except FileNotFoundError as error:
        raise Refused(f"No mapping ships for {kind!r}: name a file with --mapping (docs/adding-a-crm.md).") from error


def mapping_of(words: Vocabulary, kind: str, text: str) -> CrmMapping:
    """The mapping in `text`, or the one that ships for this kind of CRM. Raises `Refused` when there is none."""
    document, lines = mappings.read_document(text or shipped(kind))
    return parse_mapping(document, lines, words)


def package_fields(crm: Crm, mapping: CrmMapping) -> FieldPackage:
    """The score fields as a file for the CRM's own tools. Raises `Refused` where the vendor has no such thing."""
    make = crm.field_package
    if make is None:
        raise Refused(f"{crm.capabilities.name} has no file for fields: `leadtier connect` creates them.")
    group = mapping.score_fields.group
    return make(group.name, group.label, wanted_fields(mapping))
