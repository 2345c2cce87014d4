"""Other people's clients in front of an application in the same process, without a socket."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

import requests
from flask.testing import FlaskClient
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from urllib3 import HTTPHeaderDict, HTTPResponse

from tests.sandbox.org import SalesforceOrg


class InProcess(HTTPAdapter):
    """Hands a session's requests to a Flask client, whatever host they are for."""

    def __init__(self, client: FlaskClient) -> None:
        super().__init__()
        self._client = client

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        where = urlsplit(request.url or "")
        answer = self._client.open(
            str(where.path),
            method=request.method or "GET",
            query_string=str(where.query),
            headers=list(request.headers.items()),
            data=request.body,
        )
        raw = HTTPResponse(
            io.BytesIO(answer.data), HTTPHeaderDict(answer.headers.items()), answer.status_code, preload_content=False
        )
        return self.build_response(request, raw)


def simple_salesforce(org: SalesforceOrg) -> Any:
    """simple-salesforce in direct mode, over REST, Bulk and SOAP; its own hints know little of what it can do."""
    session = requests.Session()
    session.mount("https://", InProcess(org.client))
    client = Salesforce(
        instance_url="https://sandbox.my.salesforce.com", session_id=org.token, version="67.0", session=session
    )
    # zeep brings a session of its own, whatever the caller gave.
    client.mdapi._client.transport.session = session
    return client
