"""Signing in by OpenID Connect: the code flow with PKCE, state and nonce. A stranger never becomes a member by it.

A person is known by issuer and subject; at first by an e-mail address that the provider has verified, when it belongs
to an account or to an invitation of ours.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

import jwt
import requests
import sqlalchemy as sa
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session

from connector.flows import joining, sign_in
from connector.flows.identity import Provider
from connector.flows.services import Refused, Services
from connector.flows.sign_in import Came
from connector.store import accounts, tickets
from connector.store.accounts import Account

TIMEOUT = 10.0
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a public key; never one that the client's own secret could make."""
LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""
LONGEST_ANSWER = 1_000_000
DOWN = (
    "{} cannot be reached or gave an answer that we cannot use. Try again in a few minutes, or sign in with a password."
)
NOT_HERE = "{} knows you as {}, but nobody here does. Ask an owner of your agency to invite that address."
UNPROVEN = "{} does not say that your e-mail address is verified, so we cannot know who you are. Verify it there first."
BEGUN_ELSEWHERE = "This sign-in was begun in another browser or too long ago. Start again."


class Begun(NamedTuple):
    """What the browser keeps while the person is at the provider."""

    state: str
    nonce: str
    verifier: str


class Returned(NamedTuple):
    """What the provider sent the browser back with."""

    code: str = ""
    state: str = ""
    error: str = ""


def begin(provider: Provider, back: str) -> tuple[str, Begun]:
    """The provider's address to go to, and what to keep. Raises `Refused` when the provider is down."""
    begun = Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
    addresses = _discovered(provider)
    with _session(provider, back) as client:
        url, _ = client.create_authorization_url(
            addresses["authorization_endpoint"], state=begun.state, nonce=begun.nonce, code_verifier=begun.verifier
        )
    return str(url), begun


def finish(svc: Services, back: str, begun: Begun, returned: Returned, came: Came) -> str:
    """Signs in who comes back; the session's secret. Raises `Refused` with a sentence."""
    provider = svc.provider
    if provider is None or not hmac.compare_digest(returned.state.encode(), begun.state.encode()):
        raise Refused(BEGUN_ELSEWHERE)
    if returned.error or not returned.code:
        raise Refused(f"{provider.name} did not sign you in. Start again, or sign in with a password.")
    claims = _claims(provider, back, begun, returned.code)
    with svc.store.write() as conn:
        account = _account(conn, svc, provider, claims)
        return sign_in.enter(conn, svc, account, came, f"by {provider.name}")


def _session(provider: Provider, back: str) -> OAuth2Session:
    return OAuth2Session(
        provider.client_id,
        provider.client_secret,
        scope="openid email profile",
        redirect_uri=back,
        code_challenge_method="S256",
    )


def _claims(provider: Provider, back: str, begun: Begun, code: str) -> Mapping[str, Any]:
    """What the provider's ID token says, once its signature, its times and for whom it is were checked."""
    addresses = _discovered(provider)
    try:
        with _session(provider, back) as client:
            token = client.fetch_token(
                addresses["token_endpoint"],
                code=code,
                code_verifier=begun.verifier,
                grant_type="authorization_code",
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        claims = _verified(provider, str(token["id_token"]), _got(provider, addresses["jwks_uri"]))
    except (AuthlibBaseError, requests.RequestException, jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
        raise Refused(DOWN.format(provider.name)) from error
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), begun.nonce.encode()):
        raise Refused(BEGUN_ELSEWHERE)
    return claims


def _verified(provider: Provider, token: str, keys: Mapping[str, Any]) -> Mapping[str, Any]:
    header = jwt.get_unverified_header(token)
    known = jwt.PyJWKSet.from_dict(dict(keys)).keys
    key = next((one for one in known if one.key_id == header.get("kid")), None) or (
        known[0] if len(known) == 1 else None
    )
    if key is None:
        raise ValueError("no key of the provider fits")
    claims: Mapping[str, Any] = jwt.decode(
        token,
        key,
        algorithms=list(ALGORITHMS),
        audience=provider.client_id,
        issuer=provider.issuer,
        leeway=LEEWAY,
        options={"require": ["exp", "iat", "sub", "iss", "aud"]},
    )
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise ValueError("the token is for another application")
    return claims


def _account(conn: sa.Connection, svc: Services, provider: Provider, claims: Mapping[str, Any]) -> Account:
    subject = f"{provider.issuer} {claims['sub']}"
    if known := accounts.account_by_subject(conn, subject):
        _take_invitations(conn, known, svc.now())
        return known
    email = sign_in.plain(str(claims.get("email", "")))
    if not email or claims.get("email_verified") is not True:
        raise Refused(UNPROVEN.format(provider.name))
    account = accounts.account_by_email(conn, email)
    if account is None and not tickets.invitations_to(conn, email, svc.now()):
        raise Refused(NOT_HERE.format(provider.name, email))
    if account is not None and account.subject is not None:
        raise Refused(f"{email} belongs to another account of {provider.name}. Sign in with a password.")
    account = account or accounts.add_account(conn, email, _name(claims), svc.now())
    accounts.set_subject(conn, account.id, subject)
    _take_invitations(conn, account, svc.now())
    return account


def _take_invitations(conn: sa.Connection, account: Account, now: int) -> None:
    for ticket in tickets.invitations_to(conn, account.email, now):
        joining.take_in(conn, ticket, account.id, now)


def _name(claims: Mapping[str, Any]) -> str:
    name = str(claims.get("name", "")).strip()
    return "" if joining.name_problem(name) else name


def _discovered(provider: Provider) -> Mapping[str, str]:
    """The provider's addresses, as it publishes them under its own."""
    found = _got(provider, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if found.get("issuer") != provider.issuer or not all(isinstance(found.get(name), str) for name in wanted):
        raise Refused(DOWN.format(provider.name))
    return found


def _got(provider: Provider, url: str) -> Mapping[str, Any]:
    try:
        with requests.get(url, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
            answer.raise_for_status()
            found = json.loads(answer.raw.read(LONGEST_ANSWER, decode_content=True))
    except (requests.RequestException, ValueError) as error:
        raise Refused(DOWN.format(provider.name)) from error
    if not isinstance(found, dict):
        raise Refused(DOWN.format(provider.name))
    return found
