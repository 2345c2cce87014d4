"""The tables. One schema for SQLite and PostgreSQL; migrations in `migrations` make it.

Times are whole seconds since 1970 UTC. Documents (fields, lines, cursors) are JSON text: they are read and written
whole, and text costs the same on both databases. Every row belongs to a tenant from the first table on.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def tenant_key() -> sa.Column[int]:
    """The column that says whose row it is; the row goes with the agency."""
    return sa.Column("tenant_id", sa.ForeignKey("tenant.id", ondelete="CASCADE"), nullable=False)


def connection_key(*, primary_key: bool = False) -> sa.Column[int]:
    """The column that says of which CRM account a row is; the row goes with the connection."""
    return sa.Column(
        "connection_id", sa.ForeignKey("connection.id", ondelete="CASCADE"), nullable=False, primary_key=primary_key
    )


def lead_key(*, primary_key: bool = False) -> sa.Column[int]:
    """The column that says of which lead a row is; the row goes with the lead."""
    return sa.Column("lead_id", sa.ForeignKey("lead.id", ondelete="CASCADE"), nullable=False, primary_key=primary_key)
