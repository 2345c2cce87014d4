"""What admins edit: drafts, and the versions of a field mapping that were published."""

from __future__ import annotations

import sqlalchemy as sa

from connector.store.tables.base import connection_key, metadata, tenant_key

# One draft of the model and one of each connection's field mapping, whoever edits. `edition` counts its savings, so
# that nobody overwrites what another saved meanwhile.
draft = sa.Table(
    "draft",
    metadata,
    sa.Column("tenant_id", sa.ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("about", sa.Text, primary_key=True),  # model, or mapping:<connection id>
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("based_on", sa.Integer, nullable=False),  # the version published when it was begun; 0: none
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("saved_at", sa.BigInteger, nullable=False),
)

mapping_version = sa.Table(
    "mapping_version",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    tenant_key(),
    connection_key(),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False),  # as its author wrote it: a mapping file
    sa.Column("document", sa.Text, nullable=False),  # bound to the account, as connection.mapping holds the newest
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("published_at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("connection_id", "version"),
)
