"""A stranger in the house: whatever the store is asked for one agency, another agency's rows neither show nor move.

Every call is made twice with the same arguments: in a database with one agency, and in one where a stranger lives too,
with the same CRM ids. What comes back must be the same, and the stranger's rows must stay as they are, even when the
call is handed the stranger's own ids.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import NoResultFound

import connector.store
from adapters.contract import Owner
from connector.core.types import Activity, Tier
from connector.store import (
    accounts,
    activities,
    api_keys,
    audit,
    book,
    cadence,
    call_slots,
    cards,
    connections,
    drafts,
    flag_lists,
    flags,
    full_passes,
    hook_counts,
    hook_secrets,
    inbox,
    inbox_work,
    lead_filters,
    lead_lists,
    lead_past,
    leads,
    leaving,
    listed_leads,
    looking,
    mapping_versions,
    models,
    outbox,
    owners,
    pending_grants,
    problems,
    refused,
    run_lists,
    runs,
    screens,
    sessions,
    tables,
    tenants,
    tickets,
    tier_days,
    told_events,
    words,
)
from connector.store.activities import OutcomeRow
from connector.store.cards import Change
from connector.store.database import Scope, Store, open_store
from connector.store.flags import Flag, NewFlag
from connector.store.lead_filters import Filter
from connector.store.leads import LeadRow
from connector.store.problems import ProblemRow
from connector.store.sessions import NewSession
from connector.store.tickets import NewTicket
from connector.store.told_events import ToldRow
from tests.store.agencies import AT, CRM_IDS, Party, card, connection_values, move_in, rows_of, undone


class Ask(NamedTuple):
    """What a call may use: our own handles, and the lead ids of both agencies (`theirs` may not exist)."""

    conn: sa.Connection
    me: Party
    theirs: list[int]

    @property
    def both(self) -> list[int]:
        return [*self.me.ids, *self.theirs]

    @property
    def mine(self) -> int:
        return self.me.scope.tenant_id


Call = Callable[[Ask], Any]
GRANTS = ("state of agency", "state of stranger")


def _flag_ids(ask: Ask) -> list[int]:
    """Our own flags and, where a stranger lives here too, the stranger's: numbers beyond ours in a house of our own."""
    mine = {lead_id: flags.of_lead(ask.conn, ask.mine, lead_id) for lead_id in ask.me.ids}
    own = [flag.id for found in mine.values() for flag in found]
    return sorted({*own, *(one + len(own) for one in own)})


def _plain_flag(flag: Flag | None) -> Flag | None:
    """Without a number that the database hands out."""
    return flag._replace(id=0) if flag else None


def events(ask: Ask) -> list[int]:
    """Every event there is, the stranger's too."""
    return list(ask.conn.execute(sa.select(tables.inbox.c.id)).scalars())


def told(ask: Ask) -> list[int]:
    """Every told event there is, the stranger's too."""
    return list(ask.conn.execute(sa.select(tables.told_event.c.id)).scalars())


CALLS: dict[str, Call] = {
    "looking.newest_ids": lambda a: looking.newest_ids(a.conn, a.me.scope, 10),
    "looking.newest": lambda a: looking.newest(a.conn, a.me.scope, 10),
    "looking.seen": lambda a: looking.seen(a.conn, a.me.scope, CRM_IDS),
    "looking.named": lambda a: looking.named(a.conn, a.me.scope, "a", 10),
    "looking.crm_id_of": lambda a: [looking.crm_id_of(a.conn, a.me.scope, one) for one in a.both],
    "looking.acts_beside": lambda a: [looking.acts_beside(a.conn, a.me.scope, one) for one in a.both],
    "looking.size": lambda a: looking.size(a.conn, a.me.scope),
    "looking.largest_sync": lambda a: looking.largest_sync(a.conn, a.me.scope),
    "activities.add_activities": lambda a: activities.add_activities(
        a.conn, a.me.scope, [Activity(a.me.ids[0], "told:t1", "page_viewed", AT, "")]
    ),
    "api_keys.add_key": lambda a: [
        api_keys.add_key(a.conn, a.mine, name, f"digest {name}", AT) for name in ("website", "calls")
    ],
    "api_keys.keys_of": lambda a: api_keys.keys_of(a.conn, a.mine),
    "api_keys.revoke_key": lambda a: api_keys.revoke_key(a.conn, a.mine, "website", AT),
    "api_keys.used_key": lambda a: [api_keys.used_key(a.conn, a.mine, key_id, AT) for key_id in range(1, 9)],
    "told_events.begin_telling": lambda a: told_events.begin_telling(a.conn, a.mine),
    "told_events.begin_arriving": lambda a: told_events.begin_arriving(a.conn, a.mine),
    "told_events.connection_names": lambda a: told_events.connection_names(a.conn, a.mine),
    "told_events.leads_told_of": lambda a: told_events.leads_told_of(a.conn, a.mine, ["", "a@x.com"], CRM_IDS),
    "told_events.keep": lambda a: told_events.keep(
        a.conn, a.mine, [ToldRow(one, "", "", "a@x.com", "page_viewed", AT, "new", None) for one in ("t1", "t9")], AT
    ),
    "told_events.kept": lambda a: told_events.kept(a.conn, a.mine, ["t1", "t9"]),
    "told_events.any_waiting": lambda a: told_events.any_waiting(a.conn, a.mine),
    "told_events.waiting_for": lambda a: [
        one._replace(id=0) for one in told_events.waiting_for(a.conn, a.me.scope, ["b@x.com"], CRM_IDS)
    ],
    "told_events.settle": lambda a: told_events.settle(a.conn, a.mine, dict.fromkeys(told(a), a.me.ids[0])),
    "told_events.move": lambda a: told_events.move(a.conn, a.mine, a.both, a.me.ids[1]),
    "activities.replace_activities": lambda a: activities.replace_activities(
        a.conn, a.me.scope, ["calls:1"], [Activity(a.me.ids[1], "calls:1", "call", AT, "")]
    ),
    "activities.add_signals": lambda a: activities.add_signals(
        a.conn, a.me.scope, [Activity(a.me.ids[0], "signal:visit", "page_view", AT, "")]
    ),
    "activities.activities_of": lambda a: activities.activities_of(a.conn, a.me.scope, a.both),
    "activities.acts_of": lambda a: activities.acts_of(a.conn, a.me.scope, a.both),
    "activities.replace_outcomes": lambda a: activities.replace_outcomes(
        a.conn, a.me.scope, ["1"], [OutcomeRow(a.me.ids[0], "1", "lost", AT, AT, 1.0)]
    ),
    "activities.with_activities": lambda a: activities.with_activities(a.conn, a.me.scope, a.both),
    "activities.move": lambda a: activities.move(a.conn, a.me.scope, [a.me.ids[0], *a.theirs], a.me.ids[2]),
    "call_slots.take": lambda a: call_slots.take(a.conn, a.me.scope, "exports", "w", 9, 9.0)._replace(id=None),
    "call_slots.end": lambda a: call_slots.end(
        a.conn, a.me.scope, a.conn.execute(sa.select(tables.call_slot.c.id)).scalars().all()
    ),
    "call_slots.learn": lambda a: call_slots.learn(a.conn, a.me.scope, "exports", 9, 9.0),
    "call_slots.pause": lambda a: call_slots.pause(a.conn, a.me.scope, "exports", 9.0),
    "call_slots.observe": lambda a: call_slots.observe(a.conn, a.me.scope, "exports", 9, 5),
    "cards.cards_of": lambda a: cards.cards_of(a.conn, a.me.scope, a.both),
    "cards.last_cards": lambda a: cards.last_cards(a.conn, a.me.scope, a.both),
    "cards.save_cards": lambda a: cards.save_cards(a.conn, a.me.scope, [card(a.me.ids[0], 99)]),
    "cards.add_changes": lambda a: cards.add_changes(
        a.conn, a.me.scope, [Change(a.me.ids[0], AT, 40, 50, "Warm", "x", "m")]
    ),
    "cards.history_of": lambda a: [cards.history_of(a.conn, a.mine, lead_id) for lead_id in a.both],
    "cards.tiers": lambda a: cards.tiers(a.conn, a.me.scope),
    "cards.examples": lambda a: cards.examples(a.conn, a.me.scope, Tier.WARM, 10),
    "connections.connections_of": lambda a: connections.connections_of(a.conn, a.mine),
    "connections.connection_by_id": lambda a: connections.connection_by_id(a.conn, a.me.scope),
    "connections.save_connection": lambda a: connections.save_connection(
        a.conn, a.mine, connection_values("77", "renewed"), AT
    ),
    "connections.connection_to": lambda a: connections.connection_to(a.conn, a.mine, "hubspot", "77"),
    "connections.rename": lambda a: connections.rename(a.conn, a.me.scope, "another name"),
    "hook_secrets.own_secrets": lambda a: hook_secrets.own_secrets(a.conn, a.me.scope),
    "inbox.fate": lambda a: inbox.fate(a.conn, a.me.scope, "e1"),
    "leaving.shut": lambda a: leaving.shut(a.conn, a.me.scope, "It goes."),
    "leaving.leads_left": lambda a: leaving.leads_left(a.conn, a.me.scope),
    "leaving.remove_leads": lambda a: leaving.remove_leads(a.conn, a.me.scope, 2),
    "leaving.remove_events": lambda a: leaving.remove_events(a.conn, a.me.scope, 10),
    "leaving.remove_runs": lambda a: leaving.remove_runs(a.conn, a.me.scope, 10),
    "leaving.remove_connection": lambda a: leaving.remove_connection(a.conn, a.me.scope),
    "pending_grants.add_grant": lambda a: pending_grants.add_grant(a.conn, a.mine, 1, "new", "sealed", AT),
    "pending_grants.grant_of": lambda a: [pending_grants.grant_of(a.conn, a.mine, 1, one, AT) for one in GRANTS],
    "pending_grants.keep_grant": lambda a: [
        pending_grants.keep_grant(a.conn, a.mine, 1, one, "newer") for one in GRANTS
    ],
    "pending_grants.take_grant": lambda a: [pending_grants.take_grant(a.conn, a.mine, 1, one, AT) for one in GRANTS],
    "connections.set_cursors": lambda a: connections.set_cursors(a.conn, a.me.scope, {"contacts": "x"}),
    "connections.set_mapping": lambda a: connections.set_mapping(a.conn, a.me.scope, {"new": 1}),
    "connections.set_credentials": lambda a: connections.set_credentials(a.conn, a.me.scope, "new"),
    "connections.set_trouble": lambda a: connections.set_trouble(a.conn, a.me.scope, "new"),
    "connections.set_live_at": lambda a: connections.set_live_at(a.conn, a.me.scope, AT),
    "connections.set_rescored_on": lambda a: connections.set_rescored_on(a.conn, a.me.scope, "2026-01-01"),
    "inbox_work.open_events": lambda a: [
        event._replace(id=0) for event in inbox_work.open_events(a.conn, a.me.scope, 10)
    ],
    "inbox_work.count_open": lambda a: inbox_work.count_open(a.conn, a.me.scope, 10, ["changed"], ["x"]),
    "inbox_work.count_failure": lambda a: inbox_work.count_failure(a.conn, a.me.scope, events(a)),
    "inbox_work.finish": lambda a: inbox_work.finish(a.conn, a.me.scope, {"read": events(a)}, AT),
    "inbox_work.mark_read": lambda a: inbox_work.mark_read(a.conn, a.me.scope, events(a)),
    "inbox_work.hand_over": lambda a: inbox_work.hand_over(
        a.conn, a.me.scope, "changed", ["x"], "sync", AT, bulk=False
    ),
    "inbox_work.overwritten_since": lambda a: inbox_work.overwritten_since(a.conn, a.me.scope, CRM_IDS, 0),
    "inbox_work.read_again": lambda a: (
        inbox_work.finish(a.conn, a.me.scope, {"read": events(a)}, AT),
        inbox_work.read_again(a.conn, a.me.scope, AT),
    ),
    "inbox_work.purge": lambda a: inbox_work.purge(a.conn, a.me.scope, CRM_IDS, []),
    "leads.dirty_of": lambda a: leads.dirty_of(a.conn, a.me.scope, CRM_IDS),
    "leads.held_of": lambda a: leads.held_of(a.conn, a.me.scope, CRM_IDS),
    "leads.purge": lambda a: leads.purge(a.conn, a.me.scope, CRM_IDS),
    "flags.add": lambda a: [
        flags.add(a.conn, a.me.scope, NewFlag(a.me.ids[0], event, "too_low", "", "", AT, None, "", (), None))
        for event in ("link:1:x", "record:1001:1")
    ],
    "flags.by_id": lambda a: [_plain_flag(flags.by_id(a.conn, a.mine, one)) for one in _flag_ids(a)],
    "flags.of_lead": lambda a: [[_plain_flag(f) for f in flags.of_lead(a.conn, a.mine, one)] for one in a.both],
    "flags.of_leads": lambda a: {
        lead_id: [_plain_flag(f) for f in found]
        for lead_id, found in flags.of_leads(a.conn, a.me.scope, a.both).items()
    },
    "flags.count_from": lambda a: flags.count_from(a.conn, a.me.scope, "record:1001"),
    "flags.seen": lambda a: [flags.seen(a.conn, a.me.scope, one, AT + 9, "new") for one in _flag_ids(a)],
    "flags.over": lambda a: [flags.over(a.conn, a.me.scope, one, AT + 9) for one in _flag_ids(a)],
    "flags.answered": lambda a: [flags.answered(a.conn, a.me.scope, one, "yes", "me", AT) for one in _flag_ids(a)],
    "flags.move": lambda a: [
        flags.move(a.conn, a.me.scope, lead_id, to) for lead_id in a.both for to in (a.me.ids[2], *a.theirs)
    ],
    "flags.hold": lambda a: [flags.hold(a.conn, a.me.scope, lead_id, AT + 9) for lead_id in a.both],
    "flags.release": lambda a: [flags.release(a.conn, a.me.scope, lead_id) for lead_id in a.both],
    "flags.flagged_lead": lambda a: [flags.flagged_lead(a.conn, a.me.scope, lead_id) for lead_id in a.both],
    "flags.changed_by": lambda a: flags.changed_by(a.conn, a.me.scope, "1001", ""),
    "flags.count_open": lambda a: [
        flags.count_open(a.conn, a.mine),
        *(flags.count_open(a.conn, a.mine, lead_id, "too_high") for lead_id in a.both),
    ],
    "flag_lists.page": lambda a: [
        _plain_flag(one.flag) for is_open in (True, False) for one in flag_lists.page(a.conn, a.mine, is_open=is_open)
    ],
    "flag_lists.listed": lambda a: [bool(flag_lists.listed(a.conn, a.mine, one)) for one in _flag_ids(a)],
    "flags.labels": lambda a: flags.labels(a.conn, a.mine, 0),
    "flags.disagreements": lambda a: flags.disagreements(a.conn, a.mine, 0),
    "hook_counts.counts_for": lambda a: hook_counts.counts_for(a.conn, a.mine),
    "hook_secrets.add_own_secret": lambda a: bool(hook_secrets.add_own_secret(a.conn, a.me.scope, "new", "new", AT)),
    "hook_secrets.address_of": lambda a: hook_secrets.address_of(a.conn, a.me.scope),
    "hook_secrets.secrets_for": lambda a: hook_secrets.secrets_for(a.conn, a.mine),
    "hook_secrets.remove_secret": lambda a: [hook_secrets.remove_secret(a.conn, a.mine, each) for each in (1, 2)],
    "inbox.touch": lambda a: inbox.touch(a.conn, a.me.scope, CRM_IDS, AT * 1000, "flag"),
    "inbox.heard": lambda a: inbox.heard(a.conn, a.mine, 0),
    "connections.set_cadence": lambda a: connections.set_cadence(a.conn, a.me.scope, 60, AT),
    "connections.set_sync_at": lambda a: connections.set_sync_at(a.conn, a.me.scope, AT),
    "connections.try_again_at": lambda a: connections.try_again_at(a.conn, a.me.scope, AT),
    "connections.ended_well": lambda a: connections.ended_well(a.conn, a.me.scope),
    "connections.set_nightly_on": lambda a: connections.set_nightly_on(a.conn, a.me.scope, "2026-01-01"),
    "connections.set_missing": lambda a: connections.set_missing(a.conn, a.me.scope, "{}"),
    "cadence.locked": lambda a: cadence.locked(a.conn, a.me.scope, AT),
    "cadence.mark_moved": lambda a: cadence.mark_moved(a.conn, a.me.scope, 800_000),
    "full_passes.mark_seen": lambda a: full_passes.mark_seen(a.conn, a.me.scope, CRM_IDS, 1),
    "full_passes.unseen": lambda a: full_passes.unseen(a.conn, a.me.scope, 1, AT + 1, 10),
    "full_passes.count": lambda a: full_passes.count(a.conn, a.me.scope, 1, AT + 1),
    "full_passes.count_there": lambda a: full_passes.count_there(a.conn, a.me.scope),
    "runs.is_halted": lambda a: (
        runs.finish_run(a.conn, a.me.run, "cancelled", "", AT),
        runs.is_halted(a.conn, a.me.scope),
    ),
    "run_lists.page": lambda a: run_lists.page(a.conn, a.mine, run_lists.Chosen()),
    "run_lists.listed": lambda a: run_lists.listed(a.conn, a.mine, a.me.run.id),
    "run_lists.calls_since": lambda a: run_lists.calls_since(a.conn, a.mine, 0),
    "refused.count": lambda a: refused.count(a.conn, a.mine),
    "refused.sentences": lambda a: refused.sentences(a.conn, a.mine),
    "refused.page": lambda a: refused.page(a.conn, a.mine),
    "refused.release": lambda a: refused.release(a.conn, a.mine, AT),
    "problems.of_connections": lambda a: problems.of_connections(a.conn, a.mine),
    "flags.count_open_before": lambda a: flags.count_open_before(a.conn, a.mine, AT + 1),
    "flag_lists.owners_of_open": lambda a: flag_lists.owners_of_open(a.conn, a.mine),
    "runs.failures": lambda a: runs.failures(a.conn, a.me.scope, ("sync",)),
    "screens.ended_well_at": lambda a: screens.ended_well_at(a.conn, a.mine, ("sync", "reconcile")),
    "leads.known_leads": lambda a: leads.known_leads(a.conn, a.me.scope, CRM_IDS),
    "leads.save_leads": lambda a: leads.save_leads(
        a.conn, a.me.scope, [LeadRow("1001", AT, "{}", "changed", False), LeadRow("1002", AT, "{}", "c", True)]
    ),
    "leads.ids_for": lambda a: leads.ids_for(a.conn, a.me.scope, CRM_IDS),
    "leads.known_since": lambda a: leads.known_since(a.conn, a.me.scope, dict.fromkeys(a.both, 5)),
    "leads.unread": lambda a: leads.unread(a.conn, a.me.scope, 10),
    "leads.blank": lambda a: leads.blank(a.conn, a.me.scope, CRM_IDS),
    "leads.mark_gone": lambda a: leads.mark_gone(a.conn, a.me.scope, CRM_IDS),
    "leads.mark_dirty": lambda a: leads.mark_dirty(a.conn, a.me.scope, a.both),
    "leads.mark_all_dirty": lambda a: leads.mark_all_dirty(a.conn, a.me.scope),
    "leads.dirty_leads": lambda a: leads.dirty_leads(a.conn, a.me.scope, 10),
    "leads.leads_after": lambda a: leads.leads_after(a.conn, a.me.scope, 0, 10),
    "leads.find_lead": lambda a: [leads.find_lead(a.conn, a.mine, ref) for ref in ("1001", *map("#{}".format, a.both))],
    "leads.clear_dirty": lambda a: leads.clear_dirty(a.conn, a.me.scope, dict.fromkeys(a.both, 1)),
    "leads.set_written": lambda a: leads.set_written(a.conn, a.me.scope, dict.fromkeys(a.both, "{}"), AT),
    "leads.count_dirty": lambda a: leads.count_dirty(a.conn, a.me.scope),
    "leads.forget_written": lambda a: leads.forget_written(a.conn, a.me.scope),
    "leads.counts": lambda a: leads.counts(a.conn, a.me.scope),
    "activities.forget_signal": lambda a: activities.forget_signal(a.conn, a.me.scope, "visit"),
    "drafts.draft_of": lambda a: drafts.draft_of(a.conn, a.mine, drafts.MODEL),
    "drafts.save_draft": lambda a: drafts.save_draft(
        a.conn, a.mine, drafts.MODEL, drafts.NewDraft("new", 1, 1, "me"), AT
    ),
    "drafts.drop_draft": lambda a: drafts.drop_draft(a.conn, a.mine, drafts.MODEL, 1),
    "mapping_versions.publish_mapping": lambda a: mapping_versions.publish_mapping(
        a.conn, a.me.scope, "new", {"of": "me"}, "me", AT
    ),
    "mapping_versions.newest": lambda a: mapping_versions.newest(a.conn, a.me.scope),
    "mapping_versions.version_of": lambda a: mapping_versions.version_of(a.conn, a.me.scope, 1),
    "mapping_versions.history": lambda a: mapping_versions.history(a.conn, a.me.scope),
    "models.published_model": lambda a: models.published_model(a.conn, a.mine),
    "models.published_version": lambda a: models.published_version(a.conn, a.mine),
    "models.versions_of": lambda a: models.versions_of(a.conn, a.mine),
    "models.model_version": lambda a: models.model_version(a.conn, a.mine, 1),
    "models.cards_by_label": lambda a: models.cards_by_label(a.conn, a.mine),
    "models.publishing_details": lambda a: models.publishing_details(a.conn, a.mine, "publish"),
    "models.publish_model": lambda a: models.publish_model(a.conn, a.mine, "new", "new", "me", AT),
    "accounts.members_of": lambda a: accounts.members_of(a.conn, a.mine),
    "accounts.member": lambda a: [accounts.member(a.conn, a.mine, one) for one in (1, 2)],
    "accounts.count_role": lambda a: accounts.count_role(a.conn, a.mine, "owner"),
    "accounts.lock_members": lambda a: accounts.lock_members(a.conn, a.mine),
    "accounts.add_member": lambda a: accounts.add_member(a.conn, a.mine, 1, "viewer", AT),
    "accounts.set_role": lambda a: [accounts.set_role(a.conn, a.mine, one, "viewer") for one in (1, 2)],
    "accounts.remove_member": lambda a: [accounts.remove_member(a.conn, a.mine, one) for one in (1, 2)],
    "sessions.begin": lambda a: bool(sessions.begin(a.conn, a.mine, NewSession("new", 1, "", "", AT, AT + 9))),
    "sessions.show": lambda a: [sessions.show(a.conn, one, 1, a.mine) for one in (1, 2)],
    "sessions.end_in": lambda a: [sessions.end_in(a.conn, a.mine, one) for one in (1, 2)],
    "tickets.issue": lambda a: bool(
        tickets.issue(a.conn, a.mine, NewTicket("new", "invitation", "a@x.com", "viewer", "me", AT, AT + 9))
    ),
    "tickets.open_of": lambda a: [one._replace(id=0) for one in tickets.open_of(a.conn, a.mine, "invitation", AT)],
    "tickets.revoke": lambda a: [tickets.revoke(a.conn, a.mine, one) for one in (1, 2)],
    "tickets.revoke_for": lambda a: [
        tickets.revoke_for(a.conn, a.mine, "invitation", f"new@{who}.example") for who in ("agency", "stranger")
    ],
    "audit.entries": lambda a: [one._replace(id=0) for one in audit.entries(a.conn, a.mine)],
    "audit.actors": lambda a: audit.actors(a.conn, a.mine),
    "audit.actions": lambda a: audit.actions(a.conn, a.mine),
    "tenants.rename": lambda a: tenants.rename(a.conn, a.mine, "renamed"),
    "audit.record": lambda a: audit.record(a.conn, a.mine, "me", "did", "it", AT),
    "outbox.put": lambda a: outbox.put(a.conn, a.me.scope, {a.me.ids[0]: "new"}, AT),
    "outbox.withdraw": lambda a: outbox.withdraw(a.conn, a.me.scope, a.both),
    "outbox.due": lambda a: outbox.due(a.conn, a.me.scope, AT, 10),
    "outbox.is_due": lambda a: [outbox.is_due(a.conn, a.me.scope, AT, count) for count in (1, 2, 3, 4, 5)],
    "outbox.due_of": lambda a: outbox.due_of(a.conn, a.me.scope, a.both, AT),
    "outbox.due_after": lambda a: outbox.due_after(a.conn, a.me.scope, AT, ("", 0), 10),
    "outbox.pending": lambda a: outbox.pending(a.conn, a.me.scope, a.both),
    "outbox.next_due": lambda a: outbox.next_due(a.conn, a.me.scope),
    "outbox.remove": lambda a: outbox.remove(a.conn, a.me.scope, dict.fromkeys(a.both, 1)),
    "outbox.postpone": lambda a: outbox.postpone(a.conn, a.me.scope, dict.fromkeys(a.both, AT + 60)),
    "outbox.park": lambda a: outbox.park(a.conn, a.me.scope, dict.fromkeys(a.both, "no")),
    "outbox.unpark": lambda a: outbox.unpark(a.conn, a.me.scope, AT),
    "outbox.counts": lambda a: outbox.counts(a.conn, a.me.scope),
    "owners.name_of": lambda a: owners.name_of(a.conn, a.me.scope, "7"),
    "owners.replace_owners": lambda a: owners.replace_owners(a.conn, a.me.scope, [Owner("8", "B", "", active=True)]),
    "problems.replace_problems": lambda a: problems.replace_problems(a.conn, a.me.scope, ["1001", ""], [], AT),
    "problems.add_problems": lambda a: problems.add_problems(
        a.conn, a.me.scope, [ProblemRow("1001", "age", "new", "new")], AT
    ),
    "problems.clear_problem": lambda a: problems.clear_problem(a.conn, a.me.scope, CRM_IDS, "age"),
    "problems.remove_problems": lambda a: problems.remove_problems(a.conn, a.me.scope, CRM_IDS),
    "runs.open_run": lambda a: runs.open_run(a.conn, a.me.scope, "sync"),
    "runs.begin_run": lambda a: (
        runs.begin_run(a.conn, a.me.scope, "sync", AT),
        replace(runs.begin_run(a.conn, a.me.scope, "rescore", AT), id=0),
    ),
    "runs.run_by_id": lambda a: runs.run_by_id(a.conn, a.me.scope, a.me.run.id),
    "runs.last_runs": lambda a: runs.last_runs(a.conn, a.mine),
    "runs.last_run": lambda a: runs.last_run(a.conn, a.me.scope, "sync"),
    "runs.open_runs": lambda a: runs.open_runs(a.conn, a.mine),
    "book.count_open": lambda a: book.count_open(a.conn, a.mine),
    "book.open_leads": lambda a: book.open_leads(a.conn, a.mine, 0, 50),
    "book.acts_between": lambda a: book.acts_between(a.conn, a.mine, 0, 10**6),
    "book.decided_between": lambda a: book.decided_between(a.conn, a.mine, 0, 10**6),
    "book.state_of": lambda a: book.state_of(a.conn, a.mine),
    "book.faces": lambda a: book.faces(a.conn, a.mine, a.both),
    "screens.spread": lambda a: sorted(screens.spread(a.conn, a.mine)),
    "listed_leads.listed_leads": lambda a: listed_leads.listed_leads(a.conn, a.mine, a.both),
    "screens.moves_on": lambda a: [screens.moves_on(a.conn, a.mine, lead_id) for lead_id in a.both],
    "lead_lists.page": lambda a: [
        lead_lists.page(a.conn, a.mine, kept, order)
        for kept in (Filter(), Filter(owner=""), Filter(flagged=True), Filter(held=True), Filter(words=("o", "st")))
        for order in lead_lists.Order
    ],
    "lead_filters.meant": lambda a: lead_filters.meant(a.conn, a.mine, Filter(flagged=True, held=True)),
    "lead_filters.rare_value": lambda a: lead_filters.rare_value(a.conn, a.mine, {"tier": "Warm"}, 2),
    "lead_filters.with_values": lambda a: sorted(
        a.conn.execute(lead_filters.with_values(a.mine, {"tier": "Warm", "owner_id": ""}, "tier").query).scalars()
    ),
    "lead_past.last_act": lambda a: [lead_past.last_act(a.conn, a.mine, one, ["call", "page_view"]) for one in a.both],
    "lead_past.outcomes_of": lambda a: [lead_past.outcomes_of(a.conn, a.mine, lead_id) for lead_id in a.both],
    "tier_days.keep_day": lambda a: tier_days.keep_day(a.conn, a.mine, 739_001),
    "tier_days.standing": lambda a: tier_days.standing(a.conn, a.mine),
    "tier_days.days_since": lambda a: tier_days.days_since(a.conn, a.mine, 0),
    "words.keep_words": lambda a: words.keep_words(a.conn, a.me.scope, {a.me.ids[0]: {"new"}}, new=False),
    "words.drop_words": lambda a: words.drop_words(a.conn, a.me.scope, a.both),
    "owners.names_of_all": lambda a: owners.names_of_all(a.conn, a.mine),
    "inbox.took_since": lambda a: inbox.took_since(a.conn, a.mine, 0, 10),
    "cards.last_changes": lambda a: cards.last_changes(a.conn, a.mine, a.both),
    "screens.lead_record": lambda a: [screens.lead_record(a.conn, a.mine, lead_id) for lead_id in a.both],
    "screens.card_of": lambda a: [screens.card_of(a.conn, a.mine, lead_id) for lead_id in a.both],
    "screens.acts_of": lambda a: [screens.acts_of(a.conn, a.mine, lead_id, 10) for lead_id in a.both],
    "screens.problems_page": lambda a: screens.problems_page(a.conn, a.mine),
    "screens.problem_groups": lambda a: screens.problem_groups(a.conn, a.mine, 10),
    "screens.problems_of_lead": lambda a: [screens.problems_of_lead(a.conn, a.mine, i) for i in a.both],
    "screens.runs_before": lambda a: list(map(tuple, screens.runs_before(a.conn, a.mine, None, 10))),
    "screens.synced_at": lambda a: screens.synced_at(a.conn, a.mine),
    "tenants.tenant_by_id": lambda a: replace(tenants.tenant_by_id(a.conn, a.mine), id=0),
    "tenants.set_custom_fields": lambda a: tenants.set_custom_fields(a.conn, a.mine, '{"pets": {}}'),
    "tenants.set_time_zone": lambda a: tenants.set_time_zone(a.conn, a.mine, "America/Chicago"),
}
"""Every function of the store that is told whose rows it is about, called so that it would meet the stranger's."""


def told_whose() -> set[str]:
    found = set()
    for module in pkgutil.iter_modules(connector.store.__path__):
        if module.name == "migrations":
            continue
        loaded = import_module(f"connector.store.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if own and {"scope", "tenant_id"} & set(inspect.signature(function).parameters):
                found.add(f"{module.name}.{name}")
    return found


def test_every_function_that_is_told_whose_rows_it_may_touch_is_tried_here() -> None:
    assert told_whose() == set(CALLS)


class House(NamedTuple):
    """A database where we live, perhaps with a stranger."""

    store: Store
    me: Party
    stranger: Party | None


def house(store: Store, *, shared: bool) -> House:
    with store.write() as conn:
        return House(store, move_in(conn, "agency"), move_in(conn, "stranger") if shared else None)


@pytest.fixture(scope="module")
def houses(module_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, House]]:
    """One that we share with a stranger, and one of our own."""
    stores = open_store(module_address), open_store(f"sqlite:///{tmp_path_factory.mktemp('alone') / 'store.db'}")
    yield house(stores[0], shared=True), house(stores[1], shared=False)
    for store in stores:
        store.close()


@pytest.mark.parametrize("name", CALLS)
def test_a_stranger_neither_shows_nor_moves(houses: tuple[House, House], name: str) -> None:
    (shared, alone), call = houses, CALLS[name]
    me, stranger = shared.me, shared.stranger
    assert stranger is not None
    assert me == alone.me
    with undone(shared.store) as conn:
        before = rows_of(conn, stranger.scope.tenant_id)
        found = call(Ask(conn, me, stranger.ids))
        after, mine = rows_of(conn, stranger.scope.tenant_id), rows_of(conn, me.scope.tenant_id)
    with undone(alone.store) as conn:
        expected = call(Ask(conn, me, stranger.ids))
        wanted = rows_of(conn, me.scope.tenant_id)
    assert found == expected
    assert mine == wanted
    assert after == before
    assert "stranger" not in repr(found)


OVERWRITES: dict[str, Call] = {
    "cards.save_cards": lambda a: cards.save_cards(a.conn, a.me.scope, [card(a.theirs[0], 99)]),
    "outbox.put": lambda a: outbox.put(a.conn, a.me.scope, {a.theirs[0]: "mine"}, AT),
    "activities.replace_activities": lambda a: activities.replace_activities(
        a.conn, a.me.scope, ["calls:1"], [Activity(a.theirs[0], "calls:1", "call", AT + 9, "mine")]
    ),
}


@pytest.mark.parametrize("name", OVERWRITES)
def test_a_row_for_a_strangers_lead_does_not_replace_the_strangers(houses: tuple[House, House], name: str) -> None:
    shared, _ = houses
    assert shared.stranger is not None
    with undone(shared.store) as conn:
        before = rows_of(conn, shared.stranger.scope.tenant_id)
        OVERWRITES[name](Ask(conn, shared.me, shared.stranger.ids))
        assert rows_of(conn, shared.stranger.scope.tenant_id) == before


def test_a_connection_or_run_of_a_stranger_is_not_there(houses: tuple[House, House]) -> None:
    shared, _ = houses
    assert shared.stranger is not None
    mixed = Scope(shared.me.scope.tenant_id, shared.stranger.scope.connection_id)
    with undone(shared.store) as conn:
        with pytest.raises(LookupError, match="leadtier doctor"):
            connections.connection_by_id(conn, mixed)
        with pytest.raises(NoResultFound):
            runs.run_by_id(conn, shared.me.scope, shared.stranger.run.id)
