"""Connect: from a token to a connection that can sync. Tested before it is saved, and safe to repeat."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from adapters.contract import Account, FieldOutcome, FieldState, Permission
from connector.core.mapping import BoundMapping, from_document, reads_otherwise, to_document
from connector.core.types import Problem
from connector.flows.account_look import UNFIT, Purse, Seen, set_up
from connector.flows.custom_fields import gather
from connector.flows.mapping_source import CONNECTING, Source
from connector.flows.publish import publish
from connector.flows.reading_again import read_again
from connector.flows.services import Refused, Services
from connector.store import audit, mapping_versions
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows
from connector.store import models as model_rows
from connector.store import problems as problem_rows
from connector.store import runs as run_rows
from connector.store import tenants as tenant_rows
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.store.leaving import DISCONNECT
from connector.store.problems import ProblemRow
from connector.store.sealing import SealBroken

STARTER = "starter"
CLI = "cli"
"""Who acts where nobody is signed in."""


@dataclass(frozen=True, slots=True)
class Connected:
    """What connecting found and did."""

    scope: Scope
    name: str
    account: Account
    permissions: Sequence[Permission]
    fields: Sequence[FieldOutcome]
    mapped: Mapping[str, str]
    """CRM property by canonical field."""
    problems: Sequence[Problem]
    """Of the mapping; what is wrong with a score field stands with `fields`."""
    model: str
    renamed_from: str = ""
    """What the connection was called before, where it was renamed."""
    reads_again: bool = False
    """Whether settings differ from those it had, so that the next sync reads everything."""


def connect(
    svc: Services,
    kind: str,
    credentials: Mapping[str, str],
    base_url: str | None,
    name: str | None = None,
    mapping_text: str = "",
    author: str = CLI,
) -> Connected:
    """Opens the account, checks what we may do there, creates the score fields, binds the field mapping and saves.

    Connecting the same account again renews credentials and mapping and keeps leads and, unless `name` is given, what
    it is called; cursors as well, unless a setting that is no secret differs: what is read may be something else then.
    A mapping that was edited here stays, unless `mapping_text` brings another.
    Raises `Refused` when something needed is missing, `MappingRefused` when the mapping file is wrong, and the
    adapter's error family when the CRM does not let us in; nothing is saved then.
    """
    source = Source(svc, kind, mapping_text)
    purse = Purse(dict(credentials))
    seen = set_up(svc, kind, purse, base_url, source.mapping_for)
    with svc.store.read() as conn:
        before = connection_rows.connection_to(conn, svc.tenant.id, kind, seen.account.id)
    called = name or (before.name if before else kind)
    scope = save(svc, New(kind, called, base_url, source.text, author), purse, seen)
    return finish(svc, scope, before, purse, seen)


def finish(svc: Services, scope: Scope, before: Connection | None, purse: Purse, seen: Seen) -> Connected:
    """What connecting brings with it: cursors, problems, what is to be written anew, the first model."""
    other = before is not None and _settings_differ(svc, before, purse.credentials)
    if other or (before is not None and _reads_otherwise(before, seen.bound)):
        with svc.store.write() as conn:
            read_again(conn, scope, svc.now())
    keep_problems(svc, scope, seen)
    written = set(before.mapping["writes"].values()) if before else set()
    fill_new_fields(svc, scope, seen.fields, opened=set(seen.bound.writes.values()) - written)
    saved = svc.connection(scope).name
    return Connected(
        scope=scope,
        name=saved,
        account=seen.account,
        permissions=seen.permissions,
        fields=seen.fields,
        mapped={field.name: field.property for field in seen.bound.fields},
        problems=seen.problems,
        model=_first_model(svc),
        renamed_from=before.name if before and before.name != saved else "",
        reads_again=other,
    )


FIRST_WAITS = 86_400
"""Seconds for which the first sync of an account that was connected on a page waits for a click: time to map fields."""


@dataclass(frozen=True, slots=True)
class New:
    """A connection about to be saved."""

    kind: str
    name: str
    base_url: str | None
    source: str
    author: str
    action: str = "connect"


def save(svc: Services, new: New, purse: Purse, seen: Seen) -> Scope:
    """Saves the connection with its mapping, or renews it; whose rows it is about."""
    account, document = seen.account, to_document(seen.bound)
    values: dict[str, Any] = {
        "kind": new.kind,
        "account_id": account.id,
        "record_url": account.record_url,
        "base_url": new.base_url,
        "credentials": svc.sealer.seal(purse.credentials),
        "mapping": json.dumps(document),
    }
    with svc.store.write() as conn:
        if new.author != CLI and connection_rows.connection_to(conn, svc.tenant.id, new.kind, account.id) is None:
            values["sync_at"] = svc.now() + FIRST_WAITS
        free = _free_name(conn, svc.tenant.id, new, account.id)
        connection_id = connection_rows.save_connection(conn, svc.tenant.id, {**values, "name": free}, svc.now())
        scope = Scope(svc.tenant.id, connection_id)
        if run_rows.open_run(conn, scope, DISCONNECT) is not None:
            raise Refused(f"{free} is being disconnected. Connect this account when that is done.")
        mapping_versions.publish_mapping(conn, scope, new.source, document, new.author + CONNECTING, svc.now())
        gather(conn, svc.tenant.id, svc.vocabulary)
        if svc.tenant.time_zone == "UTC":
            tenant_rows.set_time_zone(conn, svc.tenant.id, account.time_zone)
        audit.record(conn, svc.tenant.id, new.author, new.action, f"{new.kind} account {account.id}", svc.now())
    svc.tenant = replace(svc.tenant, time_zone=_zone(svc, account))
    return scope


def _free_name(conn: sa.Connection, tenant_id: int, new: New, account_id: str) -> str:
    """The name, with the account behind it where another account is called so."""
    taken = {one.name: (one.kind, one.account_id) for one in connection_rows.connections_of(conn, tenant_id)}
    mine = (new.kind, account_id)
    return new.name if taken.get(new.name, mine) == mine else f"{new.name}-{account_id}"


def _zone(svc: Services, account: Account) -> str:
    return account.time_zone if svc.tenant.time_zone == "UTC" else svc.tenant.time_zone


def keep_problems(svc: Services, scope: Scope, seen: Seen) -> None:
    """Says what is wrong with mapping and score fields from now on, in the place of what was said before."""
    rows = [ProblemRow("", f"field:{p.where}", p.text, p.mend) for p in seen.problems]
    rows += [
        ProblemRow("", f"score field:{f.name}", f"{f.name}: {f.message}", "Mend it in the CRM, then connect again.")
        for f in seen.fields
        if f.state in UNFIT
    ]
    with svc.store.write() as conn:
        problem_rows.replace_problems(conn, scope, [""], rows, svc.now())


def _settings_differ(svc: Services, before: Connection, credentials: Mapping[str, str]) -> bool:
    """Whether a setting that is no secret has another value than before, or nobody can tell any more."""
    try:
        held = svc.sealer.open(before.sealed)
    except SealBroken:
        return True
    settings = [setting for setting in svc.crm(before.kind).settings if not setting.secret]
    return any((held.get(s.name) or s.default) != (credentials.get(s.name) or s.default) for s in settings)


def _reads_otherwise(before: Connection, bound: BoundMapping) -> bool:
    """Whether another mapping reads the account now, or nobody can tell any more."""
    try:
        return reads_otherwise(from_document(before.mapping), bound)
    except ValueError:
        return True


def fill_new_fields(svc: Services, scope: Scope, fields: Sequence[FieldOutcome], opened: set[str]) -> None:
    """Fields made anew are empty, whatever was written to their namesakes; those `opened` were not written so far."""
    created = any(field.state is FieldState.CREATED for field in fields)
    with svc.store.write() as conn:
        if created:
            lead_rows.forget_written(conn, scope)
        if created or opened:
            lead_rows.mark_all_dirty(conn, scope)


def _first_model(svc: Services) -> str:
    """The published model's label; the starter model is published when there is none."""
    with svc.store.read() as conn:
        stored = model_rows.published_model(conn, svc.tenant.id)
    return stored.label if stored else publish(svc, STARTER, "first connection").label
