"""Deploying our fields, and putting ourselves into the permission set that shows them.

By REST rather than by `simple-salesforce`'s ``deploy``: that one leaves SOAP headers on its object, with which every
later call goes out as XML. https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_rest_deploy.htm
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simple_salesforce.format import format_soql
from urllib3 import encode_multipart_formdata
from urllib3.fields import RequestField

from adapters.contract import Broken, Retry
from adapters.salesforce import paths
from adapters.salesforce.client import Client, Json
from adapters.salesforce.errors import Refused
from adapters.salesforce.verdicts import PERMISSION_SET

OPTIONS = {
    "allowMissingFiles": False,
    "checkOnly": False,
    "ignoreWarnings": True,
    # Nothing by halves; a production org takes nothing else.
    "rollbackOnError": True,
    "singlePackage": True,
}

FIRST_WAIT, LONGEST_WAIT = 1.0, 15.0
PATIENCE = 10 * 60.0
"""Seconds a deploy may take; fields alone are done in some."""

ASSIGNMENTS = "sobjects/PermissionSetAssignment"
NAMED = "SELECT Id FROM PermissionSet WHERE Name = {} LIMIT 1"
HELD = "SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = {} AND AssigneeId = {} LIMIT 1"


@dataclass(frozen=True, slots=True)
class Deployed:
    """How a deploy ended."""

    success: bool
    problems: Mapping[str, str]
    """What is wrong, by full name of the component (``Lead.Leadtier_score__c``)."""
    problem: str
    """What is wrong with no component in particular."""
    updated: frozenset[str]
    """Components that were there before."""


def deploy(client: Client, content: bytes) -> Deployed:
    """Deploys a package and waits for its end. Raises the error family; `Misconfigured` where we may not."""
    options = RequestField("json", json.dumps({"deployOptions": OPTIONS}))
    options.make_multipart(content_type="application/json")
    body, kind = encode_multipart_formdata([options, ("file", ("deploy.zip", content, "application/zip"))])
    answer = client.upload("POST", paths.DEPLOY, body, kind)
    if not isinstance(answer, dict) or not answer.get("id"):
        raise Broken("Salesforce did not say whether it took the package with the fields. Try again.", "deploy: no id")
    return _deployed(_watch(client, str(answer["id"])))


def assign(client: Client) -> None:
    """Gives our own user the permission set, unless it has it. Raises the error family."""
    user, found = user_id(client), permission_set(client)
    if found is None:
        raise Broken("The permission set was deployed but cannot be found. Try again.", "no permission set")
    if client.query(format_soql(HELD, found, user)).get("records"):
        return
    try:
        client.post(ASSIGNMENTS, {"AssigneeId": user, "PermissionSetId": found})
    except Refused as refusal:
        # Somebody else, or a lost answer of ours, was faster.
        if refusal.code != "DUPLICATE_VALUE":
            raise


def user_id(client: Client) -> str:
    """The user we are. Raises the error family."""
    found = client.get(paths.USERINFO)
    user = found.get("user_id") if isinstance(found, dict) else None
    if not user or not str(user).isalnum():
        raise Broken("Salesforce did not say which user Leadtier is.", "userinfo without user_id")
    return str(user)


def permission_set(client: Client) -> str | None:
    """The id of our permission set, None where there is none."""
    found = client.query(format_soql(NAMED, PERMISSION_SET)).get("records")
    return str(found[0]["Id"]) if found else None


def _watch(client: Client, deploy_id: str) -> Json:
    wait, waited = FIRST_WAIT, 0.0
    while waited < PATIENCE:
        client.sleep(wait)
        waited += wait
        answer = client.get(f"{paths.DEPLOY}/{deploy_id}", {"includeDetails": "true"})
        result = answer.get("deployResult") if isinstance(answer, dict) else None
        if isinstance(result, dict) and result.get("done") is True:
            return result
        wait = min(wait * 2, LONGEST_WAIT)
    raise Retry("Salesforce is still deploying the fields. Connect again in some minutes.", f"deploy {deploy_id}")


def _deployed(result: Json) -> Deployed:
    details = result.get("details") or {}
    failures = [one for one in _listed(details.get("componentFailures")) if one.get("problemType") != "Warning"]
    successes = _listed(details.get("componentSuccesses"))
    return Deployed(
        success=result.get("success") is True,
        problems={str(one.get("fullName") or ""): str(one.get("problem") or "") for one in failures},
        problem=str(result.get("errorMessage") or ""),
        updated=frozenset(str(one.get("fullName")) for one in successes if one.get("created") is False),
    )


def _listed(value: Any) -> Sequence[Mapping[str, Any]]:
    """One component comes as an object where several come as a list."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)]
