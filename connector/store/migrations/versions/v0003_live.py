"""Live: the inbox of webhooks, flags, API keys, told events, workers and shared call budgets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hook_count",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "connection_id", "reason", name=op.f("pk_hook_count")),
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_api_key_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_api_key_tenant_id_name")),
    )
    op.create_table(
        "call_budget",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seconds", sa.Float(), server_default="0", nullable=False),
        sa.Column("closed_until", sa.Float(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_call_budget_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_call_budget_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("connection_id", "family", name=op.f("pk_call_budget")),
    )
    op.create_table(
        "call_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("left_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_call_slot_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_call_slot_connection_id_connection"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_slot")),
    )
    op.create_index("ix_call_slot_connection_id_family", "call_slot", ["connection_id", "family"], unique=False)
    op.create_table(
        "hook_secret",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_hook_secret_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_secret")),
    )
    op.create_index("ix_hook_secret_kind_address", "hook_secret", ["kind", "address"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), server_default="", nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("merged_ids", sa.Text(), server_default="", nullable=False),
        sa.Column("who", sa.Text(), server_default="", nullable=False),
        sa.Column("bulk", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_inbox_connection_id_connection"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_inbox_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("connection_id", "event_id", name=op.f("uq_inbox_connection_id_event_id")),
    )
    op.create_index(
        "ix_inbox_open",
        "inbox",
        ["connection_id", "id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "ix_inbox_done",
        "inbox",
        ["connection_id", "done_at"],
        unique=False,
        sqlite_where=sa.text("done_at IS NOT NULL"),
        postgresql_where=sa.text("done_at IS NOT NULL"),
    )
    op.create_index(
        "ix_inbox_overwritten",
        "inbox",
        ["connection_id", "record_id"],
        unique=False,
        sqlite_where=sa.text("result = 'overwritten'"),
        postgresql_where=sa.text("result = 'overwritten'"),
    )
    op.create_table(
        "flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("source_event", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("who", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("model_version", sa.Text(), server_default="", nullable=False),
        sa.Column("reasons", sa.Text(), server_default="", nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("over_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_by", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_flag_connection_id_connection"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_flag_lead_id_lead"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_flag_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
        sa.UniqueConstraint("connection_id", "source_event", name=op.f("uq_flag_connection_id_source_event")),
    )
    op.create_index("ix_flag_lead_id", "flag", ["lead_id", "id"], unique=False)
    op.create_index("ix_flag_tenant_id_at", "flag", ["tenant_id", "answered_at", "at"], unique=False)
    op.create_table(
        "told_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), server_default="", nullable=False),
        sa.Column("crm_id", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("campaign", sa.Text(), server_default="", nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_told_event_lead_id_lead"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_told_event_tenant_id_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_event")),
        sa.UniqueConstraint("tenant_id", "event_id", name=op.f("uq_told_event_tenant_id_event_id")),
    )
    op.create_index("ix_told_event_lead_id", "told_event", ["lead_id"], unique=False)
    op.create_index(
        "ix_told_event_waiting",
        "told_event",
        ["tenant_id", "email", "crm_id"],
        unique=False,
        sqlite_where=sa.text("lead_id IS NULL"),
        postgresql_where=sa.text("lead_id IS NULL"),
    )
    op.add_column("card", sa.Column("moves_on", sa.Integer(), nullable=True))
    op.create_index("ix_card_moves_on", "card", ["tenant_id", "moves_on"], unique=False)
    op.add_column("connection", sa.Column("sync_every", sa.Integer(), server_default="300", nullable=False))
    op.add_column("connection", sa.Column("sync_at", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("connection", sa.Column("retry_at", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("connection", sa.Column("live_at", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("connection", sa.Column("nightly_on", sa.Text(), server_default="", nullable=False))
    op.add_column("connection", sa.Column("missing", sa.Text(), server_default="", nullable=False))
    op.add_column("lead", sa.Column("email", sa.Text(), server_default="", nullable=False))
    op.add_column("lead", sa.Column("held_at", sa.BigInteger(), nullable=True))
    op.add_column("lead", sa.Column("seen", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "ix_lead_email",
        "lead",
        ["tenant_id", "email"],
        unique=False,
        sqlite_where=sa.text("email != ''"),
        postgresql_where=sa.text("email != ''"),
    )
    op.add_column("owner", sa.Column("user_id", sa.Text(), server_default="", nullable=False))
    op.add_column("run", sa.Column("part", sa.Text(), server_default="", nullable=False))
    op.add_column("run", sa.Column("waits", sa.Integer(), server_default="0", nullable=False))
    op.add_column("run", sa.Column("next_at", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("run", sa.Column("anew", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("run", sa.Column("found", sa.Text(), server_default="{}", nullable=False))

    _fill_emails()
    _doubt_cards()


def _fill_emails() -> None:
    """Leads read before this column was there: their address stands among their fields."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    email = "json_extract(fields, '$.email')" if sqlite else "fields::json ->> 'email'"
    op.execute(sa.text(f"UPDATE lead SET email = lower({email}) WHERE {email} IS NOT NULL"))  # noqa: S608 - ours


def _doubt_cards() -> None:
    """When time moves the cards made before this column was there is not known: the next midnight makes them again."""
    op.execute(sa.text("UPDATE card SET moves_on = 0"))


def downgrade() -> None:
    op.drop_column("run", "found")
    op.drop_column("run", "anew")
    op.drop_column("run", "next_at")
    op.drop_column("run", "waits")
    op.drop_column("run", "part")
    op.drop_column("owner", "user_id")
    op.drop_index(
        "ix_lead_email", table_name="lead", sqlite_where=sa.text("email != ''"), postgresql_where=sa.text("email != ''")
    )
    op.drop_column("lead", "seen")
    op.drop_column("lead", "held_at")
    op.drop_column("lead", "email")
    op.drop_column("connection", "missing")
    op.drop_column("connection", "nightly_on")
    op.drop_column("connection", "live_at")
    op.drop_column("connection", "retry_at")
    op.drop_column("connection", "sync_at")
    op.drop_column("connection", "sync_every")
    op.drop_index("ix_card_moves_on", table_name="card")
    op.drop_column("card", "moves_on")
    op.drop_index(
        "ix_told_event_waiting",
        table_name="told_event",
        sqlite_where=sa.text("lead_id IS NULL"),
        postgresql_where=sa.text("lead_id IS NULL"),
    )
    op.drop_index("ix_told_event_lead_id", table_name="told_event")
    op.drop_table("told_event")
    op.drop_index("ix_flag_tenant_id_at", table_name="flag")
    op.drop_index("ix_flag_lead_id", table_name="flag")
    op.drop_table("flag")
    op.drop_index(
        "ix_inbox_done",
        table_name="inbox",
        sqlite_where=sa.text("done_at IS NOT NULL"),
        postgresql_where=sa.text("done_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_inbox_overwritten",
        table_name="inbox",
        sqlite_where=sa.text("result = 'overwritten'"),
        postgresql_where=sa.text("result = 'overwritten'"),
    )
    op.drop_index(
        "ix_inbox_open",
        table_name="inbox",
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.drop_table("inbox")
    op.drop_index("ix_hook_secret_kind_address", table_name="hook_secret")
    op.drop_table("hook_secret")
    op.drop_index("ix_call_slot_connection_id_family", table_name="call_slot")
    op.drop_table("call_slot")
    op.drop_table("call_budget")
    op.drop_table("api_key")
    op.drop_table("worker")
    op.drop_table("hook_count")
