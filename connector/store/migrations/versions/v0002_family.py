"""Leads know which others hinder them when written: contacts of one account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lead", sa.Column("family", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_lead_family", "lead", ["tenant_id", "connection_id", "family", "id"])


def downgrade() -> None:
    op.drop_index("ix_lead_family", "lead")
    op.drop_column("lead", "family")
