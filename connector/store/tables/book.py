"""The book as the CRM has it: agencies, connections, leads and what they did."""

from __future__ import annotations

import sqlalchemy as sa

from connector.store.tables.base import connection_key, lead_key, metadata, tenant_key

tenant = sa.Table(
    "tenant",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("time_zone", sa.Text, nullable=False),
    # Fields beyond the vocabulary that this agency reads and scores, as JSON: name -> {type, label, choices, unit}.
    sa.Column("custom_fields", sa.Text, nullable=False, server_default="{}"),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

connection = sa.Table(
    "connection",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    tenant_key(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("record_url", sa.Text, nullable=False, server_default=""),
    sa.Column("base_url", sa.Text),
    sa.Column("credentials", sa.Text, nullable=False),  # sealed, see sealing.py
    sa.Column("mapping", sa.Text, nullable=False),  # the published field mapping, bound to this account
    sa.Column("cursors", sa.Text, nullable=False, server_default="{}"),
    sa.Column("trouble", sa.Text, nullable=False, server_default=""),  # the sentence a person must act on
    sa.Column("rescored_on", sa.Text, nullable=False, server_default=""),  # the tenant's date of the last full rescore
    sa.Column("sync_every", sa.Integer, nullable=False, server_default="300"),  # seconds; 0: only when asked
    sa.Column("sync_at", sa.BigInteger, nullable=False, server_default="0"),  # when the next incremental sync is due
    sa.Column("retry_at", sa.BigInteger, nullable=False, server_default="0"),  # not before: the last sync failed
    sa.Column("live_at", sa.BigInteger, nullable=False, server_default="0"),  # not before: the CRM asked for patience
    sa.Column("nightly_on", sa.Text, nullable=False, server_default=""),  # the tenant's date of the last reconciliation
    sa.Column("missing", sa.Text, nullable=False, server_default=""),  # a question: so many leads were not seen (JSON)
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("tenant_id", "kind", "account_id"),
    sa.UniqueConstraint("tenant_id", "name"),
)

lead = sa.Table(
    "lead",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    tenant_key(),
    connection_key(),
    sa.Column("crm_id", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("fields", sa.Text, nullable=False, server_default="{}"),
    sa.Column("digest", sa.Text, nullable=False, server_default=""),
    sa.Column("family", sa.Text, nullable=False, server_default=""),  # siblings hinder each other when written at once
    sa.Column("known", sa.Boolean, nullable=False),  # false: only named by an activity so far, never read itself
    sa.Column("archived", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("dirty", sa.Integer, nullable=False, server_default="0"),  # 0: its card is current
    sa.Column("written", sa.Text, nullable=False, server_default="{}"),  # the values the CRM holds from us
    sa.Column("written_at", sa.BigInteger),
    sa.Column("email", sa.Text, nullable=False, server_default=""),  # lower case, to find a lead by what others know
    sa.Column("held_at", sa.BigInteger),  # since when a rep says: do not contact
    sa.Column("seen", sa.Integer, nullable=False, server_default="0"),  # the last full pass (run) that delivered it
    sa.UniqueConstraint("connection_id", "crm_id"),
)

sa.Index(
    "ix_lead_email",
    lead.c.tenant_id,
    lead.c.email,
    sqlite_where=lead.c.email != "",
    postgresql_where=lead.c.email != "",
)

sa.Index(
    "ix_lead_dirty",
    lead.c.tenant_id,
    lead.c.connection_id,
    lead.c.id,
    sqlite_where=lead.c.dirty > 0,
    postgresql_where=lead.c.dirty > 0,
)

sa.Index("ix_lead_tenant_id", lead.c.tenant_id, lead.c.id)

sa.Index("ix_lead_family", lead.c.tenant_id, lead.c.connection_id, lead.c.family, lead.c.id)

sa.Index(
    "ix_lead_unread",
    lead.c.tenant_id,
    lead.c.connection_id,
    sqlite_where=~lead.c.known,
    postgresql_where=~lead.c.known,
)

# Clustered by lead: scoring reads a lead's activities in one stretch (see docs/scoring.md for why that matters).
activity = sa.Table(
    "activity",
    metadata,
    lead_key(primary_key=True),
    sa.Column("source_id", sa.Text, primary_key=True),
    tenant_key(),
    connection_key(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("campaign", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_activity_connection_id_source_id", "connection_id", "source_id"),
    sqlite_with_rowid=False,
)

outcome = sa.Table(
    "outcome",
    metadata,
    lead_key(primary_key=True),
    sa.Column("source_id", sa.Text, primary_key=True),
    tenant_key(),
    connection_key(),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("amount", sa.Float),
    sa.Index("ix_outcome_connection_id_source_id", "connection_id", "source_id"),
)

owner = sa.Table(
    "owner",
    metadata,
    connection_key(primary_key=True),
    sa.Column("owner_id", sa.Text, primary_key=True),
    tenant_key(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("user_id", sa.Text, nullable=False, server_default=""),  # where the CRM calls its users otherwise
)

# Leads that are gone: how many there are tells how many are left, without reading the book.
sa.Index(
    "ix_lead_gone",
    lead.c.tenant_id,
    lead.c.connection_id,
    sqlite_where=lead.c.archived,
    postgresql_where=lead.c.archived,
)

# Leads on hold are few, and listed by that.
sa.Index(
    "ix_lead_held",
    lead.c.tenant_id,
    lead.c.id,
    sqlite_where=lead.c.held_at.is_not(None),
    postgresql_where=lead.c.held_at.is_not(None),
)

# The words by which a lead is looked for: of its names, company and e-mail address, in lower case. They are compared
# character by character, or PostgreSQL would not find by an index what begins alike; see prefixes.py.
lead_word = sa.Table(
    "lead_word",
    metadata,
    sa.Column("tenant_id", sa.ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("word", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True),
    lead_key(primary_key=True),
    sa.Index("ix_lead_word_lead_id", "lead_id", "word"),
    sqlite_with_rowid=False,
)
