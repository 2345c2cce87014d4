"""People of an agency: who is in, what they may do, who is invited. Every change is audited, and an owner stays."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from connector.flows import joining, links, passwords, sign_in, visits
from connector.flows.actors import Actor, Role
from connector.flows.joining import Unfit
from connector.flows.services import Refused, Services
from connector.flows.sign_in import Came
from connector.store import accounts, audit, sessions, tickets
from connector.store.accounts import Account, Member, Membership
from connector.store.audit import Change
from connector.store.tickets import Ticket

LAST_OWNER = "{} is the last owner. Make somebody else an owner first, so that the agency keeps one."


def members(svc: Services) -> Sequence[Member]:
    """Everybody who is in, by e-mail address."""
    with svc.store.read() as conn:
        return accounts.members_of(conn, svc.tenant.id)


def who_can(svc: Services, takes: Role) -> Sequence[Member]:
    """Who has the role that something takes, or a higher one."""
    return [one for one in members(svc) if Role(one.role).covers(takes)]


def agencies(svc: Services, actor: Actor) -> Sequence[Membership]:
    """The agencies that a person is in, by name."""
    with svc.store.read() as conn:
        return accounts.memberships_of(conn, actor.account_id)


def invited(svc: Services) -> Sequence[Ticket]:
    """Invitations that still work, newest first."""
    with svc.store.read() as conn:
        return tickets.open_of(conn, svc.tenant.id, "invitation", svc.now())


def invite(svc: Services, by: str, email: str, role: Role) -> str:
    """A link by which that person comes in; it takes the place of an earlier one. Raises `Unfit` or `Refused`."""
    email = sign_in.plain(email)
    if problem := joining.email_problem(email):
        raise Unfit({"email": problem})
    with svc.store.write() as conn:
        if any(one.email == email for one in accounts.members_of(conn, svc.tenant.id)):
            raise Unfit({"email": f"{email} is in already. Change the role in the list."})
        tickets.revoke_for(conn, svc.tenant.id, "invitation", email)
        audit.record(conn, svc.tenant.id, by, "invite", f"{email} as {role}", svc.now())
        return links.make(conn, svc.tenant.id, "invitation", svc.now(), email, role, by)


def take_back(svc: Services, by: str, ticket_id: int) -> None:
    """An invitation works no more. Raises `Refused` when there is none such."""
    with svc.store.write() as conn:
        ticket = tickets.revoke(conn, svc.tenant.id, ticket_id)
        if ticket is None:
            raise Refused("That invitation was used or taken back meanwhile.")
        audit.record(conn, svc.tenant.id, by, "take back invitation", ticket.email, svc.now())


def set_role(svc: Services, by: str, account_id: int, role: Role) -> Member:
    """What a person may do from now on. Raises `Refused` for the last owner, `LookupError` for a stranger."""
    with svc.store.write() as conn:
        who = _locked(conn, svc, account_id)
        if who.role != role:
            _keeps_an_owner(conn, svc, who)
            accounts.set_role(conn, svc.tenant.id, account_id, role)
            audit.record(conn, svc.tenant.id, by, "change role", who.email, svc.now(), Change(who.role, role))
    return who._replace(role=role)


def remove(svc: Services, by: str, account_id: int) -> Member:
    """Takes a person out and ends their sessions here. Raises as `set_role` does."""
    with svc.store.write() as conn:
        who = _locked(conn, svc, account_id)
        _keeps_an_owner(conn, svc, who)
        accounts.remove_member(conn, svc.tenant.id, account_id)
        sessions.end_in(conn, svc.tenant.id, account_id)
        audit.record(conn, svc.tenant.id, by, "remove person", who.email, svc.now(), Change(who.role, ""))
    return who


def _locked(conn: sa.Connection, svc: Services, account_id: int) -> Member:
    accounts.lock_members(conn, svc.tenant.id)
    who = accounts.member(conn, svc.tenant.id, account_id)
    if who is None:
        raise LookupError("That person is not in this agency.")
    return who


def _keeps_an_owner(conn: sa.Connection, svc: Services, who: Member) -> None:
    if who.role == Role.OWNER and accounts.count_role(conn, svc.tenant.id, Role.OWNER) == 1:
        raise Refused(LAST_OWNER.format(who.email))


def link_in(svc: Services, by: str, email: str) -> str:
    """A one-time link that signs a person of the agency in. Raises `Refused` when nobody such is in."""
    email = sign_in.plain(email)
    if all(one.email != email for one in members(svc)):
        raise Refused(f"Nobody with the address {email} is in {svc.tenant.name}. `leadtier people` lists who is.")
    with svc.store.write() as conn:
        audit.record(conn, svc.tenant.id, by, "make sign-in link", email, svc.now())
        return links.make(conn, svc.tenant.id, "sign_in", svc.now(), email, by=by)


def forget_password(svc: Services, by: str, email: str) -> None:
    """Nobody comes in by this person's password any more, nor goes on with a session begun by it: for one that was
    lost or got about. Who comes in by a link may then set another. Raises `Refused` when nobody such is in.
    """
    found = next((one for one in members(svc) if one.email == sign_in.plain(email)), None)
    if found is None:
        raise Refused(f"Nobody with the address {email} is in {svc.tenant.name}. `leadtier people` lists who is.")
    with svc.store.write() as conn:
        accounts.set_password(conn, found.account_id, "")
        sessions.end_others(conn, found.account_id)
        audit.record(conn, svc.tenant.id, by, "forget password", f"{found.email}, all sessions ended", svc.now())


def change_password(svc: Services, actor: Actor, came: Came, old: str, new: str) -> str:
    """Another password from now on; every session ends but this one, which goes on under a new secret, given back.

    Raises `Unfit` or `Wait`.
    """
    account = _with_old_password(svc, actor, came, old)
    if problem := passwords.problem(new, actor.email, svc.tenant.name):
        raise Unfit({"new": problem})
    hashed = passwords.hashed(new)
    with svc.store.write() as conn:
        accounts.set_password(conn, account.id, hashed)
        sessions.end_others(conn, account.id)
        audit.record(conn, svc.tenant.id, actor.email, "change password", "all other sessions ended", svc.now())
        return visits.begin(conn, svc.tenant.id, account.id, came.browser, svc.now())


def _with_old_password(svc: Services, actor: Actor, came: Came, old: str) -> Account:
    """The account of who asks, once its password is typed where it has one."""
    with svc.store.read() as conn:
        account = accounts.account_by_id(conn, actor.account_id)
    if account is None:
        raise LookupError("This account is gone.")
    if not account.password:
        return account
    try:
        return sign_in.prove(svc, account.email, old, came)
    except Refused as refused:
        raise Unfit({"old": "That is not your password now."}) from refused


def rename(svc: Services, actor: Actor, name: str) -> Actor:
    """What a person is called. Raises `Unfit`."""
    if problem := joining.name_problem(name):
        raise Unfit({"name": problem})
    with svc.store.write() as conn:
        accounts.set_name(conn, actor.account_id, name.strip())
        audit.record(conn, svc.tenant.id, actor.email, "change name", "", svc.now(), Change(actor.name, name.strip()))
    return actor._replace(name=name.strip())


def has_password(svc: Services, actor: Actor) -> bool:
    """Whether the person has a password, or another way in only."""
    with svc.store.read() as conn:
        account = accounts.account_by_id(conn, actor.account_id)
    return account is not None and bool(account.password)


def let_in(svc: Services, email: str, name: str, role: Role) -> None:
    """Takes a person in without asking: for the demo, whose owner comes by a one-time link only."""
    with svc.store.write() as conn:
        account = accounts.add_account(conn, email, name, svc.now())
        accounts.add_member(conn, svc.tenant.id, account.id, role, svc.now())
