"""Signing in: a password or a one-time link proves who comes, and a session begins. Everything here is audited."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from connector.flows import links, passwords, throttling, visits
from connector.flows.services import Refused, Services
from connector.flows.throttling import Attempt
from connector.flows.visits import Browser
from connector.store import accounts, audit, sessions
from connector.store.accounts import Account
from connector.store.tickets import Ticket

WRONG = "That e-mail address and password do not belong together. Check both, and whether the Caps Lock key is on."
NOWHERE = "You are in no agency here any more. Ask an owner of the agency for an invitation."


class Came(NamedTuple):
    """How somebody comes: the browser, the session it held before, and whether the person signed in there before."""

    browser: Browser
    before: str = ""
    known: bool = False


def plain(email: str) -> str:
    """An e-mail address as accounts hold it."""
    return email.strip().lower()


def by_password(svc: Services, email: str, password: str, came: Came) -> str:
    """Signs in; the new session's secret. Raises `Refused`, with the same words for whatever was wrong, or `Wait`."""
    account = prove(svc, email, password, came)
    with svc.store.write() as conn:
        return enter(conn, svc, account, came, "with a password")


def prove(svc: Services, email: str, password: str, came: Came) -> Account:
    """The account that this password opens. Raises as `by_password` does."""
    made = throttling.attempt(svc, plain(email), came.browser.address, known=came.known)
    with svc.store.read() as conn:
        account = accounts.account_by_email(conn, plain(email))
    if passwords.fits(account.password if account else "", password) and account is not None:
        _proved(svc, account, password, made)
        return account
    if account is not None:
        _failed(svc, account, came.browser)
    raise Refused(WRONG)


def _proved(svc: Services, account: Account, password: str, made: Attempt) -> None:
    with svc.store.write() as conn:
        throttling.good(conn, made, svc.now())
        if passwords.is_dated(account.password):
            accounts.set_password(conn, account.id, passwords.hashed(password))


def _failed(svc: Services, account: Account, browser: Browser) -> None:
    """Every agency of the person may see it. What was typed is never kept."""
    with svc.store.write() as conn:
        for one in accounts.memberships_of(conn, account.id):
            detail = f"wrong password, from {browser.address}"
            audit.record(conn, one.tenant_id, account.email, "failed sign-in", detail, svc.now())


def enter(
    conn: sa.Connection, svc: Services, account: Account, came: Came, how: str, tenant_id: int | None = None
) -> str:
    """Begins a session and ends the one that the browser held before; the new secret. Raises `Refused`."""
    shown = tenant_id if tenant_id is not None else _agency(conn, svc, account)
    if old := sessions.visit(conn, visits.digest(came.before)) if came.before else None:
        sessions.end(conn, old.account_id, old.session_id)
    audit.record(conn, shown, account.email, "sign in", f"{how}, from {came.browser.address}", svc.now())
    return visits.begin(conn, shown, account.id, came.browser, svc.now())


def _agency(conn: sa.Connection, svc: Services, account: Account) -> int:
    """Whose pages are shown first: those of the agency that this process is for, where the person is in it."""
    mine = [one.tenant_id for one in accounts.memberships_of(conn, account.id)]
    if not mine:
        raise Refused(NOWHERE)
    return svc.tenant.id if svc.tenant.id in mine else mine[0]


def by_link(svc: Services, token: str, came: Came) -> str:
    """Signs in by a one-time link; the secret of the new session. Raises `Refused` when the link works no more."""
    ticket = links.opened(svc, "sign_in", token)
    with svc.store.write() as conn:
        links.use(conn, ticket, svc.now())
        account = _invited(conn, ticket)
        return enter(conn, svc, account, came, "with a one-time link", ticket.tenant_id)


def _invited(conn: sa.Connection, ticket: Ticket) -> Account:
    account = accounts.account_by_email(conn, ticket.email)
    if account is None or accounts.member(conn, ticket.tenant_id, account.id) is None:
        raise Refused(NOWHERE)
    return account
