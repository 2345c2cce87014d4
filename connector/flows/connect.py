"""Connect: from a token to a connection that can sync. Tested before it is saved, and safe to repeat."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import mappings
from adapters.contract import (
    Account,
    Adapter,
    AdapterError,
    Crm,
    FieldOutcome,
    FieldPackage,
    FieldState,
    Need,
    Permission,
    Retry,
)
from connector.core.mapping import BoundMapping, CrmMapping, bind, parse_mapping, to_document, wanted_fields
from connector.core.types import Problem
from connector.core.vocabulary import Vocabulary
from connector.flows.publish import publish
from connector.flows.services import Refused, Services
from connector.store import audit
from connector.store import connections as connection_rows
from connector.store import leads as lead_rows
from connector.store import models as model_rows
from connector.store import problems as problem_rows
from connector.store import runs as run_rows
from connector.store import tenants as tenant_rows
from connector.store.connections import Connection
from connector.store.database import Scope
from connector.store.problems import ProblemRow
from connector.store.sealing import SealBroken

STARTER = "starter"
UNFIT = frozenset({FieldState.FAILED, FieldState.DIFFERS})
NOT_SAVED = "Nothing was saved."
TOKEN_SPENT = "The refresh token was used up on the way: authorise the app again before the next try."  # noqa: S105


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
) -> Connected:
    """Opens the account, checks what we may do there, creates the score fields, binds the field mapping and saves.

    Connecting the same account again renews credentials and mapping and keeps leads and, unless `name` is given, what
    it is called; cursors as well, unless a setting that is no secret differs: what is read may be something else then.
    Raises `Refused` when something needed is missing, `MappingRefused` when the mapping file is wrong, and the
    adapter's error family when the CRM does not let us in; nothing is saved then.
    """
    mapping = mapping_of(svc.vocabulary, kind, mapping_text)
    purse = _Purse(dict(credentials))
    seen = _look(svc, kind, purse, base_url, mapping)
    before = _connected_before(svc, kind, seen.account)
    other = before is not None and _settings_differ(svc, before, purse.credentials)
    called = name or (before.name if before else kind)
    scope = _save(svc, kind, purse.credentials, base_url, called, seen.account, seen.bound)
    if other:
        _read_again(svc, scope)
    _keep_problems(svc, scope, seen.problems, seen.fields)
    written = set(before.mapping["writes"].values()) if before else set()
    _fill_new_fields(svc, scope, seen.fields, opened=set(seen.bound.writes.values()) - written)
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


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the account says of itself."""

    account: Account
    permissions: Sequence[Permission]
    fields: Sequence[FieldOutcome]
    bound: BoundMapping
    problems: Sequence[Problem]


def _look(svc: Services, kind: str, purse: _Purse, base_url: str | None, mapping: CrmMapping) -> _Seen:
    """Asks the account everything, and creates the score fields."""
    adapter = svc.open_adapter(kind, purse.credentials, base_url, purse)
    try:
        account = adapter.check()
        permissions = adapter.permissions()
        _demand(permissions)
        fields = create_fields(adapter, mapping)
        bound, problems = bind(mapping, adapter.fields(), _outcomes(svc.vocabulary))
    except (AdapterError, Refused) as error:
        more = " ".join([NOT_SAVED] * isinstance(error, Retry) + [TOKEN_SPENT] * purse.spent)
        if more:
            raise Refused(f"{error} {more}") from error
        raise
    finally:
        adapter.close()
    said = _said_of(mapping, fields)
    return _Seen(account, permissions, fields, bound, [problem for problem in problems if problem.where not in said])


def _outcomes(words: Vocabulary) -> set[str]:
    """Fields that no score may read."""
    return {name for name, spec in words.fields.items() if spec.outcome}


def _said_of(mapping: CrmMapping, fields: Sequence[FieldOutcome]) -> set[str]:
    """Where the mapping's problems would say again what creating the score fields has said already."""
    said = {field.name for field in fields if field.state in UNFIT}
    ours = mapping.score_fields
    return said | {one.reads.name for one in ours.fields if one.reads and ours.named(one.wanted.name) in said}


@dataclass
class _Purse:
    """The credentials of an account that is being connected: renewed ones are saved with it."""

    credentials: dict[str, str]
    spent: bool = False
    """Whether the refresh token that was given is used up: some vendors give a new one with every renewal."""

    @contextmanager
    def renewing(self) -> Iterator[Mapping[str, str]]:
        yield self.credentials

    def keep(self, fresh: Mapping[str, str]) -> None:
        given = self.credentials.get("refresh_token")
        self.spent = self.spent or fresh.get("refresh_token") != given
        self.credentials = dict(fresh)


def _demand(permissions: Sequence[Permission]) -> None:
    missing = [p for p in permissions if p.need is Need.REQUIRED and not p.granted]
    if missing:
        named = "; ".join(f"{p.scope} ({p.why})" for p in missing)
        raise Refused(f"The token may not do everything that is needed. Grant these and connect again: {named}.")


def mapping_of(words: Vocabulary, kind: str, text: str) -> CrmMapping:
    """The mapping in `text`, or the one that ships for this kind of CRM. Raises `Refused` when there is none."""
    try:
        document, lines = mappings.read_document(text or mappings.package_text(f"{kind}.yaml"))
    except FileNotFoundError as error:
        raise Refused(f"No mapping ships for {kind!r}: name a file with --mapping (docs/adding-a-crm.md).") from error
    return parse_mapping(document, lines, words)


def create_fields(adapter: Adapter, mapping: CrmMapping) -> Sequence[FieldOutcome]:
    """Creates the score fields that are missing; what exists is left alone."""
    group = mapping.score_fields.group
    return adapter.ensure_fields(group.name, group.label, wanted_fields(mapping))


def package_fields(crm: Crm, mapping: CrmMapping) -> FieldPackage:
    """The score fields as a file for the CRM's own tools. Raises `Refused` where the vendor has no such thing."""
    make = crm.field_package
    if make is None:
        raise Refused(f"{crm.capabilities.name} has no file for fields: `leadtier connect` creates them.")
    group = mapping.score_fields.group
    return make(group.name, group.label, wanted_fields(mapping))


def _save(
    svc: Services,
    kind: str,
    credentials: Mapping[str, str],
    base_url: str | None,
    name: str,
    account: Account,
    bound: BoundMapping,
) -> Scope:
    values = {
        "kind": kind,
        "account_id": account.id,
        "record_url": account.record_url,
        "base_url": base_url,
        "credentials": svc.sealer.seal(credentials),
        "mapping": json.dumps(to_document(bound)),
    }
    with svc.store.write() as conn:
        taken = {c.name: c.account_id for c in connection_rows.connections_of(conn, svc.tenant.id)}
        free = name if taken.get(name, account.id) == account.id else f"{name}-{account.id}"
        connection_id = connection_rows.save_connection(conn, svc.tenant.id, {**values, "name": free}, svc.now())
        if svc.tenant.time_zone == "UTC":
            tenant_rows.set_time_zone(conn, svc.tenant.id, account.time_zone)
        audit.record(conn, svc.tenant.id, "cli", "connect", f"{kind} account {account.id}", svc.now())
    svc.tenant = replace(svc.tenant, time_zone=_zone(svc, account))
    return Scope(svc.tenant.id, connection_id)


def _zone(svc: Services, account: Account) -> str:
    return account.time_zone if svc.tenant.time_zone == "UTC" else svc.tenant.time_zone


def _keep_problems(svc: Services, scope: Scope, problems: Sequence[Problem], fields: Sequence[FieldOutcome]) -> None:
    rows = [ProblemRow("", f"field:{p.where}", p.text, p.mend) for p in problems]
    rows += [
        ProblemRow("", f"score field:{f.name}", f"{f.name}: {f.message}", "Mend it in the CRM, then connect again.")
        for f in fields
        if f.state in UNFIT
    ]
    with svc.store.write() as conn:
        problem_rows.replace_problems(conn, scope, [""], rows, svc.now())


def _connected_before(svc: Services, kind: str, account: Account) -> Connection | None:
    """The connection to this account as it is so far."""
    with svc.store.read() as conn:
        found = connection_rows.connections_of(conn, svc.tenant.id)
    return next((each for each in found if (each.kind, each.account_id) == (kind, account.id)), None)


def _settings_differ(svc: Services, before: Connection, credentials: Mapping[str, str]) -> bool:
    """Whether a setting that is no secret has another value than before, or nobody can tell any more."""
    try:
        held = svc.sealer.open(before.sealed)
    except SealBroken:
        return True
    settings = [setting for setting in svc.crm(before.kind).settings if not setting.secret]
    return any((held.get(s.name) or s.default) != (credentials.get(s.name) or s.default) for s in settings)


def _read_again(svc: Services, scope: Scope) -> None:
    """The next sync reads everything, also one that goes on where another was cut off or failed."""
    with svc.store.write() as conn:
        connection_rows.set_cursors(conn, scope, {})
        last = run_rows.last_run(conn, scope, "sync")
        if last is not None and last.state != "done":
            run_rows.set_place(conn, last, {}, {})


def _fill_new_fields(svc: Services, scope: Scope, fields: Sequence[FieldOutcome], opened: set[str]) -> None:
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
