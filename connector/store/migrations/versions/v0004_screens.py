"""The screens: people and their sessions, drafts and versions, and what the lists are read by."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FILLED_AT_ONCE = 5000


def _tenant() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE")


def _account() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE")


def upgrade() -> None:
    _people()
    _drafts()
    _lists()
    conn = op.get_bind()
    _fill_cards(conn)
    for name, *columns in _ORDERS:
        op.create_index(name, "card", ["tenant_id", *columns])
    _fill_words(conn)


def _people() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("password", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("subject", name=op.f("uq_account_subject")),
    )
    op.create_table(
        "membership",
        sa.Column("tenant_id", sa.Integer(), primary_key=True),
        sa.Column("account_id", sa.Integer(), primary_key=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _tenant(),
        _account(),
    )
    op.create_index("ix_membership_account_id", "membership", ["account_id"])
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("agent", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("digest", name=op.f("uq_session_digest")),
        _tenant(),
        _account(),
    )
    op.create_index("ix_session_account_id", "session", ["account_id"])
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
        sa.UniqueConstraint("digest", name=op.f("uq_ticket_digest")),
        _tenant(),
    )
    op.create_index("ix_ticket_tenant_id", "ticket", ["tenant_id"])
    op.create_table(
        "throttle",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_until", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "pending_grant",
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        _tenant(),
        _account(),
    )
    for name in ("before", "after"):
        op.add_column("audit", sa.Column(name, sa.Text(), server_default="", nullable=False))


def _drafts() -> None:
    op.create_table(
        "draft",
        sa.Column("tenant_id", sa.Integer(), primary_key=True),
        sa.Column("about", sa.Text(), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        _tenant(),
    )
    op.create_table(
        "mapping_version",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("connection_id", "version", name=op.f("uq_mapping_version_connection_id_version")),
        _tenant(),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], ondelete="CASCADE"),
    )
    op.add_column("tenant", sa.Column("custom_fields", sa.Text(), server_default="{}", nullable=False))


def _lists() -> None:
    op.create_table(
        "lead_word",
        sa.Column("tenant_id", sa.Integer(), primary_key=True),
        sa.Column("word", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True),
        sa.Column("lead_id", sa.Integer(), primary_key=True),
        _tenant(),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_lead_word_lead_id", "lead_word", ["lead_id", "word"])
    held = sa.text("held_at IS NOT NULL")
    op.create_index("ix_lead_held", "lead", ["tenant_id", "id"], sqlite_where=held, postgresql_where=held)
    op.create_index(
        "ix_lead_gone",
        "lead",
        ["tenant_id", "connection_id"],
        sqlite_where=sa.text("archived = 1"),
        postgresql_where=sa.text("archived"),
    )
    op.create_table(
        "tier_day",
        sa.Column("tenant_id", sa.Integer(), primary_key=True),
        sa.Column("day", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("tier", sa.Text(), primary_key=True),
        sa.Column("leads", sa.Integer(), nullable=False),
        _tenant(),
    )
    op.add_column("card", sa.Column("moved_at", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("card", sa.Column("created_at", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("card", sa.Column("product_line", sa.Text(), server_default="", nullable=False))
    op.add_column("card", sa.Column("owner_id", sa.Text(), server_default="", nullable=False))
    op.add_column("run", sa.Column("cancel", sa.Text(), server_default="", nullable=False))
    op.drop_index("ix_card_tenant_id_tier_score", table_name="card")
    op.drop_index("ix_card_tenant_id_score_lead_id", table_name="card")


_ORDERS = (
    ("ix_card_score", "score", "lead_id", "tier", "product_line", "owner_id"),
    ("ix_card_tier_score", "tier", "score", "lead_id", "product_line", "owner_id"),
    ("ix_card_line_score", "product_line", "score", "lead_id", "tier", "owner_id"),
    ("ix_card_owner_score", "owner_id", "score", "lead_id", "tier", "product_line", "moved_at", "created_at"),
    ("ix_card_moved_at", "moved_at", "lead_id", "tier", "product_line", "owner_id"),
    ("ix_card_created_at", "created_at", "lead_id", "tier", "product_line", "owner_id"),
)


def _fill_cards(conn: sa.Connection) -> None:
    filled = ("moved_at", "created_at", "product_line", "owner_id")
    card = sa.table("card", *map(sa.column, ("lead_id", "document", "as_of", *filled)))
    lead = sa.table("lead", *map(sa.column, ("id", "fields", "created_at")))
    moves = sa.table("card_change", *map(sa.column, ("lead_id", "at")))
    last_move = sa.select(sa.func.max(moves.c.at)).where(moves.c.lead_id == card.c.lead_id).scalar_subquery()
    columns = (card.c.lead_id, card.c.document, lead.c.fields, lead.c.created_at, card.c.as_of, last_move)
    query = sa.select(*columns).join(lead, lead.c.id == card.c.lead_id)
    change = (
        sa.update(card)
        .where(card.c.lead_id == sa.bindparam("of_lead"))
        .values({name: sa.bindparam(name) for name in filled})
    )
    for rows in _chunks(conn, query, card.c.lead_id):
        values = [
            {
                "of_lead": lead_id,
                "moved_at": as_of if moved is None else moved,
                "created_at": created_at,
                "product_line": json.loads(document).get("product_line", ""),
                "owner_id": str(json.loads(fields).get("owner_id", "")),
            }
            for lead_id, document, fields, created_at, as_of, moved in rows
        ]
        conn.execute(change, values)


def _fill_words(conn: sa.Connection) -> None:
    lead = sa.table("lead", *map(sa.column, ("id", "tenant_id", "fields", "archived")))
    word = sa.table("lead_word", *map(sa.column, ("tenant_id", "word", "lead_id")))
    query = sa.select(lead.c.id, lead.c.tenant_id, lead.c.fields).where(sa.not_(lead.c.archived))
    for rows in _chunks(conn, query, lead.c.id):
        found = [
            {"tenant_id": tenant_id, "word": each, "lead_id": lead_id}
            for lead_id, tenant_id, fields in rows
            for each in _words(json.loads(fields))
        ]
        if found:
            conn.execute(sa.insert(word), found)


def _chunks(conn: sa.Connection, query: sa.Select[Any], key: sa.ColumnElement[Any]) -> Iterator[list[Any]]:
    after = 0
    while rows := list(conn.execute(query.where(key > after).order_by(key).limit(_FILLED_AT_ONCE))):
        yield rows
        after = rows[-1][0]


def _words(fields: dict[str, Any]) -> set[str]:
    """As `connector.store.words` has them at this version."""
    email = str(fields.get("email", "")).lower()
    said = " ".join(str(fields.get(name, "")) for name in ("first_name", "last_name", "company", "email"))
    plain = "".join(c for c in unicodedata.normalize("NFKD", said) if not unicodedata.combining(c)).casefold()
    return {word[:40] for word in re.findall(r"\w+", plain)} | ({email[:80]} if email else set())


def downgrade() -> None:
    for name, *_ in _ORDERS:
        op.drop_index(name, table_name="card")
    for name in ("ix_lead_held", "ix_lead_gone"):
        op.drop_index(name, table_name="lead")
    op.create_index("ix_card_tenant_id_tier_score", "card", ["tenant_id", "tier", "score"])
    op.create_index("ix_card_tenant_id_score_lead_id", "card", ["tenant_id", "score", "lead_id"])
    op.drop_column("run", "cancel")
    for name in ("owner_id", "product_line", "created_at", "moved_at"):
        op.drop_column("card", name)
    op.drop_column("tenant", "custom_fields")
    for name in ("after", "before"):
        op.drop_column("audit", name)
    for name in ("tier_day", "lead_word", "mapping_version", "draft", "pending_grant"):
        op.drop_table(name)
    for name in ("throttle", "ticket", "session", "membership", "account"):
        op.drop_table(name)
