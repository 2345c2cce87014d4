"""Looking at a CRM account before anything is connected: who it is, what we may do there, which fields are there.

Looking writes nothing, neither here nor in the CRM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from adapters.contract import (
    Account,
    Adapter,
    AdapterError,
    FieldOutcome,
    FieldState,
    Need,
    Permission,
    Retry,
)
from connector.core.mapping import BoundMapping, CrmMapping, bind, wanted_fields
from connector.core.types import Problem
from connector.core.vocabulary import Vocabulary
from connector.flows.services import Refused, Services

UNFIT = frozenset({FieldState.FAILED, FieldState.DIFFERS})
NOT_SAVED = "Nothing was saved."
TOKEN_SPENT = "The refresh token was used up on the way: authorise the app again before the next try."  # noqa: S105


@dataclass
class Purse:
    """The credentials of an account that is being connected: renewed ones are saved with it."""

    credentials: dict[str, str]
    spent: bool = False
    """Whether the refresh token that was given is used up: some vendors give a new one with every renewal."""

    @contextmanager
    def renewing(self) -> Iterator[Mapping[str, str]]:
        """Nobody else has them."""
        yield self.credentials

    def keep(self, fresh: Mapping[str, str]) -> None:
        """For whoever saves them."""
        given = self.credentials.get("refresh_token")
        self.spent = self.spent or fresh.get("refresh_token") != given
        self.credentials = dict(fresh)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the account says of itself. `fields` are our score fields, as they are or would be."""

    account: Account
    permissions: Sequence[Permission]
    fields: Sequence[FieldOutcome]
    bound: BoundMapping
    problems: Sequence[Problem]

    @property
    def missing(self) -> Sequence[Permission]:
        """What we cannot do without and do not have."""
        return [each for each in self.permissions if each.need is Need.REQUIRED and not each.granted]

    @property
    def matched(self) -> int:
        """How many of our fields the account fills."""
        return len(self.bound.fields)


MappingFor = Callable[[Account], CrmMapping]
"""The mapping for an account: one that is connected already may have its own."""


def look(svc: Services, kind: str, purse: Purse, base_url: str | None, mapping_for: MappingFor) -> Seen:
    """Asks the account everything and changes nothing; what is missing stands in the answer.

    Raises the adapter's error family when the CRM does not let us in, and `Refused` when there is no such kind.
    """
    adapter = svc.open_adapter(kind, purse.credentials, base_url, purse)
    try:
        return look_at(svc, adapter, mapping_for)
    finally:
        adapter.close()


def look_at(svc: Services, adapter: Adapter, mapping_for: MappingFor) -> Seen:
    """The same of an account that is open."""
    account, permissions = adapter.check(), adapter.permissions()
    mapping = mapping_for(account)
    if any(each.need is Need.REQUIRED and not each.granted for each in permissions):
        return Seen(account, permissions, (), bind(mapping, ())[0], ())
    may_create = all(each.granted for each in permissions if each.creates_fields)
    planned = adapter.judge_fields(wanted_fields(mapping))
    can = may_create and adapter.capabilities.creates_fields
    bound, problems = bind(mapping, adapter.fields(), outcomes(svc.vocabulary))
    fields = planned if can else [_not_ours_to_create(each) for each in planned]
    return _seen(mapping, account, permissions, fields, bound, problems)


def set_up_at(svc: Services, adapter: Adapter, mapping_for: MappingFor) -> Seen:
    """Creates the score fields of an account that is open, and binds its mapping anew."""
    account, permissions = adapter.check(), adapter.permissions()
    _demand(permissions)
    mapping = mapping_for(account)
    fields = create_fields(adapter, mapping)
    bound, problems = bind(mapping, adapter.fields(), outcomes(svc.vocabulary))
    return _seen(mapping, account, permissions, fields, bound, problems)


def set_up(svc: Services, kind: str, purse: Purse, base_url: str | None, mapping_for: MappingFor) -> Seen:
    """Asks the account everything, and creates the score fields.

    Raises `Refused` when something needed is missing, else as `look`; says then what became of what was given.
    """
    adapter = svc.open_adapter(kind, purse.credentials, base_url, purse)
    try:
        return set_up_at(svc, adapter, mapping_for)
    except (AdapterError, Refused) as error:
        more = " ".join([NOT_SAVED] * isinstance(error, Retry) + [TOKEN_SPENT] * purse.spent)
        if more:
            raise Refused(f"{error} {more}") from error
        raise
    finally:
        adapter.close()


def create_fields(adapter: Adapter, mapping: CrmMapping) -> Sequence[FieldOutcome]:
    """Creates the score fields that are missing; what exists is left alone."""
    group = mapping.score_fields.group
    return adapter.ensure_fields(group.name, group.label, wanted_fields(mapping))


def outcomes(words: Vocabulary) -> set[str]:
    """Fields that no score may read."""
    return {name for name, spec in words.fields.items() if spec.outcome}


def lacking(missing: Sequence[Permission]) -> str:
    """What to grant, in a sentence."""
    named = "; ".join(f"{p.scope} ({p.why}{f' {p.mend}' if p.mend else ''})" for p in missing)
    return f"The token may not do everything that is needed. Grant these and connect again: {named}."


def _demand(permissions: Sequence[Permission]) -> None:
    missing = [p for p in permissions if p.need is Need.REQUIRED and not p.granted]
    if missing:
        raise Refused(lacking(missing))


def _not_ours_to_create(field: FieldOutcome) -> FieldOutcome:
    if field.state is not FieldState.MISSING:
        return field
    text = "Leadtier may not create it here. Create it by hand or deploy the package; it is found when you connect."
    return FieldOutcome(field.name, FieldState.FAILED, text)


def _seen(
    mapping: CrmMapping,
    account: Account,
    permissions: Sequence[Permission],
    fields: Sequence[FieldOutcome],
    bound: BoundMapping,
    problems: Sequence[Problem],
) -> Seen:
    """Without what creating the score fields has said already."""
    said = {field.name for field in fields if field.state in {*UNFIT, FieldState.MISSING}}
    ours = mapping.score_fields
    said |= {one.reads.name for one in ours.fields if one.reads and ours.named(one.wanted.name) in said}
    return Seen(account, permissions, fields, bound, [each for each in problems if each.where not in said])
