"""Accounts and memberships: who may sign in, and what they may do in which agency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from connector.store import tables as t
from connector.store.upserts import insert


class Account(NamedTuple):
    """A person who may sign in. `password` is an argon2 hash, empty where only another way in is open."""

    id: int
    email: str
    name: str
    password: str
    subject: str | None
    """Issuer and subject of OpenID Connect; None: never used."""


class Member(NamedTuple):
    """A person in an agency."""

    account_id: int
    email: str
    name: str
    role: str
    created_at: int


class Membership(NamedTuple):
    """An agency of a person."""

    tenant_id: int
    agency: str
    role: str


_ACCOUNT = tuple(t.account.c[name] for name in Account._fields)
_MEMBER = (t.account.c.id, t.account.c.email, t.account.c.name, t.membership.c.role, t.membership.c.created_at)


def account_by_email(conn: sa.Connection, email: str) -> Account | None:
    """The account of that address, which is in lower case."""
    return _account(conn, t.account.c.email == email)


def account_by_id(conn: sa.Connection, account_id: int) -> Account | None:
    """The account, if it is still there."""
    return _account(conn, t.account.c.id == account_id)


def account_by_subject(conn: sa.Connection, subject: str) -> Account | None:
    """The account that an identity provider knows by this issuer and subject."""
    return _account(conn, t.account.c.subject == subject)


def _account(conn: sa.Connection, which: sa.ColumnElement[bool]) -> Account | None:
    row = conn.execute(sa.select(*_ACCOUNT).where(which)).one_or_none()
    return Account(*row) if row else None


def add_account(conn: sa.Connection, email: str, name: str, at: int) -> Account:
    """The account of that address: made where there is none, untouched where there is."""
    statement = insert(conn, t.account).values(email=email, name=name, created_at=at)
    conn.execute(statement.on_conflict_do_nothing(index_elements=["email"]))
    return Account(*conn.execute(sa.select(*_ACCOUNT).where(t.account.c.email == email)).one())


def set_name(conn: sa.Connection, account_id: int, name: str) -> None:
    """What the person is called."""
    conn.execute(sa.update(t.account).where(t.account.c.id == account_id).values(name=name))


def set_password(conn: sa.Connection, account_id: int, hashed: str) -> None:
    """Keeps a password's hash; the one before works no more."""
    conn.execute(sa.update(t.account).where(t.account.c.id == account_id).values(password=hashed))


def set_subject(conn: sa.Connection, account_id: int, subject: str) -> None:
    """From now on the identity provider's issuer and subject open this account."""
    conn.execute(sa.update(t.account).where(t.account.c.id == account_id).values(subject=subject))


def memberships_of(conn: sa.Connection, account_id: int) -> Sequence[Membership]:
    """The agencies of a person, by name."""
    m = t.membership.c
    query = sa.select(m.tenant_id, t.tenant.c.name, m.role).join(t.tenant, t.tenant.c.id == m.tenant_id)
    return [Membership(*row) for row in conn.execute(query.where(m.account_id == account_id).order_by(t.tenant.c.name))]


def members_of(conn: sa.Connection, tenant_id: int) -> Sequence[Member]:
    """The people of an agency, by e-mail address."""
    query = sa.select(*_MEMBER).join(t.membership, t.membership.c.account_id == t.account.c.id)
    chosen = query.where(t.membership.c.tenant_id == tenant_id).order_by(t.account.c.email)
    return [Member(*row) for row in conn.execute(chosen)]


def member(conn: sa.Connection, tenant_id: int, account_id: int) -> Member | None:
    """One person of an agency."""
    query = sa.select(*_MEMBER).join(t.membership, t.membership.c.account_id == t.account.c.id)
    row = conn.execute(query.where(_one(tenant_id, account_id))).one_or_none()
    return Member(*row) if row else None


def count_role(conn: sa.Connection, tenant_id: int, role: str) -> int:
    """How many people of the agency have this role."""
    m = t.membership.c
    counted = sa.select(sa.func.count()).select_from(t.membership)
    return conn.execute(counted.where(m.tenant_id == tenant_id, m.role == role)).scalar_one()


def lock_members(conn: sa.Connection, tenant_id: int) -> None:
    """Lets nobody else change who is in until the transaction ends, so that an agency keeps its last owner.

    On SQLite a transaction that writes is alone anyway.
    """
    conn.execute(sa.select(t.tenant.c.id).where(t.tenant.c.id == tenant_id).with_for_update())


def add_member(conn: sa.Connection, tenant_id: int, account_id: int, role: str, at: int) -> bool:
    """Takes a person in; False when they are in already, whose role then stays."""
    values = {"tenant_id": tenant_id, "account_id": account_id, "role": role, "created_at": at}
    statement = insert(conn, t.membership).on_conflict_do_nothing(index_elements=["tenant_id", "account_id"])
    return conn.execute(statement.returning(t.membership.c.account_id), values).first() is not None


def set_role(conn: sa.Connection, tenant_id: int, account_id: int, role: str) -> None:
    """What a person of the agency may do from now on."""
    conn.execute(sa.update(t.membership).where(_one(tenant_id, account_id)).values(role=role))


def remove_member(conn: sa.Connection, tenant_id: int, account_id: int) -> bool:
    """Takes a person out; the account stays. False when nobody such was in."""
    return conn.execute(sa.delete(t.membership).where(_one(tenant_id, account_id))).rowcount == 1


def _one(tenant_id: int, account_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(t.membership.c.tenant_id == tenant_id, t.membership.c.account_id == account_id)
