"""A kind of CRM, as its entry point in ``leadtier.adapters`` gives it: what it can and asks for, and how to open it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapters.contract.account import Capabilities, Need
from adapters.contract.consent import Consent, Revoke, Way
from adapters.contract.protocols import AdapterFactory, Inbound
from adapters.contract.writing import FieldPackage, WantedField


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing an admin gives to connect: a credential, an address, a choice."""

    name: str
    label: str
    help: str
    secret: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    address: str = ""
    """The vendor's own domain, of a setting that is an address to which credentials are sent: stored ones are never
    sent to another than they came with, and the app of whoever runs Leadtier never outside of this domain."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Something we would like to be allowed, and what for; said before anybody is asked."""

    scope: str
    why: str
    need: Need = Need.OPTIONAL


PackageFields = Callable[[str, str, Sequence[WantedField]], FieldPackage]
"""Group, label and fields, as `Writer.ensure_fields` takes them."""


RecordIds = Callable[[str], Sequence[str]]
"""What a person pasted, be it an id or the address of a record, as the ids that records are read with; best first."""


@dataclass(frozen=True, slots=True)
class Crm:
    """A kind of CRM."""

    capabilities: Capabilities
    settings: tuple[Setting, ...]
    open: AdapterFactory
    inbound: Inbound | None
    """What receives its webhooks; None where there are none."""
    field_package: PackageFields | None = None
    """Makes the fields we need a file for the CRM's own tools; None where the vendor has no such thing."""
    record_ids: RecordIds | None = None
    """Which records a person may mean; None where nobody writes an id in another way."""
    ways: tuple[Way, ...] = ()
    """The ways in, the best first; empty: one, which takes every setting. Settings that no way names go with each."""
    consent: Consent | None = None
    """How the browser lets us in; None where the vendor has no such thing."""
    revoke: Revoke | None = None
    """Gives our access back; None where the vendor has no such thing."""
    wishes: tuple[Wish, ...] = ()
    """What `Adapter.permissions` will look for."""
