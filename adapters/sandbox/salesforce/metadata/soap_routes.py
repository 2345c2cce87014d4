"""``/services/Soap/m/XX.0``: the Metadata API over SOAP, as simple-salesforce, zeep and jsforce call it.

The session comes in the envelope. Faults are HTTP 500 with a SOAP fault, as everywhere in SOAP 1.1.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element

from flask import Blueprint, Response, g, request

from adapters.sandbox.salesforce.api.gate import dismiss, fail_on_demand
from adapters.sandbox.salesforce.api.versions import check_version
from adapters.sandbox.salesforce.errors import ApiError, invalid_session, over_the_day
from adapters.sandbox.salesforce.hub import hub
from adapters.sandbox.salesforce.metadata.deployments import no_custom_field
from adapters.sandbox.salesforce.metadata.package import ZIPPED_MOST
from adapters.sandbox.salesforce.metadata.reading import record
from adapters.sandbox.salesforce.metadata.results import Component
from adapters.sandbox.salesforce.metadata.soap import Call, answer, fault, read
from adapters.sandbox.salesforce.metadata.specs import FieldSpec, as_mapping
from adapters.sandbox.salesforce.xml import BadXml, child, children, flag, text

soap = Blueprint("metadata_soap", __name__, url_prefix="/services/Soap/m/<version>")
soap.before_request(fail_on_demand)
soap.after_request(dismiss)
_XML, _COMPONENTS_MOST = "text/xml;charset=UTF-8", 10
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

Results = dict[str, Any] | list[dict[str, Any]]


@soap.post("/")
@soap.post("/deployRequest")
@soap.post("/deployRequest/<_deploy_id>")
def _call(version: str, _deploy_id: str = "") -> Response:
    request.max_content_length = ZIPPED_MOST * 2
    try:
        check_version(f"v{version}")
        call = read(request.get_data())
        _admit(call)
        work = _OPERATIONS.get(call.operation)
        if work is None:
            raise ApiError(500, "INVALID_TYPE", f"No operation available for request {call.operation}")
        return Response(answer(call.operation, work(call)), content_type=_XML)
    except BadXml as error:
        return _fault("UNKNOWN_EXCEPTION", str(error))
    except ApiError as error:
        return _fault(error.code, error.message)


@soap.errorhandler(ApiError)
def _refused(error: ApiError) -> Response:
    return _fault(error.code, error.message)


def _fault(code: str, message: str) -> Response:
    return Response(fault(code, message), 500, content_type=_XML)


def _admit(call: Call) -> None:
    session = hub().sessions.find(call.session_id)
    if session is None:
        raise invalid_session()
    g.session = session
    if not hub().quota.take():
        raise over_the_day()
    hub().deployments.check_right()


def _deploy(call: Call) -> Results:
    try:
        zipped = base64.b64decode("".join(text(call.body, "ZipFile").split()), validate=True)
    except binascii.Error as error:
        raise ApiError(500, "INVALID_ZIP", "ZipFile must hold the zip in base64.") from error
    given = child(call.body, "DeployOptions")
    options = {} if given is None else as_mapping(given)
    made = hub().deployments.deploy(g.session.user_id, zipped, options)
    return {"done": False, "id": made.id, "state": "Queued"}


def _check_deploy_status(call: Call) -> Results:
    found = hub().deployments.find(text(call.body, "asyncProcessId"))
    if found is None:
        raise ApiError(500, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    return found.result(details=flag(call.body, "includeDetails"))


def _create(call: Call) -> Results:
    return [_saved(each) for each in hub().deployments.save_fields(_specs(call))]


def _update(call: Call) -> Results:
    return [_saved(each) for each in hub().deployments.save_fields(_specs(call), old=True, new=False)]


def _upsert(call: Call) -> Results:
    made = hub().deployments.save_fields(_specs(call), old=True)
    return [_saved(each) | {"created": each.created and not each.failed} for each in made]


def _specs(call: Call) -> list[FieldSpec]:
    specs = []
    for element in _few(children(call.body, "metadata")):
        _check_kind(element.get(_TYPE, "").rpartition(":")[2])
        sobject, _, name = text(element, "fullName").partition(".")
        specs.append(FieldSpec(sobject, name, as_mapping(element)))
    return specs


def _read(call: Call) -> Results:
    _check_kind(text(call.body, "type"))
    names = [(element.text or "").strip() for element in _few(children(call.body, "fullNames"))]
    return {"records": [record(name, hub().deployments.field(name)) for name in names]}


def _check_kind(kind: str) -> None:
    if kind != "CustomField":
        message = f"This org knows CustomField by this call, not {kind}. Deploy a zip, or read with SOQL."
        raise ApiError(500, "INVALID_TYPE", message)


def _few(elements: list[Element]) -> list[Element]:
    if len(elements) > _COMPONENTS_MOST:
        raise ApiError(500, "LIMIT_EXCEEDED", f"A call takes at most {_COMPONENTS_MOST} components.")
    return elements


def _saved(component: Component) -> dict[str, Any]:
    """A SaveResult."""
    errors = [{"message": component.problem, "statusCode": "FIELD_INTEGRITY_EXCEPTION"}] if component.failed else []
    return {"errors": errors, "fullName": component.full_name, "success": not component.failed}


def _delete(call: Call) -> Results:
    results = []
    for element in children(call.body, "fullNames"):
        full_name = (element.text or "").strip()
        gone = hub().deployments.drop_field(*full_name.partition(".")[::2])
        problem = {"message": no_custom_field(full_name), "statusCode": "INVALID_CROSS_REFERENCE_KEY"}
        errors = [] if gone else [problem]
        results.append({"errors": errors, "fullName": full_name, "success": gone})
    return results


_OPERATIONS: dict[str, Callable[[Call], Results]] = {
    "deploy": _deploy,
    "checkDeployStatus": _check_deploy_status,
    "createMetadata": _create,
    "readMetadata": _read,
    "updateMetadata": _update,
    "upsertMetadata": _upsert,
    "deleteMetadata": _delete,
}
