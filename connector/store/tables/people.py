"""Who may do what here, and what they did."""

from __future__ import annotations

import sqlalchemy as sa

from connector.store.tables.base import metadata, tenant_key

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    tenant_key(),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False, server_default=""),
    sa.Column("after", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_audit_tenant_id_at", "tenant_id", "at"),
)

api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    tenant_key(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("used_at", sa.BigInteger),
    sa.Column("revoked_at", sa.BigInteger),
    sa.UniqueConstraint("tenant_id", "name"),
)

# A person who may sign in, in one agency or several.
account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),  # lower case
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("password", sa.Text, nullable=False, server_default=""),  # argon2; empty: none, another way in only
    sa.Column("subject", sa.Text, unique=True),  # issuer and subject of OpenID Connect; null: never used
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

membership = sa.Table(
    "membership",
    metadata,
    sa.Column("tenant_id", sa.ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role", sa.Text, nullable=False),  # owner, admin or viewer
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Index("ix_membership_account_id", "account_id"),
)

# Who is signed in. The browser holds the secret, we its digest, so that a session can be ended from here.
session = sa.Table(
    "session",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    tenant_key(),  # whose pages it shows now
    sa.Column("account_id", sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    sa.Column("agent", sa.Text, nullable=False, server_default=""),  # the browser, as it names itself
    sa.Column("address", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
    sa.Column("ends_at", sa.BigInteger, nullable=False),
    sa.Index("ix_session_account_id", "account_id"),
)

# Links that work once: the first set-up of an agency, invitations, a way back in.
ticket = sa.Table(
    "ticket",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    tenant_key(),
    sa.Column("kind", sa.Text, nullable=False),  # setup, invitation or sign_in
    sa.Column("email", sa.Text, nullable=False, server_default=""),
    sa.Column("role", sa.Text, nullable=False, server_default=""),
    sa.Column("author", sa.Text, nullable=False, server_default=""),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ends_at", sa.BigInteger, nullable=False),
    sa.Column("used_at", sa.BigInteger),
    sa.Index("ix_ticket_tenant_id", "tenant_id"),
)

# Failed sign-ins, by digest of an e-mail address or of where they came from.
throttle = sa.Table(
    "throttle",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", sa.BigInteger, nullable=False),
    sa.Column("closed_until", sa.BigInteger, nullable=False),
)

# What an admin was about to do when the browser left for the CRM's consent page.
pending_grant = sa.Table(
    "pending_grant",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),  # of the state that comes back
    tenant_key(),
    sa.Column("account_id", sa.ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("ends_at", sa.BigInteger, nullable=False),
)
