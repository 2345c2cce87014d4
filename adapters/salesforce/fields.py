"""The fields we write: judged where they exist, deployed with their permission set where they do not.

A field that exists but that our user may not see looks as if it were missing; deploying it again harms nothing, and the
permission set that comes along makes it visible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from adapters.contract import Broken, FieldOutcome, FieldState, FieldType, Misconfigured, WantedField
from adapters.salesforce.deploying import Deployed, assign, deploy
from adapters.salesforce.describing import Field, SObject
from adapters.salesforce.naming import TYPES
from adapters.salesforce.org import Org
from adapters.salesforce.package import FILENAME, OBJECTS, archive, unfit
from adapters.salesforce.verdicts import PERMISSION_SET

TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT})

BY_HAND = (
    f"Export the package with `leadtier fields salesforce --export {FILENAME}`, have an admin deploy it "
    f"(`sf project deploy start --metadata-dir {FILENAME} --single-package --target-org <org>`, or Workbench under "
    f"migration > Deploy), assign the permission set {PERMISSION_SET} to the integration user in Setup > Permission "
    "Sets, then connect again."
)


@dataclass(frozen=True, slots=True)
class Gap:
    """What keeps a field from being written on an object."""

    object: str
    field: WantedField
    missing: bool
    """Else it is there, but we may not edit it."""

    @property
    def full_name(self) -> str:
        """As the Metadata API names it."""
        return f"{self.object}.{self.field.name}"


def judge_fields(org: Org, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:
    """What `ensure_fields` would find; changes nothing. A field that is closed to us would be deployed, too."""
    org.describes.forget()
    said = {field.name: _judged(org, field) for field in wanted}
    for gap in _gaps(org, [field for field in wanted if said[field.name].state is FieldState.EXISTS]):
        text = "" if gap.missing else f"{gap.full_name} is there, but closed to the integration user."
        said[gap.field.name] = FieldOutcome(gap.field.name, FieldState.MISSING, text)
    return [said[field.name] for field in wanted]


def ensure_fields(org: Org, group: str, label: str, wanted: Sequence[WantedField]) -> Sequence[FieldOutcome]:  # noqa: ARG001
    """Deploys what is missing on Lead and Contact; see `Writer.ensure_fields`. Salesforce has no groups of fields."""
    org.describes.forget()
    said = {field.name: _judged(org, field) for field in wanted}
    gaps = _gaps(org, [field for field in wanted if said[field.name].state is FieldState.EXISTS])
    if gaps:
        kept = [field for field in wanted if said[field.name].state is not FieldState.FAILED]
        said |= _close(org, kept, gaps)
    return _told_once([said[field.name] for field in wanted])


def _told_once(outcomes: Sequence[FieldOutcome]) -> list[FieldOutcome]:
    """The same long sentence for the first field only: people read them one below the other."""
    first: dict[str, str] = {}
    told = []
    for one in outcomes:
        before = first.setdefault(one.message.replace(one.name, ""), one.name)
        again = one.message.endswith(BY_HAND) and before != one.name
        short = f"{one.name} could not be set up either; see {before}."
        told.append(replace(one, message=short) if again else one)
    return told


def _objects(org: Org) -> list[SObject]:
    """Lead and Contact, or the one of them that we may read. Raises `Misconfigured` when that is none."""
    return [found for name in OBJECTS if (found := org.describes.get(name))] or [org.describes.need(OBJECTS[0])]


def _judged(org: Org, wanted: WantedField) -> FieldOutcome:
    """What is to be said of a field before anything is deployed; `EXISTS` where nothing speaks against it."""
    having = [one for one in _objects(org) if wanted.name in one]
    # One that is everywhere need not be made, and may be a managed package's with its prefix.
    problem = unfit(wanted) if len(having) < len(_objects(org)) else ""
    if problem:
        return FieldOutcome(wanted.name, FieldState.FAILED, problem)
    differences = [_difference(one, one.fields[wanted.name], wanted) for one in having]
    difference = next((text for text in differences if text), "")
    return FieldOutcome(wanted.name, FieldState.DIFFERS if difference else FieldState.EXISTS, difference)


def _difference(found: SObject, have: Field, wanted: WantedField) -> str:
    kind, name = TYPES.get(have.type, FieldType.TEXT), f"{found.name}.{have.name}"
    where = f"Setup > Object Manager > {found.name} > Fields & Relationships"
    if kind != wanted.type and not {kind, wanted.type} <= TEXTS:
        return (
            f"The field {name} exists in Salesforce as {kind.replace('_', ' ')}, but {_described(wanted)} is needed. "
            f"Delete or rename it in {where}, or choose another name in the mapping."
        )
    if have.calculated:
        return f"The field {name} is a formula and cannot be written. Choose another name in the mapping."
    offered = {choice.value for choice in have.choices}
    missing = [choice.value for choice in wanted.choices if choice.value not in offered]
    if missing:
        listed = ", ".join(missing)
        return f"The field {name} lacks the values {listed}. Add them in {where}, with exactly these API names."
    return ""


def _described(wanted: WantedField) -> str:
    options = f" with the values {', '.join(choice.value for choice in wanted.choices)}" if wanted.choices else ""
    return f"type {wanted.type.replace('_', ' ')}{options}"


def _gaps(org: Org, wanted: Sequence[WantedField]) -> list[Gap]:
    return [
        Gap(found.name, field, missing=field.name not in found)
        for found in _objects(org)
        for field in wanted
        if field.name not in found or not found.fields[field.name].updateable
    ]


def _close(org: Org, wanted: Sequence[WantedField], gaps: Sequence[Gap]) -> dict[str, FieldOutcome]:
    """Deploys, assigns, and looks whether it helped; one outcome per field that had a gap."""
    try:
        deployed, problems = _deploy(org, wanted, gaps)
        if deployed.success:
            assign(org.client)
    except (Misconfigured, Broken) as refusal:
        # Without the right to deploy nothing changes by trying again: it is the admin's to do.
        return {gap.field.name: _by_hand(gap.field, refusal.admin) for gap in gaps}
    org.describes.forget()
    left = {gap.field.name: gap for gap in _gaps(org, [gap.field for gap in gaps])}
    return {gap.field.name: _outcome(gap.field, gaps, left, deployed, problems) for gap in gaps}


def _deploy(org: Org, wanted: Sequence[WantedField], gaps: Sequence[Gap]) -> tuple[Deployed, Mapping[str, str]]:
    """One deploy; when single fields fail it, another without them. Also what was wrong, by name of the field."""
    deployed = deploy(org.client, _package(org, wanted, gaps, frozenset()))
    names = {gap.full_name: gap.field.name for gap in gaps if gap.missing}
    problems = {names[one]: text for one, text in deployed.problems.items() if one in names}
    if not deployed.success and problems and len(problems) < len(set(names.values())):
        deployed = deploy(org.client, _package(org, wanted, gaps, frozenset(problems)))
    general = deployed.problem or next(iter(deployed.problems.values()), "")
    if not deployed.success:
        problems |= {gap.field.name: general for gap in gaps if gap.field.name not in problems}
    return deployed, problems


def _package(org: Org, wanted: Sequence[WantedField], gaps: Sequence[Gap], without: frozenset[str]) -> bytes:
    names = [found.name for found in _objects(org)]
    missing = {
        name: [gap.field for gap in gaps if gap.missing and gap.object == name and gap.field.name not in without]
        for name in names
    }
    return archive(missing, {name: _permitted(org, name, wanted, missing[name]) for name in names})


def _permitted(org: Org, name: str, wanted: Sequence[WantedField], missing: Sequence[WantedField]) -> list[WantedField]:
    """The fields that will be there; one that is a formula cannot be opened for editing."""
    there = org.describes.need(name).fields
    return [field for field in wanted if field in missing or (field.name in there and not there[field.name].calculated)]


def _outcome(
    field: WantedField,
    gaps: Sequence[Gap],
    left: Mapping[str, Gap],
    deployed: Deployed,
    problems: Mapping[str, str],
) -> FieldOutcome:
    if field.name in problems:
        return _by_hand(field, problems[field.name])
    if field.name in left:
        return _by_hand(field, f"{left[field.name].full_name} is still closed to the integration user.")
    mine = [gap for gap in gaps if gap.field.name == field.name and gap.missing]
    new = any(gap.full_name not in deployed.updated for gap in mine)
    return FieldOutcome(field.name, FieldState.CREATED if new else FieldState.EXISTS)


def _by_hand(field: WantedField, reason: str) -> FieldOutcome:
    because = f" {reason.strip().rstrip('.')}." if reason.strip() else ""
    return FieldOutcome(
        field.name, FieldState.FAILED, f"Salesforce did not let Leadtier set up {field.name}:{because} {BY_HAND}"
    )
