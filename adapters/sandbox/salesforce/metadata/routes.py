"""``/services/data/vXX.0/metadata/deployRequest``: deploys over REST."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, g, request

from adapters.sandbox.salesforce.api.answers import answer
from adapters.sandbox.salesforce.api.routes import guarded
from adapters.sandbox.salesforce.errors import bad_json, not_found
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.metadata.package import ZIPPED_MOST

metadata = guarded(Blueprint("metadata", __name__, url_prefix="/services/data/<version>/metadata"))
# The guide names the part json; jsforce, and with it Salesforce's own command line, entity_content.
_OPTIONS = ("json", "entity_content")


@metadata.post("/deployRequest")
def _deploy() -> Response:
    request.max_content_length = ZIPPED_MOST * 2
    hub().deployments.check_right()
    given = _options()
    file = request.files.get("file")
    if file is None:
        raise bad_json("The part named file must hold the zip, with a file name and type application/zip.")
    made = hub().deployments.deploy(g.session.user_id, file.read(), given)
    body = {"id": made.id, "validatedDeployRequestId": None, "deployOptions": made.options}
    return answer(body | {"deployResult": made.pending()}, 201)


@metadata.get("/deployRequest/<deploy_id>")
def _status(deploy_id: str) -> Response:
    hub().deployments.check_right()
    found = hub().deployments.find(deploy_id)
    if found is None:
        raise not_found()
    details = request.args.get("includeDetails", "false").lower() == "true"
    return answer({"id": found.id, "deployOptions": found.options, "deployResult": found.result(details=details)})


def _part(name: str) -> str:
    file = request.files.get(name)
    return request.form.get(name, "") if file is None else file.read().decode(errors="replace")


def _options() -> dict[str, Any]:
    try:
        body = json.loads(next(filter(None, map(_part, _OPTIONS)), ""))
    except ValueError as error:
        raise bad_json('The part named json must hold {"deployOptions": {...}}.') from error
    options = body.get("deployOptions") if isinstance(body, dict) else None
    if not isinstance(options, dict):
        raise bad_json('The part named json must hold {"deployOptions": {...}}.')
    return options
