"""Two agencies in one database, with a row in every table, the same CRM ids and the same account number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from adapters.contract import Owner
from connector.core.types import Activity, Line, Met, ScoreCard, Stage, Tier
from connector.store import (
    accounts,
    activities,
    api_keys,
    audit,
    call_slots,
    cards,
    connections,
    drafts,
    flags,
    hook_counts,
    hook_secrets,
    inbox,
    inbox_work,
    leads,
    mapping_versions,
    models,
    outbox,
    owners,
    problems,
    runs,
    sessions,
    tenants,
    throttle,
    tickets,
    tier_days,
    told_events,
)
from connector.store import tables as t
from connector.store.activities import OutcomeRow
from connector.store.cards import Change
from connector.store.database import Scope, Store
from connector.store.drafts import NewDraft
from connector.store.flags import NewFlag
from connector.store.hook_counts import Count
from connector.store.leads import LeadRow
from connector.store.problems import ProblemRow
from connector.store.sessions import NewSession
from connector.store.tickets import NewTicket
from connector.store.told_events import ToldRow

CRM_IDS = ("1001", "1002", "1003")
AT = 1_795_000_000


@dataclass(frozen=True, slots=True)
class Party:
    """One agency's handles."""

    scope: Scope
    leads: dict[str, int]
    run: runs.Run

    @property
    def ids(self) -> list[int]:
        return list(self.leads.values())


class Undone(Exception):
    """Ends a transaction so that nothing of it stays."""


@contextmanager
def undone(store: Store) -> Iterator[sa.Connection]:
    """A transaction like every other, but for its end."""
    with suppress(Undone), store.write() as conn:
        yield conn
        raise Undone


def card(lead_id: int, score: int = 40, text: str = "Asked for a quote") -> ScoreCard:
    return ScoreCard(
        lead_id=lead_id, score=score, stage=Stage.MQL, tier=Tier.WARM,
        lines=(Line("quote", text, score, Met.YES, AT),), reasons=(f"{text} (+{score})",), rationale=text,
        product_line="term_life", model_version="starter v1", as_of=AT,
    )  # fmt: skip


def connection_values(account: str, who: str) -> dict[str, Any]:
    return {
        "kind": "hubspot", "name": "hubspot", "account_id": account, "record_url": f"https://{who}/{{id}}",
        "base_url": None, "credentials": f"sealed for {who}", "mapping": '{"of": "' + who + '"}',
    }  # fmt: skip


def move_in(conn: sa.Connection, who: str) -> Party:
    """An agency with a connection, leads and one row in every other table."""
    tenant = tenants.add_tenant(conn, who, "UTC", AT)
    scope = Scope(tenant.id, connections.save_connection(conn, tenant.id, connection_values("77", who), AT))
    rows = [LeadRow(crm_id, AT, f'{{"first_name": "{who}"}}', who, archived=False) for crm_id in CRM_IDS]
    ids, _ = leads.save_leads(conn, scope, rows)
    leads.ids_for(conn, scope, ["9999"])
    activities.replace_activities(conn, scope, ["calls:1"], [Activity(ids["1001"], "calls:1", "call", AT, who)])
    activities.add_signals(conn, scope, [Activity(ids["1002"], "signal:visit", "page_view", AT, who)])
    activities.replace_outcomes(conn, scope, ["1"], [OutcomeRow(ids["1001"], "1", "won", AT, AT, 100.0)])
    owners.replace_owners(conn, scope, [Owner("7", who, f"{who}@example.com", active=True)])
    models.publish_model(conn, tenant.id, who, f"model of {who}", who, AT)
    audit.record(conn, tenant.id, who, "publish", who, AT)
    cards.save_cards(conn, scope, [card(ids["1001"], text=who), card(ids["1002"], 10, who)])
    cards.add_changes(conn, scope, [Change(ids["1001"], AT, None, 40, "Warm", who, "starter v1")])
    outbox.put(conn, scope, {ids["1001"]: f'{{"s": "{who}"}}', ids["1002"]: "{}"}, AT)
    outbox.park(conn, scope, {ids["1002"]: f"refused by {who}"})
    run = runs.begin_run(conn, scope, "sync", AT)
    heard = [("e1", "changed", "1001", "1"), ("e2", "changed", "1001", "2"), ("e3", "deleted", "1002", who)]
    events = [
        inbox.InboxEvent(*scope_of(scope), one, kind, of, "", value, "", False, AT) for one, kind, of, value in heard
    ]
    inbox.add_events(conn, events, AT * 1000)
    handled = {inbox_work.OVERWRITTEN: [event.id for event in inbox_work.open_events(conn, scope, 1)]}
    inbox_work.finish(conn, scope, handled, AT)
    problems.add_problems(conn, scope, [ProblemRow("1001", "age", who, who), ProblemRow("", "field:x", who, who)], AT)
    call_slots.learn(conn, scope, "exports", 5, 10.0)
    call_slots.take(conn, scope, "exports", who, 5, 10.0)
    api_keys.add_key(conn, tenant.id, "website", f"digest of {who}", AT)
    told = [("t1", "", "a@x.com", ids["1001"]), ("t2", "", "b@x.com", None), ("t3", "1003", "", None)]
    told_rows = [ToldRow(one, "", crm_id, email, "page_viewed", AT, who, of) for one, crm_id, email, of in told]
    told_events.keep(conn, tenant.id, told_rows, AT)
    for number, kind in enumerate(("do_not_contact", "too_high")):
        new = (f"record:1001:{number}", kind, who, who, AT, 40, who, ("quote",), AT)
        flags.add(conn, scope, NewFlag(ids["1001"], *new))
    flags.hold(conn, scope, ids["1001"], AT)
    hook_secrets.add_own_secret(conn, scope, f"address of {who}", f"sealed for {who}", AT)
    hook_counts.add_counts(conn, [Count("hubspot", scope.connection_id, "too old", who, 1)], AT)
    people_of(conn, who, tenant.id)
    tier_days.keep_day(conn, tenant.id, 739_000)
    drafts.save_draft(conn, tenant.id, "model", NewDraft(f"draft of {who}", 0, 1, who), AT)
    mapping_versions.publish_mapping(conn, scope, f"mapping of {who}", {"of": who}, who, AT)
    return Party(scope, ids, run)


def people_of(conn: sa.Connection, who: str, tenant_id: int) -> None:
    """An owner who is signed in and just off to the CRM's consent page, and somebody who is invited."""
    owner = accounts.add_account(conn, f"owner@{who}.example", who, AT)
    accounts.set_subject(conn, owner.id, f"https://login.example {who}")
    accounts.add_member(conn, tenant_id, owner.id, "owner", AT)
    sessions.begin(conn, tenant_id, NewSession(f"session of {who}", owner.id, who, who, AT, AT + 9))
    invitation = NewTicket(f"ticket of {who}", "invitation", f"new@{who}.example", "admin", who, AT, AT + 9)
    tickets.issue(conn, tenant_id, invitation)
    throttle.count(conn, f"digest of {who}", AT, lambda _: 0)
    pending = {"digest": f"state of {who}", "account_id": owner.id, "sealed": who, "ends_at": AT + 9}
    conn.execute(sa.insert(t.pending_grant).values(tenant_id=tenant_id, **pending))


OPERATORS = {
    "account": "a person may be in several agencies; the memberships have the tenant",
    "throttle": "counts attempts to sign in before anybody knows whose they are",
    "hook_count": "counts what came from anybody, often nobody knows from whom",
    "hook_secret": "an app's secrets are the operator's; those of a connection are found by its address",
    "worker": "workers work for every agency",
}
"""Tables without a tenant, and why."""


def _seen(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """The column; of moments by the database's own clock, which differ from run to run, whether there is one."""
    return column > 0 if isinstance(column.type, sa.Float) and column.name.endswith(("_at", "_until")) else column


def scope_of(scope: Scope) -> tuple[int, int]:
    return scope.tenant_id, scope.connection_id


def rows_of(conn: sa.Connection, tenant_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of an agency, without numbers that the database hands out."""
    found = {}
    for table in t.metadata.sorted_tables:
        if table in (t.worker, t.throttle):
            continue
        elsewhere = t.membership.c.tenant_id if table is t.account else t.connection.c.tenant_id
        whose = table.c.id if table is t.tenant else table.c.get("tenant_id", elsewhere)
        kept = [_seen(column) for column in table.columns if column.name != "id"]
        query = sa.select(*kept).where(whose == tenant_id)
        if table is t.account:
            query = query.join(t.membership, t.membership.c.account_id == table.c.id)
        elif table.name in OPERATORS:
            query = query.join(t.connection, t.connection.c.id == table.c.connection_id)
        found[table.name] = sorted(map(tuple, conn.execute(query)), key=repr)
    return found
