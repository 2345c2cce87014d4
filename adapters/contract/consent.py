"""Ways in: what an admin gives so that we may enter, and the browser's way (OAuth 2, authorisation code with PKCE)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Way:
    """One way to let us in. `needs` and `takes` name settings of the `Crm`: those it needs, and those it may have."""

    name: str
    label: str
    help: str
    """When to choose it, and where in the CRM to get what it needs."""
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    consent: bool = False
    """Whether the browser goes to the CRM's consent page for the rest; see `Crm.consent`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A consent that an admin was sent for. `state` and `verifier` are random, and ours alone."""

    settings: Mapping[str, str]
    """What was given: the app, and where it lives."""
    base_url: str | None
    redirect_uri: str
    state: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Consent:
    """How an admin lets our app in by the browser."""

    scopes: tuple[str, ...]
    optional_scopes: tuple[str, ...]
    """Asked for as well where the account has them."""
    register: str
    """Where in the CRM's app the redirect address has to be entered, in a sentence."""
    authorise_url: Callable[[Asked], str]
    """Where the browser goes. Raises `Misconfigured` when something given cannot be used."""
    exchange: Callable[[Asked, str, datetime], Mapping[str, str]]
    """Turns the code that came back into credentials, at an aware time. Raises the error family."""


Revoke = Callable[[Mapping[str, str], str | None], bool]
"""Gives our access back to the vendor: credentials, base URL. False where no program can; raises the error family."""
