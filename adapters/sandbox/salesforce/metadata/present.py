"""The deployments of the org that serves the present request, and whether its user may deploy."""

from __future__ import annotations

from flask import current_app

from adapters.sandbox.salesforce.errors import ApiError
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.metadata.deployments import Deployments

_KEY = "sandbox_salesforce_deployments"
NO_RIGHT = (
    "You do not have the proper permissions to perform this operation: "
    "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions"
)


def deployments() -> Deployments:
    """What was deployed to this org; made when first asked for."""
    org = hub().org
    found: Deployments | None = current_app.extensions.get(_KEY)
    if found is None or found.org is not org:
        found = current_app.extensions[_KEY] = Deployments(org)
    return found


def check_right() -> None:
    """Raises the vendor's 403 when users of this org may not change metadata."""
    if not deployments().may_deploy:
        raise ApiError(403, "INSUFFICIENT_ACCESS", NO_RIGHT)
