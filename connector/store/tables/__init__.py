"""The tables, by subject. One schema for SQLite and PostgreSQL; see `base` for what holds of all of them."""

from __future__ import annotations

from connector.store.tables.base import metadata
from connector.store.tables.book import activity, connection, lead, lead_word, outcome, owner, tenant
from connector.store.tables.drafts import draft, mapping_version
from connector.store.tables.live import hook_count, hook_secret, inbox, told_event
from connector.store.tables.people import account, api_key, audit, membership, pending_grant, session, throttle, ticket
from connector.store.tables.runs import call_budget, call_slot, problem, run, worker
from connector.store.tables.scores import card, card_change, flag, model, outbox, tier_day

__all__ = [
    "account",
    "activity",
    "api_key",
    "audit",
    "call_budget",
    "call_slot",
    "card",
    "card_change",
    "connection",
    "draft",
    "flag",
    "hook_count",
    "hook_secret",
    "inbox",
    "lead",
    "lead_word",
    "mapping_version",
    "membership",
    "metadata",
    "model",
    "outbox",
    "outcome",
    "owner",
    "pending_grant",
    "problem",
    "run",
    "session",
    "tenant",
    "throttle",
    "ticket",
    "tier_day",
    "told_event",
    "worker",
]
