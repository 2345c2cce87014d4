"""Grants under way: what an admin typed or a CRM gave, sealed, between one page and the next.

The browser holds a random word and nothing else. It is good for the person who began and the agency it was begun for,
once where something is changed by it, and for some minutes.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import NamedTuple

from adapters.contract import AdapterError, Asked, Consent
from connector.flows.actors import Actor
from connector.flows.services import Refused, Services
from connector.flows.ways import at_home, base_url_of, entrance
from connector.store import pending_grants as rows
from connector.store.sealing import SealBroken

CONSENT_SECONDS = 600
"""How long the browser may be away at the CRM's consent page."""
TRIED_SECONDS = 1800
"""How long the result of a test may be read before it is connected."""
LONGEST_STATE = 100
TOO_OLD = "That took too long, or was done already in another tab. Begin again: nothing was changed."
OPERATORS = (
    "The app that whoever runs Leadtier registered speaks to the vendor's own address only. Leave the address empty, "
    "or choose another way in and give an app of your own."
)

SAID = {
    "access_denied": "The CRM says that access was not granted: somebody pressed Cancel, or may not let apps in. "
    "Begin again, signed in there as an administrator.",
    "invalid_scope": "The CRM says that the app may not ask for these permissions. Enter them in the app there, then "
    "begin again.",
    "invalid_client": "The CRM does not know this app. Check the client id and begin again.",
    "invalid_client_id": "The CRM does not know this app. Check the client id (consumer key) and begin again.",
    "unauthorized_client": "The CRM does not let this app ask in this way. Enable the authorization code flow in the "
    "app there, then begin again.",
    "redirect_uri_mismatch": "The CRM has another redirect address for this app. Enter the one shown below in the app "
    "there, to the letter, then begin again.",
    "server_error": "The CRM had trouble of its own. Try again in some minutes.",
    "temporarily_unavailable": "The CRM is busy. Try again in some minutes.",
}
"""The errors of RFC 6749 section 4.1.2.1, and some vendors' own, for people."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is about to be connected."""

    kind: str
    way: str
    settings: Mapping[str, str] = field(repr=False)
    """What was typed, or the credentials that came of it."""
    base_url: str | None = None
    name: str = ""
    """What the connection is to be called; empty: as the CRM's kind, or as it is."""
    again: int = 0
    """The connection that gets new credentials; 0: a new one."""
    redirect_uri: str = ""
    verifier: str = field(default="", repr=False)


class Back(NamedTuple):
    """The CRM's answer as the browser brings it back."""

    state: str
    code: str = ""
    error: str = ""


def hold(svc: Services, actor: Actor, held: Held, seconds: int = TRIED_SECONDS) -> str:
    """Keeps it sealed; the random word by which the same person finds it again."""
    word = secrets.token_urlsafe(32)
    sealed = svc.sealer.seal({"held": json.dumps(asdict(held))})
    with svc.store.write() as conn:
        rows.forget_grants(conn, svc.now())
        rows.add_grant(conn, svc.tenant.id, actor.account_id, _digest(word), sealed, svc.now() + seconds)
    return word


def held(svc: Services, actor: Actor, word: str) -> Held:
    """What was kept. Raises `Refused` when it is too old, somebody else's, or there is none such."""
    with svc.store.read() as conn:
        return _opened(svc, rows.grant_of(conn, svc.tenant.id, actor.account_id, _digest(word), svc.now()))


def renewed(svc: Services, actor: Actor, word: str, newer: Held) -> None:
    """Keeps what came of it in its place: some vendors give a new refresh token with every renewal."""
    sealed = svc.sealer.seal({"held": json.dumps(asdict(newer))})
    with svc.store.write() as conn:
        rows.keep_grant(conn, svc.tenant.id, actor.account_id, _digest(word), sealed)


def take(svc: Services, actor: Actor, word: str) -> Held:
    """The same, once."""
    with svc.store.write() as conn:
        return _opened(svc, rows.take_grant(conn, svc.tenant.id, actor.account_id, _digest(word), svc.now()))


def drop(svc: Services, actor: Actor, word: str) -> None:
    """Forgets it: it is connected."""
    with svc.store.write() as conn:
        rows.take_grant(conn, svc.tenant.id, actor.account_id, _digest(word), svc.now())


def sane(wish: Held) -> Held:
    """The wish with the address as it is called. Raises `Refused` when that is none."""
    return replace(wish, base_url=base_url_of(wish.base_url or ""))


def ask(svc: Services, actor: Actor, wish: Held) -> str:
    """The address of the CRM's consent page for what was typed.

    Raises `Refused` when this kind has no such page, or something typed cannot be used.
    """
    consent = _consent(svc, wish.kind)
    app = svc.apps.get(wish.kind, {})
    if app and not at_home(svc, wish.kind, wish.settings, wish.base_url):
        raise Refused(OPERATORS)
    wish = replace(wish, settings={**app, **wish.settings}, verifier=secrets.token_urlsafe(48))
    # Whether it can be used is seen before anything is kept.
    try:
        consent.authorise_url(_asked(wish, "state"))
    except AdapterError as error:
        raise Refused(error.admin) from error
    return consent.authorise_url(_asked(wish, hold(svc, actor, wish, CONSENT_SECONDS)))


def redeem(svc: Services, actor: Actor, back: Back) -> str:
    """Takes what the CRM gave; the word under which it is held.

    Raises `NotGranted` when the CRM refused, and `Refused` when nobody here asked.
    """
    wish = take(svc, actor, back.state)
    consent = _consent(svc, wish.kind)
    if back.error or not back.code:
        raise NotGranted(wish, said(back.error))
    try:
        found = consent.exchange(_asked(wish, back.state), back.code, svc.clock())
    except AdapterError as error:
        raise NotGranted(wish, error.admin) from error
    into = entrance(svc, wish.kind, wish.way)
    common = {each.name for each in into.common}
    kept = {name: value for name, value in wish.settings.items() if name in common}
    return hold(svc, actor, replace(wish, settings={**kept, **found}, verifier=""))


class NotGranted(Refused):
    """The CRM sent the browser back without a grant; `wish` is what was asked for."""

    def __init__(self, wish: Held, sentence: str) -> None:
        super().__init__(sentence)
        self.wish = wish


def said(error: str) -> str:
    """What the CRM's error means, as a sentence."""
    words = "".join(char for char in error if char.isalnum() or char in "_-. ")[:40]
    unknown = (
        f"The CRM refused and calls it {words!r}." if words else "The CRM sent the browser back without an answer."
    )
    return SAID.get(error, f"{unknown} Begin again; if it stays, check the app there.")


def _consent(svc: Services, kind: str) -> Consent:
    consent = svc.crm(kind).consent
    if consent is None:
        raise Refused(f"{svc.crm(kind).capabilities.name} has no consent page that Leadtier knows.")
    return consent


def _asked(wish: Held, state: str) -> Asked:
    return Asked(wish.settings, wish.base_url, wish.redirect_uri, state, wish.verifier)


def _opened(svc: Services, sealed: str | None) -> Held:
    if sealed is None:
        raise Refused(TOO_OLD)
    try:
        return Held(**json.loads(svc.sealer.open(sealed)["held"]))
    except SealBroken as error:
        raise Refused(TOO_OLD) from error


def _digest(word: str) -> str:
    return hashlib.sha256(word[:LONGEST_STATE].encode("utf-8", "replace")).hexdigest()
