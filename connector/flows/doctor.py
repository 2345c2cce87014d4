"""Doctor: what is connected and whether it works, each problem with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from adapters.contract import Adapter, AdapterError, Need
from connector.core.mapping import BESIDE_VALUES, BoundMapping, drift
from connector.flows.doctor_live import anybody_works, of_the_house, of_webhooks
from connector.flows.findings import Finding, State
from connector.flows.heard_hooks import heard_today, refused_lately
from connector.flows.missing import standing
from connector.flows.pace import every_text, pace
from connector.flows.scoring import evaluator
from connector.flows.services import Refused, Services
from connector.flows.sync import DRIFT
from connector.store import cards as card_rows
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows
from connector.store import models as model_rows
from connector.store import outbox as outbox_rows
from connector.store import runs as run_rows
from connector.store import screens
from connector.store.connections import Connection
from connector.store.screens import ProblemGroup
from connector.store.sealing import SealBroken

MOST_KINDS = 100
OF_RECORDS = "record:"
CREATING = "score field:"
"""How the place of a problem begins that was met when creating a field."""


def examine(svc: Services) -> list[Finding]:
    """Looks at everything; asks the CRM where it can. Never raises for a sick connection: that is a finding."""
    with svc.store.read() as conn:
        connections = connection_rows.connections_of(conn, svc.tenant.id)
    found = [_database(svc), _model(svc)]
    if connections:
        found += of_the_house(svc)
    heard, refused = heard_today(svc), {one.connection_id: one for one in refused_lately(svc)}
    if not connections:
        mend = "`leadtier connect` connects one; `make demo` shows it all without an account."
        found.append(Finding("connections", "any", State.BAD, "No CRM is connected.", mend))
    for connection in connections:
        found += _connection(svc, connection)
        if svc.crms.get(connection.kind) is not None and svc.crms[connection.kind].inbound is not None:
            found.append(of_webhooks(svc, connection.name, heard[connection.name], refused.get(connection.id)))
    return found


def _database(svc: Services) -> Finding:
    url = svc.store.engine.url.render_as_string(hide_password=True)
    return Finding("database", "open", State.OK, f"{url}, tenant {svc.tenant.name}, time zone {svc.tenant.time_zone}.")


def _model(svc: Services) -> Finding:
    with svc.store.read() as conn:
        model = model_rows.published_model(conn, svc.tenant.id)
    if model is None:
        mend = "`leadtier publish starter` publishes the one that ships with us."
        return Finding("model", "published", State.WARN, "No model is published.", mend)
    try:
        evaluator(svc)
    except Refused as error:
        mend = "`leadtier models --published` prints it; mend it and publish it again."
        return Finding("model", "published", State.BAD, str(error), mend)
    return Finding("model", "published", State.OK, f"{model.label} scores.")


def _connection(svc: Services, connection: Connection) -> Iterator[Finding]:
    if connection.trouble:
        yield Finding(connection.name, "needs you", State.BAD, connection.trouble, "Mend it, then `leadtier sync`.")
    groups = _problems(svc, connection)
    covered: set[str] = set()
    yield from _account(svc, connection, groups, covered)
    yield from _last_run(svc, connection)
    yield from _paced(svc, connection)
    yield from _stored(svc, connection)
    yield from (_problem(group) for place, group in groups.items() if place not in covered)


Groups = Mapping[str, ProblemGroup]
"""Stored problems by their place, those of single records behind a mark of their own."""


def _problems(svc: Services, connection: Connection) -> Groups:
    with svc.store.read() as conn:
        groups = screens.problem_groups(conn, connection.scope.tenant_id, MOST_KINDS)
    ours = [group for group in groups if group.example.connection == connection.name]
    return {f"{OF_RECORDS if one.example.record_id else ''}{one.example.where}": one for one in ours}


def _account(svc: Services, connection: Connection, groups: Groups, covered: set[str]) -> Iterator[Finding]:
    """What only the CRM can say. The stored problems of which it says the same, or more, become `covered`."""
    name = connection.name
    try:
        adapter = svc.account(connection.scope)
        account = adapter.check()
        yield Finding(name, "account", State.OK, f"{connection.kind} account {account.id} ({account.name}) answers.")
        yield from _permissions(name, adapter)
        yield from _fields(connection, svc.mapping(connection.scope), adapter, groups, covered)
        yield _quota(svc, name, adapter)
    except AdapterError as error:
        yield Finding(name, "account", State.BAD, error.admin, "Mend it, then run `leadtier doctor` again.")
    except (SealBroken, Refused) as error:
        yield Finding(name, "account", State.BAD, str(error), "Mend it, then run `leadtier doctor` again.")


def _permissions(name: str, adapter: Adapter) -> Iterator[Finding]:
    permissions = adapter.permissions()
    for missing in (p for p in permissions if not p.granted):
        state = State.BAD if missing.need is Need.REQUIRED else State.WARN
        mend = missing.mend or f"Add the scope {missing.scope} to the app in the CRM."
        what = "permission" if missing.mend else "scope"
        yield Finding(name, what, state, f"{missing.scope} is missing: {missing.why.rstrip('.')}.", mend)
    if all(p.granted for p in permissions):
        what = "permission" if any(p.mend for p in permissions) else "scope"
        yield Finding(name, what, State.OK, f"All {len(permissions)} permissions are granted.")


def _fields(
    connection: Connection, bound: BoundMapping, adapter: Adapter, groups: Groups, covered: set[str]
) -> Iterator[Finding]:
    live = adapter.fields()
    names = {field.name.lower() for field in live}
    tried = [place.removeprefix(CREATING) for place in groups if place.startswith(CREATING)]
    ours = dict.fromkeys([*bound.writes.values(), *bound.clears.values(), *bound.unwritten, *tried])
    missing = [name for name in ours if name.lower() not in names]
    if missing:
        text, mend = f"Missing in the CRM: {', '.join(missing)}.", _how_to_create(missing, groups)
        yield Finding(connection.name, "score fields", State.BAD, text, mend)
    elif not bound.unwritten:
        yield Finding(connection.name, "score fields", State.OK, f"All {len(ours)} score fields exist.")
    if lacking := [name for name in BESIDE_VALUES if not _is_known(bound, name)]:
        text = f"This connection was made before Leadtier wrote {' and '.join(lacking)}."
        mend = "Run `leadtier connect` again. Where the mapping is your own, add them to its score_fields first."
        yield Finding(connection.name, "score fields", State.WARN, text, mend)
    for problem in drift(bound, live):
        if problem.where not in missing:
            yield Finding(connection.name, f"field:{problem.where}", State.WARN, problem.text, problem.mend)
        covered |= {f"field:{problem.where}"}
    covered |= {f"{CREATING}{name}" for name in missing} | {place for place in groups if place.startswith(DRIFT)}


def _is_known(bound: BoundMapping, value: str) -> bool:
    """Whether a value had a property of ours when the account was connected, if only one that cannot be written."""
    return value in bound.writes or any(value in name for name in bound.unwritten)


def _how_to_create(missing: list[str], groups: Groups) -> str:
    """What the CRM said when we tried to create them, one of those sentences that differ by the name only."""
    said: dict[str, str] = {}
    for name in missing:
        if (group := groups.get(f"{CREATING}{name}")) is not None:
            text = group.example.text.removeprefix(f"{name}: ")
            said.setdefault(text.replace(name, ""), _sentence(text))
    again = "Connect again (`leadtier connect …`): it creates what is missing."
    return " ".join([*said.values(), "Then connect again."]) if said else again


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _quota(svc: Services, name: str, adapter: Adapter) -> Finding:
    quota = adapter.quota()
    if quota is None:
        return Finding(name, "quota", State.OK, "The CRM sets no daily limit for this kind of app, or does not say.")
    left = quota.limit - quota.used
    resets = f", until {quota.resets_at.astimezone(svc.zone):%d %b %H:%M}" if quota.resets_at else ""
    text = f"{left:,} of {quota.limit:,} calls are left today{resets}."
    if left < quota.limit / 10:
        return Finding(name, "quota", State.WARN, text, "Sync less often, or ask the CRM vendor for more calls.")
    return Finding(name, "quota", State.OK, text)


def _stored(svc: Services, connection: Connection) -> Iterator[Finding]:
    scope = connection.scope
    with svc.store.read() as conn:
        leads, tiers = lead_rows.counts(conn, scope), card_rows.tiers(conn, scope)
        waiting = outbox_rows.counts(conn, scope)
    share = ", ".join(f"{number:,} {tier}" for tier, number in tiers.items())
    yield Finding(connection.name, "leads", State.OK, f"{leads['leads']:,} leads: {share}.")
    if waiting["waiting"]:
        text = f"{waiting['waiting']:,} records wait to be written."
        mend = "They are written as soon as the CRM takes them; `leadtier sync` tries now."
        yield Finding(connection.name, "outbox", State.WARN, text, mend)


def _problem(group: ProblemGroup) -> Finding:
    """One kind of problem with an example; the overview lists every record."""
    one = group.example
    example = f"Record {one.record_id}: " if one.record_id else ""
    others = f" So it is with {group.records - 1:,} more." if group.records > 1 else ""
    return Finding(one.connection, one.where, State.WARN, f"{example}{_sentence(one.text)}{others}", one.mend)


def _paced(svc: Services, connection: Connection) -> Iterator[Finding]:
    """How it is read by itself, and what the last nightly reading asks."""
    if (asked := standing(connection)) is not None:
        yield Finding(connection.name, "missing leads", State.BAD, asked.text, asked.mend(connection.name))
    found = pace(svc, connection.scope)
    yield Finding(connection.name, "cadence", State.OK, f"Read {every_text(found.every)}. {found.text(svc)}")


def _last_run(svc: Services, connection: Connection) -> Iterator[Finding]:
    with svc.store.read() as conn:
        run = run_rows.last_run(conn, connection.scope, "sync")
    if run is None:
        mend = "`leadtier sync` reads and scores the book; a running `leadtier run` does by itself."
        yield Finding(connection.name, "last sync", State.WARN, "Never synced.", mend)
        return
    began = datetime.fromtimestamp(run.started_at, svc.zone)
    said = f"Run {run.id} of {began:%d %b %H:%M}: {run.contacts:,} contacts, {run.activities:,} activities read, "
    said += f"{run.scored:,} scored, {run.written:,} written, {run.failed:,} refused, {run.calls:,} calls."
    if run.open:
        text = f"{said} Not finished ({run.phase})."
        if anybody_works(svc):
            yield Finding(connection.name, "last sync", State.OK, f"{text} A worker is at it.")
            return
        mend = "It was cut off: `leadtier run` or `leadtier sync` goes on where it stopped."
        yield Finding(connection.name, "last sync", State.WARN, text, mend)
    elif run.state == "failed":
        yield Finding(
            connection.name, "last sync", State.BAD, f"{said} {run.message}", "`leadtier sync` goes on from there."
        )
    else:
        yield Finding(connection.name, "last sync", State.OK, f"{said} {run.message}".rstrip())
