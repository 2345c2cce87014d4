"""Two agencies in one database, with a row in every table, the same CRM ids and the same account number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from adapters.contract import Owner
from connector.core.types import Activity, Line, Met, ScoreCard, Stage, Tier
from connector.store import activities, cards, connections, leads, models, outbox, owners, problems, runs, tenants
from connector.store import tables as t
from connector.store.activities import OutcomeRow
from connector.store.cards import Change
from connector.store.database import Scope, Store
from connector.store.leads import LeadRow
from connector.store.problems import ProblemRow

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
    models.record(conn, tenant.id, who, "publish", who, AT)
    cards.save_cards(conn, scope, [card(ids["1001"], text=who), card(ids["1002"], 10, who)])
    cards.add_changes(conn, scope, [Change(ids["1001"], AT, None, 40, "Warm", who, "starter v1")])
    outbox.put(conn, scope, {ids["1001"]: f'{{"s": "{who}"}}', ids["1002"]: "{}"}, AT)
    outbox.park(conn, scope, {ids["1002"]: f"refused by {who}"})
    run = runs.begin_run(conn, scope, "sync", AT)
    problems.add_problems(conn, scope, [ProblemRow("1001", "age", who, who), ProblemRow("", "field:x", who, who)], AT)
    return Party(scope, ids, run)


def rows_of(conn: sa.Connection, tenant_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of an agency, without numbers that the database hands out."""
    found = {}
    for table in t.metadata.sorted_tables:
        whose = table.c.id if table is t.tenant else table.c.tenant_id
        kept = [column for column in table.columns if column.name != "id"]
        found[table.name] = sorted(map(tuple, conn.execute(sa.select(*kept).where(whose == tenant_id))), key=repr)
    return found
