"""The work: runs, their problems, workers, and the calls a vendor still counts."""

from __future__ import annotations

import sqlalchemy as sa

from connector.store.tables.base import connection_key, metadata, tenant_key

run = sa.Table(
    "run",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    tenant_key(),
    connection_key(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("finished_at", sa.BigInteger),
    sa.Column("cursors", sa.Text, nullable=False, server_default="{}"),
    sa.Column("totals", sa.Text, nullable=False, server_default="{}"),
    sa.Column("part", sa.Text, nullable=False, server_default=""),  # the part it is at; empty: the first
    sa.Column("waits", sa.Integer, nullable=False, server_default="0"),  # how often in a row the CRM asked it to wait
    sa.Column("next_at", sa.BigInteger, nullable=False, server_default="0"),  # not before
    sa.Column("anew", sa.Boolean, nullable=False, server_default=sa.false()),  # it reads all contacts, changed or not
    sa.Column("cancel", sa.Text, nullable=False, server_default=""),  # who asked it to end; empty: nobody
    sa.Column("found", sa.Text, nullable=False, server_default="{}"),  # what a reconciliation found, counts by name
    *(
        sa.Column(name, sa.Integer, nullable=False, server_default="0")
        for name in (
            "contacts",
            "activities",
            "outcomes",
            "changed",
            "scored",
            "written",
            "failed",
            "calls",
            "throttled",
        )
    ),
    sa.Index("ix_run_tenant_id_started_at", "tenant_id", "started_at"),
)

# At most one open run of a kind per connection: the database itself refuses a second sync.
sa.Index(
    "uq_run_open",
    run.c.connection_id,
    run.c.kind,
    unique=True,
    sqlite_where=run.c.finished_at.is_(None),
    postgresql_where=run.c.finished_at.is_(None),
)

problem = sa.Table(
    "problem",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    tenant_key(),
    connection_key(),
    sa.Column("record_id", sa.Text, nullable=False),  # the CRM's id, or '' for the connection as a whole
    sa.Column("where", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("mend", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("connection_id", "record_id", "where"),
)

worker = sa.Table(
    "worker",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
)

# Calls to an account that a vendor still counts, from every process; see flows/call_ledger.py.
call_slot = sa.Table(
    "call_slot",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    tenant_key(),
    connection_key(),
    sa.Column("family", sa.Text, nullable=False),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("left_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
    sa.Index("ix_call_slot_connection_id_family", "connection_id", "family"),
)

# What a vendor allows on an account, as its answers named it, and until when it asked for patience.
call_budget = sa.Table(
    "call_budget",
    metadata,
    connection_key(primary_key=True),
    sa.Column("family", sa.Text, primary_key=True),
    tenant_key(),
    sa.Column("calls", sa.Integer, nullable=False, server_default="0"),  # in any `seconds`; 0: not named yet
    sa.Column("seconds", sa.Float, nullable=False, server_default="0"),
    sa.Column("closed_until", sa.Float, nullable=False, server_default="0"),
)
