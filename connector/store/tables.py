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


def _tenant() -> sa.Column[int]:
    return sa.Column("tenant_id", sa.ForeignKey("tenant.id", ondelete="CASCADE"), nullable=False)


def _connection(*, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(
        "connection_id", sa.ForeignKey("connection.id", ondelete="CASCADE"), nullable=False, primary_key=primary_key
    )


def _lead(*, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column("lead_id", sa.ForeignKey("lead.id", ondelete="CASCADE"), nullable=False, primary_key=primary_key)


tenant = sa.Table(
    "tenant",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

connection = sa.Table(
    "connection",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _tenant(),
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
    _tenant(),
    _connection(),
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
    _lead(primary_key=True),
    sa.Column("source_id", sa.Text, primary_key=True),
    _tenant(),
    _connection(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("campaign", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_activity_connection_id_source_id", "connection_id", "source_id"),
    sqlite_with_rowid=False,
)

outcome = sa.Table(
    "outcome",
    metadata,
    _lead(primary_key=True),
    sa.Column("source_id", sa.Text, primary_key=True),
    _tenant(),
    _connection(),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("amount", sa.Float),
    sa.Index("ix_outcome_connection_id_source_id", "connection_id", "source_id"),
)

owner = sa.Table(
    "owner",
    metadata,
    _connection(primary_key=True),
    sa.Column("owner_id", sa.Text, primary_key=True),
    _tenant(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("user_id", sa.Text, nullable=False, server_default=""),  # where the CRM calls its users otherwise
)

model = sa.Table(
    "model",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _tenant(),
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
    _lead(primary_key=True),
    _tenant(),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),  # the whole card, see cards.py
    sa.Column("model_version", sa.Text, nullable=False),
    sa.Column("as_of", sa.BigInteger, nullable=False),
    # The first day (proleptic ordinal, in the tenant's zone) on which time alone may change it; null: none.
    sa.Column("moves_on", sa.Integer),
    sa.Index("ix_card_moves_on", "tenant_id", "moves_on"),
    sa.Index("ix_card_tenant_id_tier_score", "tenant_id", "tier", "score"),
    sa.Index("ix_card_tenant_id_score_lead_id", "tenant_id", "score", "lead_id"),
)

card_change = sa.Table(
    "card_change",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _tenant(),
    _lead(),
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
    _lead(primary_key=True),
    _tenant(),
    _connection(),
    sa.Column("values", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # the newest values win; a writer clears only what it wrote
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("parked", sa.Text, nullable=False, server_default=""),  # the CRM's sentence; not tried again by itself
    sa.Index("ix_outbox_due", "tenant_id", "connection_id", "parked", "next_at"),
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _tenant(),
    _connection(),
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
    _tenant(),
    _connection(),
    sa.Column("record_id", sa.Text, nullable=False),  # the CRM's id, or '' for the connection as a whole
    sa.Column("where", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("mend", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("connection_id", "record_id", "where"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _tenant(),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("ix_audit_tenant_id_at", "tenant_id", "at"),
)

# Hints from webhooks, the ingest API and flags, kept before they are answered. Handled ones stay some days, because
# a vendor may send them again.
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    _tenant(),
    _connection(),
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

flag = sa.Table(
    "flag",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _tenant(),
    _connection(),
    _lead(),
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

api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _tenant(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("used_at", sa.BigInteger),
    sa.Column("revoked_at", sa.BigInteger),
    sa.UniqueConstraint("tenant_id", "name"),
)

# What others told us of leads: kept whether or not the lead is in the book yet.
told_event = sa.Table(
    "told_event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _tenant(),
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
    _tenant(),
    _connection(),
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
    _connection(primary_key=True),
    sa.Column("family", sa.Text, primary_key=True),
    _tenant(),
    sa.Column("calls", sa.Integer, nullable=False, server_default="0"),  # in any `seconds`; 0: not named yet
    sa.Column("seconds", sa.Float, nullable=False, server_default="0"),
    sa.Column("closed_until", sa.Float, nullable=False, server_default="0"),
)
