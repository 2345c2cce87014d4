"""The deploys of an org: checked and carried out when they come, told when they are asked about."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.sandbox.salesforce.catalog import Field
from adapters.sandbox.salesforce.errors import ApiError
from adapters.sandbox.salesforce.ids import make_id, to18
from adapters.sandbox.salesforce.metadata.package import BadPackage, unpack
from adapters.sandbox.salesforce.metadata.permission_sets import exists, put
from adapters.sandbox.salesforce.metadata.plan import Plan, new_plan, plan
from adapters.sandbox.salesforce.metadata.results import Component, Deployment, options
from adapters.sandbox.salesforce.metadata.specs import FieldSpec
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.values import stamp

_NO_RIGHT = (
    "You do not have the proper permissions to perform this operation: "
    "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions"
)


def no_custom_field(full_name: str) -> str:
    """What the vendor says of a field that is not there."""
    return f"no CustomField named {full_name} found"


@dataclass(eq=False)
class Deployments:
    """Everything the Metadata API did to an org."""

    org: Org
    deleted_names: set[str] = field(default_factory=set)
    """Names of deleted fields, "Lead.Old__c", that are taken for 15 days."""
    _serials: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _deploys: dict[str, Deployment] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check_right(self) -> None:
        """Raises the vendor's 403 when users of this org may not change metadata."""
        if not self.org.settings.may_deploy:
            raise ApiError(403, "INSUFFICIENT_ACCESS", _NO_RIGHT)

    def deploy(self, user_id: str, zipped: bytes, given: dict[str, Any]) -> Deployment:
        """Deploys a zip. What goes wrong is told in the deploy's result."""
        with self._lock:
            made = Deployment(make_id("0Af", next(self._serials)), user_id, options(given), self._now())
            try:
                package = unpack(zipped)
                allowed = bool(made.options["allowMissingFiles"])
                planned = plan(self.org, package, self.deleted_names, missing_allowed=allowed)
            except BadPackage as error:
                made.problem = str(error)
            else:
                made.components = planned.components
                if made.kept:
                    made.components = self._carry_out(planned)
            made.done_at = self._now()
            self._deploys[made.id] = made
        return made

    def find(self, deploy_id: str) -> Deployment | None:
        """A deploy by id."""
        return self._deploys.get(to18(deploy_id) or "")

    def save_fields(self, specs: Iterable[FieldSpec], *, old: bool = False, new: bool = True) -> list[Component]:
        """Saves fields one by one, as the Tooling API and createMetadata do; one component each, in order.

        `old` and `new` say whether a field may be there already, and whether it may be missing.
        """
        with self._lock:
            planned = new_plan(self.org, self.deleted_names)
            for spec in specs:
                there = self.field(spec.full_name) is not None
                if there and not old:
                    problem = f"There is already a field named {spec.name} on {spec.sobject}."
                    planned.refused("CustomField", spec.full_name, "", problem)
                elif not there and not new:
                    planned.refused("CustomField", spec.full_name, "", no_custom_field(spec.full_name))
                else:
                    planned.add_field(spec, "")
            return self._carry_out(planned)

    def field(self, full_name: str) -> Field | None:
        """A field, custom or not, by object and name, "Lead.Lead_Score__c"."""
        sobject, _, name = full_name.partition(".")
        found = self.org.catalog.object(sobject)
        return None if found is None else found.field(name)

    def drop_field(self, sobject: str, name: str) -> bool:
        """Deletes a custom field; its name stays taken. False when there is none."""
        found = self.org.catalog.object(sobject)
        field_found = None if found is None else found.fields.get(name.lower())
        if found is None or field_found is None or not field_found.custom:
            return False
        self.org.drop_custom_field(found.name, field_found.name)
        self.deleted_names.add(f"{found.name}.{field_found.name}")
        return True

    def _carry_out(self, planned: Plan) -> list[Component]:
        for sobject, made in planned.fields:
            self.org.add_custom_field(sobject, made, visible=False)
        for spec in planned.sets:
            put(self.org, spec)
        return [
            replace(each, id=exists(self.org, each.full_name) or "") if each.type == "PermissionSet" else each
            for each in planned.components
        ]

    def _now(self) -> str:
        return stamp(self.org.now_ms())
