"""What arrives by itself: webhooks, and what others tell us."""

from __future__ import annotations

import sqlalchemy as sa

from connector.store.tables.base import connection_key, metadata, tenant_key

# Hints from webhooks, the ingest API and flags, kept before they are answered. Handled ones stay some days, because
# a vendor may send them again.
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    tenant_key(),
    connection_key(),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # an EventKind, or ``touched``: only our own rows changed
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False, server_default=""),
    sa.Column("value", sa.Text, nullable=False, server_default=""),  # of our own fields only: people's data stays out
    sa.Column("merged_ids", sa.Text, nullable=False, server_default=""),  # separated by commas
    sa.Column("who", sa.Text, nullable=False, server_default=""),  # the CRM's name for whoever changed it
    sa.Column("bulk", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("occurred_at", sa.BigInteger, nullable=False),
    sa.Column("received_ms", sa.BigInteger, nullable=False),  # milliseconds since 1970, for the time to the field
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("done_at", sa.BigInteger),
    sa.Column("result", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("connection_id", "event_id"),
)

sa.Index(
    "ix_inbox_open",
    inbox.c.connection_id,
    inbox.c.id,
    sqlite_where=inbox.c.done_at.is_(None),
    postgresql_where=inbox.c.done_at.is_(None),
)

sa.Index(
    "ix_inbox_done",
    inbox.c.connection_id,
    inbox.c.done_at,
    sqlite_where=inbox.c.done_at.is_not(None),
    postgresql_where=inbox.c.done_at.is_not(None),
)

# How often somebody else overwrote our fields: asked before they are written once more.
sa.Index(
    "ix_inbox_overwritten",
    inbox.c.connection_id,
    inbox.c.record_id,
    sqlite_where=inbox.c.result == "overwritten",
    postgresql_where=inbox.c.result == "overwritten",
)

# What arrived at our doors and was not kept, by reason. `connection_id` is 0 where nobody can tell whose it was.
hook_count = sa.Table(
    "hook_count",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("connection_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("first_at", sa.BigInteger, nullable=False),
    sa.Column("last_at", sa.BigInteger, nullable=False),
)

# Secrets by which webhooks prove themselves: of an app (no connection) or of one connection's own address.
hook_secret = sa.Table(
    "hook_secret",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("connection_id", sa.ForeignKey("connection.id", ondelete="CASCADE")),
    sa.Column("address", sa.Text, nullable=False, server_default=""),  # digest of the address's secret part
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Index("ix_hook_secret_kind_address", "kind", "address"),
)

# What others told us of leads: kept whether or not the lead is in the book yet.
told_event = sa.Table(
    "told_event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    tenant_key(),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("connection", sa.Text, nullable=False, server_default=""),  # its name, where the sender gave one
    sa.Column("crm_id", sa.Text, nullable=False, server_default=""),
    sa.Column("email", sa.Text, nullable=False, server_default=""),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("campaign", sa.Text, nullable=False, server_default=""),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("lead_id", sa.ForeignKey("lead.id", ondelete="SET NULL")),  # null: nobody we know yet
    sa.UniqueConstraint("tenant_id", "event_id"),
    sa.Index("ix_told_event_lead_id", "lead_id"),
)

sa.Index(
    "ix_told_event_waiting",
    told_event.c.tenant_id,
    told_event.c.email,
    told_event.c.crm_id,
    sqlite_where=told_event.c.lead_id.is_(None),
    postgresql_where=told_event.c.lead_id.is_(None),
)
