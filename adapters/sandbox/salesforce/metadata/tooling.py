"""``/services/data/vXX.0/tooling``: custom fields one at a time, and what a set-up wants to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, request

from adapters.sandbox.salesforce.api.answers import answer, nothing, sent_object
from adapters.sandbox.salesforce.api.querying import run_query
from adapters.sandbox.salesforce.api.routes import guarded
from adapters.sandbox.salesforce.errors import ApiError, not_found
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.ids import to18
from adapters.sandbox.salesforce.metadata.specs import FieldSpec
from adapters.sandbox.salesforce.metadata.tooling_rows import TABLES, Row, custom_fields, select
from adapters.sandbox.salesforce.soql import parse

tooling = guarded(Blueprint("tooling", __name__, url_prefix="/services/data/<version>/tooling"))


@tooling.post("/sobjects/CustomField")
def _create() -> Response:
    hub().deployments.check_right()
    body = sent_object()
    made = hub().deployments.save_fields([_spec(body)])[0]
    if made.failed:
        raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", made.problem or "", ())
    return answer({"id": made.id, "success": True, "errors": [], "warnings": [], "infos": []}, 201)


@tooling.get("/sobjects/CustomField/<field_id>")
def _read(field_id: str) -> Response:
    return answer(_attributes("CustomField", field_id) | dict(_field(field_id)))


@tooling.delete("/sobjects/CustomField/<field_id>")
def _delete(field_id: str) -> Response:
    hub().deployments.check_right()
    sobject, _, name = str(_field(field_id)["FullName"]).partition(".")
    hub().deployments.drop_field(sobject, name)
    return nothing()


@tooling.get("/query")
def _query() -> Response:
    text = request.args.get("q", "")
    query = parse(text)
    if query.source.name.lower() in TABLES:
        kind = query.source.name
        records = [_attributes(kind, str(row.get("Id", ""))) | row for row in select(hub().org, query)]
    else:
        rows = run_query(text, include_deleted=False)
        records = rows.records(0, rows.total)
    body = {"size": len(records), "totalSize": len(records), "done": True, "queryLocator": None}
    return answer(body | {"entityTypeName": query.source.name, "records": records})


def _spec(body: Mapping[str, Any]) -> FieldSpec:
    sobject, _, name = str(body.get("FullName") or "").partition(".")
    described = body.get("Metadata")
    if not name or not isinstance(described, dict):
        message = "Required fields are missing: [FullName, Metadata]"
        raise ApiError(400, "REQUIRED_FIELD_MISSING", message, ("FullName", "Metadata"))
    return FieldSpec(sobject, name, described)


def _field(field_id: str) -> Row:
    wanted = to18(field_id)
    found = next((row for row in custom_fields(hub().org) if row["Id"] == wanted), None)
    if found is None:
        raise not_found()
    return found


def _attributes(kind: str, row_id: str) -> dict[str, Any]:
    return {"attributes": {"type": kind, "url": f"/services/data/{g.version}/tooling/sobjects/{kind}/{row_id}"}}
