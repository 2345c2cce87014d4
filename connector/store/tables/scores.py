"""What we make of it: models, cards, their history, what waits to be written, and what reps say."""

from __future__ import annotations

import sqlalchemy as sa

from connector.store.tables.base import connection_key, lead_key, metadata, tenant_key

model = sa.Table(
    "model",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    tenant_key(),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("published_at", sa.BigInteger, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant_id", "version"),
)

card = sa.Table(
    "card",
    metadata,
    lead_key(primary_key=True),
    tenant_key(),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),  # the whole card, see cards.py
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("as_of", sa.BigInteger, nullable=False),
    # The first day (proleptic ordinal, in the tenant's zone) on which time alone may change it; null: none.
    sa.Column("moves_on", sa.Integer),
    sa.Column("moved_at", sa.BigInteger, nullable=False, server_default="0"),  # when score or tier last moved
    sa.Column("created_at", sa.BigInteger, nullable=False, server_default="0"),  # the lead's, to list the newest by
    sa.Column("product_line", sa.Text, nullable=False, server_default=""),
    sa.Column("owner_id", sa.Text, nullable=False, server_default=""),  # the CRM's, to list leads by
    sa.Index("ix_card_moves_on", "tenant_id", "moves_on"),
    # The lists: by a filter, then in an order, then by lead, so that a page begins where one ended. What follows is
    # what other filters ask, so that a walk along the index need not look into the cards; see lead_lists.py.
    sa.Index("ix_card_score", "tenant_id", "score", "lead_id", "tier", "product_line", "owner_id"),
    sa.Index("ix_card_tier_score", "tenant_id", "tier", "score", "lead_id", "product_line", "owner_id"),
    sa.Index("ix_card_line_score", "tenant_id", "product_line", "score", "lead_id", "tier", "owner_id"),
    sa.Index(
        "ix_card_owner_score", "tenant_id", "owner_id", "score", "lead_id", "tier", "product_line", "moved_at",
        "created_at",
    ),
    sa.Index("ix_card_moved_at", "tenant_id", "moved_at", "lead_id", "tier", "product_line", "owner_id"),
    sa.Index("ix_card_created_at", "tenant_id", "created_at", "lead_id", "tier", "product_line", "owner_id"),
)  # fmt: skip

card_change = sa.Table(
    "card_change",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    tenant_key(),
    lead_key(),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("score_before", sa.Integer),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("moved", sa.Text, nullable=False),
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Index("ix_card_change_lead_id", "lead_id", "id"),
    sa.Index("ix_card_change_tenant_id_at", "tenant_id", "at"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    lead_key(primary_key=True),
    tenant_key(),
    connection_key(),
    sa.Column("values", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # the newest values win; a writer clears only what it wrote
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("parked", sa.Text, nullable=False, server_default=""),  # the CRM's sentence; not tried again by itself
    sa.Index("ix_outbox_due", "tenant_id", "connection_id", "parked", "next_at"),
)

flag = sa.Table(
    "flag",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    tenant_key(),
    connection_key(),
    lead_key(),
    sa.Column("source_event", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("who", sa.Text, nullable=False, server_default=""),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("score", sa.Integer),  # what the rep saw
    sa.Column("model_version", sa.Text, nullable=False, server_default=""),
    sa.Column("reasons", sa.Text, nullable=False, server_default=""),  # criteria behind the reasons then, by commas
    sa.Column("seen_at", sa.BigInteger),  # the CRM's own time of the newest reading that showed it in the record
    sa.Column("over_at", sa.BigInteger),  # likewise, of the first that showed it gone
    sa.Column("answer", sa.Text, nullable=False, server_default=""),
    sa.Column("answered_by", sa.Text, nullable=False, server_default=""),
    sa.Column("answered_at", sa.BigInteger),
    sa.UniqueConstraint("connection_id", "source_event"),
    sa.Index("ix_flag_tenant_id_at", "tenant_id", "answered_at", "at"),
    sa.Index("ix_flag_lead_id", "lead_id", "id"),
)

# How many leads stood in each tier at the beginning of a day (proleptic ordinal in the tenant's zone).
tier_day = sa.Table(
    "tier_day",
    metadata,
    sa.Column("tenant_id", sa.ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tier", sa.Text, primary_key=True),
    sa.Column("leads", sa.Integer, nullable=False),
)
