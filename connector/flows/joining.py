"""Coming in for the first time: the owner by the set-up link, everybody else by an invitation."""

from __future__ import annotations

import re
from typing import NamedTuple

import sqlalchemy as sa

from connector.flows import links, passwords, sign_in
from connector.flows.actors import Actor, Role
from connector.flows.services import Refused, Services
from connector.flows.sign_in import Came
from connector.store import accounts, audit
from connector.store.accounts import Account
from connector.store.tickets import Ticket

LONGEST_EMAIL, LONGEST_NAME = 254, 100
SET_UP_ALREADY = "This agency is set up already. Sign in, or ask an owner for an invitation."
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")


class Newcomer(NamedTuple):
    """What is asked of who comes in."""

    email: str = ""
    name: str = ""
    password: str = ""


class Unfit(Exception):
    """What was typed cannot be taken; a sentence for each field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


def email_problem(email: str) -> str:
    """Why this is no e-mail address, as a sentence; empty when it is one."""
    fits = _EMAIL.fullmatch(email) and email.isprintable() and len(email) <= LONGEST_EMAIL
    return "" if fits else "Type an e-mail address, such as ann@agency.com."


def set_up_link(svc: Services) -> str | None:
    """A fresh link that makes the first owner; None when the agency has one, for good."""
    with svc.store.write() as conn:
        if accounts.count_role(conn, svc.tenant.id, Role.OWNER):
            return None
        return links.make(conn, svc.tenant.id, "setup", svc.now())


def set_up(svc: Services, token: str, who: Newcomer, came: Came) -> str:
    """Makes the first owner and signs in; the session's secret. Raises `Refused`, `Unfit` or `Wait`."""
    return _join(svc, set_up_ticket(svc, token), who._replace(email=sign_in.plain(who.email)), came)


def set_up_ticket(svc: Services, token: str) -> Ticket:
    """The set-up link, if it works and the agency has no owner. Raises `Refused`."""
    ticket = links.opened(svc, "setup", token)
    with svc.store.read() as conn:
        _still_open(conn, ticket)
    return ticket


def _still_open(conn: sa.Connection, ticket: Ticket) -> None:
    if ticket.kind == "setup" and accounts.count_role(conn, ticket.tenant_id, Role.OWNER):
        raise Refused(SET_UP_ALREADY)


def accept(svc: Services, token: str, who: Newcomer, came: Came) -> str:
    """Takes an invited person in and signs in; the session's secret. Raises `Refused`, `Unfit` or `Wait`."""
    ticket = links.opened(svc, "invitation", token)
    return _join(svc, ticket, who._replace(email=ticket.email), came)


def accept_as(svc: Services, token: str, actor: Actor) -> int:
    """Takes the invited person in who is signed in already; the agency. Raises `Refused` when it is for another."""
    ticket = links.opened(svc, "invitation", token)
    if actor.email != ticket.email:
        raise Refused(f"This invitation is for {ticket.email}; you are signed in as {actor.email}. Sign out first.")
    with svc.store.write() as conn:
        take_in(conn, ticket, actor.account_id, svc.now())
    return ticket.tenant_id


def is_known(svc: Services, email: str) -> bool:
    """Whether the address has an account already, whose password it then takes."""
    with svc.store.read() as conn:
        return accounts.account_by_email(conn, email) is not None


def _join(svc: Services, ticket: Ticket, who: Newcomer, came: Came) -> str:
    """An account that is there is opened by its own password; a link alone never takes one over."""
    proved = sign_in.prove(svc, who.email, who.password, came) if is_known(svc, who.email) else None
    agency = svc.for_tenant(ticket.tenant_id).tenant.name
    if proved is None and (problems := _problems(who, agency)):
        raise Unfit(problems)
    hashed = "" if proved else passwords.hashed(who.password)
    with svc.store.write() as conn:
        accounts.lock_members(conn, ticket.tenant_id)
        _still_open(conn, ticket)
        account = proved or _new(conn, who, hashed, svc.now())
        take_in(conn, ticket, account.id, svc.now())
        return sign_in.enter(conn, svc, account, came, "for the first time", ticket.tenant_id)


def _problems(who: Newcomer, agency: str) -> dict[str, str]:
    found = {"email": email_problem(who.email), "name": name_problem(who.name)}
    found["password"] = passwords.problem(who.password, who.email, agency)
    return {field: problem for field, problem in found.items() if problem}


def name_problem(name: str) -> str:
    """Why this cannot be a person's name, as a sentence; empty when it can."""
    fits = name.strip() and name.isprintable() and len(name) <= LONGEST_NAME
    return "" if fits else f"Type a name of at most {LONGEST_NAME} characters; others see it beside what you change."


def _new(conn: sa.Connection, who: Newcomer, hashed: str, now: int) -> Account:
    if accounts.account_by_email(conn, who.email) is not None:
        raise Refused("Somebody made an account with this address just now. Open the link again.")
    account = accounts.add_account(conn, who.email, who.name.strip(), now)
    accounts.set_password(conn, account.id, hashed)
    return account


def take_in(conn: sa.Connection, ticket: Ticket, account_id: int, now: int) -> None:
    """Uses the link up and makes the person a member with the role that it gives."""
    links.use(conn, ticket, now)
    role = Role.OWNER if ticket.kind == "setup" else Role(ticket.role)
    if accounts.add_member(conn, ticket.tenant_id, account_id, role, now):
        who = accounts.member(conn, ticket.tenant_id, account_id)
        email = who.email if who else ""
        asked = f"invited by {ticket.author}" if ticket.author else "by the set-up link"
        audit.record(conn, ticket.tenant_id, email, "join", f"{email} as {role}, {asked}", now)
