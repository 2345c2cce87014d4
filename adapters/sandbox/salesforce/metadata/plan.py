"""What a package would do to an org: every field and permission set, checked, and nothing done yet.

Messages follow the Metadata API's. Fields of this package count as existing when its permission sets are checked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from adapters.sandbox.salesforce.catalog import Field, SObject
from adapters.sandbox.salesforce.metadata import permission_sets
from adapters.sandbox.salesforce.metadata.fields import field_id, made_field
from adapters.sandbox.salesforce.metadata.package import Package
from adapters.sandbox.salesforce.metadata.permission_sets import PermissionSetSpec, permission_set
from adapters.sandbox.salesforce.metadata.results import Component
from adapters.sandbox.salesforce.metadata.specs import FieldSpec, as_mapping, problems
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.xml import BadXml, children, parse, text

FIELDS_MOST = 500
"""Custom fields of one object, Enterprise Edition."""
_KNOWN = ("CustomField", "CustomObject", "PermissionSet")


@dataclass
class Plan:
    """The steps that are possible, and every component with what is wrong with it."""

    objects: dict[str, SObject]
    """The org's objects as they would be, by lower-case name."""
    existing_sets: frozenset[str]
    taken_names: Collection[str]
    """Names of deleted fields, "Lead.Old__c": taken until they are erased."""
    components: list[Component] = field(default_factory=list)
    fields: list[tuple[str, Field]] = field(default_factory=list)
    sets: list[PermissionSetSpec] = field(default_factory=list)

    def add_field(self, spec: FieldSpec, file: str) -> None:
        """Checks a field, and plans it when nothing is wrong."""
        sobject = self.objects.get(spec.sobject.lower())
        if sobject is None:
            self._failed("CustomField", spec.full_name, file, f"Entity Enumeration Or ID: bad value: {spec.sobject}")
            return
        before = sobject.fields.get(spec.name.lower())
        wrong = [*problems(spec), *self._clashes(spec, sobject, before)]
        if wrong:
            self._failed("CustomField", spec.full_name, file, wrong[0])
            return
        made = made_field(spec, before)
        self.objects[sobject.name.lower()] = sobject.with_fields({**sobject.fields, made.name.lower(): made}.values())
        self.fields.append((sobject.name, made))
        self.components.append(Component("CustomField", spec.full_name, file, before is None, field_id(spec.full_name)))

    def add_set(self, spec: PermissionSetSpec, file: str) -> None:
        """Checks a permission set, and plans it when nothing is wrong."""
        wrong = next(permission_sets.problems(spec, self.objects), None)
        if wrong is not None:
            self._failed("PermissionSet", spec.name, file, wrong)
            return
        self.sets.append(spec)
        self.components.append(Component("PermissionSet", spec.name, file, spec.name not in self.existing_sets))

    def _clashes(self, spec: FieldSpec, sobject: SObject, before: Field | None) -> list[str]:
        if before is not None:
            made = made_field(spec, before)
            changed = before.type != made.type
            return [f"Cannot change field type from {before.type} to {made.type}: {spec.full_name}"] if changed else []
        if spec.full_name in self.taken_names:
            return [
                f"There is already a deleted field named {spec.name} on {sobject.name}. Erase it, or use another name."
            ]
        if sum(each.custom for each in sobject.fields.values()) >= FIELDS_MOST:
            return [f"Reached the maximum number of custom fields ({FIELDS_MOST}) on {sobject.name}"]
        return []

    def _failed(self, kind: str, name: str, file: str, problem: str, *, warning: bool = False) -> None:
        self.components.append(Component(kind, name, file, problem=problem, warning=warning))

    def missing(self, kind: str, name: str, *, allowed: bool) -> None:
        """A member of package.xml without a file."""
        problem = f"An object '{name}' of type {kind} was named in package.xml, but was not found in zipped directory"
        self._failed(kind, name, "package.xml", problem, warning=allowed)

    def refused(self, kind: str, name: str, file: str, problem: str) -> None:
        """A component that cannot be read or is of no kind this org knows."""
        self._failed(kind, name, file, problem)


def new_plan(org: Org, taken_names: Collection[str]) -> Plan:
    """An empty plan over an org."""
    with org.reading() as connection:
        names = frozenset(str(row[0]) for row in connection.execute('SELECT "Name" FROM "PermissionSet"'))
    return Plan(dict(org.catalog.objects), names, taken_names)


def plan(org: Org, package: Package, taken_names: Collection[str], *, missing_allowed: bool) -> Plan:
    """What the package would do."""
    made = new_plan(org, taken_names)
    made.components.append(Component("", "package.xml", "package.xml"))
    for kind in package.members:
        if kind not in _KNOWN:
            made.refused(kind, kind, "package.xml", f"Entity type: '{kind}' is unknown")
    found = _plan_objects(made, package) | _plan_sets(made, package)
    for kind in ("CustomField", "PermissionSet"):
        for name in package.names(kind):
            if name != "*" and (kind, name) not in found:
                made.missing(kind, name, allowed=missing_allowed)
    return made


def _plan_objects(made: Plan, package: Package) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    wanted, whole = package.names("CustomField"), package.names("CustomObject")
    for file, name, data in _in_folder(package.files, "objects", ".object"):
        try:
            root = parse(data)
        except BadXml as error:
            made.refused("CustomObject", name, file, str(error))
            continue
        for element in children(root, "fields"):
            spec = FieldSpec(name, text(element, "fullName"), as_mapping(element))
            found.add(("CustomField", spec.full_name))
            if spec.full_name in wanted or name in whole:
                made.add_field(spec, file)
            else:
                made.refused("CustomField", spec.full_name, file, "Not in package.xml")
    return found


def _plan_sets(made: Plan, package: Package) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    wanted = package.names("PermissionSet")
    for file, name, data in _in_folder(package.files, "permissionsets", ".permissionset"):
        found.add(("PermissionSet", name))
        if name not in wanted and "*" not in wanted:
            made.refused("PermissionSet", name, file, "Not in package.xml")
            continue
        try:
            made.add_set(permission_set(name, parse(data)), file)
        except BadXml as error:
            made.refused("PermissionSet", name, file, str(error))
    return found


def _in_folder(files: Mapping[str, bytes], folder: str, suffix: str) -> list[tuple[str, str, bytes]]:
    return [
        (file, file.removeprefix(f"{folder}/").removesuffix(suffix), data)
        for file, data in sorted(files.items())
        if file.startswith(f"{folder}/") and file.endswith(suffix)
    ]
