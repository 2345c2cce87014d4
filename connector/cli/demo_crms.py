"""The demo's two CRMs as their people use them: an admin has changes told, a lead asks for a callback, a rep flags."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

import requests

from adapters.sandbox.hubspot.forms import form_id
from adapters.sandbox.hubspot.payloads import NOT_SUBSCRIBABLE
from adapters.sandbox.people.agency import CALLBACK_FORM

CONTACT = "0-1"
EVENTS = ("creation", "deletion", "restore", "merge", "associationChange")
FLAG = "too_high"
_TOKEN = re.compile(r'name="token" value="([^"]+)"')


class Side(Protocol):
    """One of the two CRMs."""

    secret: str
    """With which its app signs webhooks; empty where nothing is signed."""
    asking: str
    """What a lead does who asks for a callback, after its id."""

    def prepare(self) -> None:
        """What an admin does once the score fields exist."""
        ...

    def listen(self, address: str, fields: Sequence[str]) -> None:
        """An admin has changes of these fields told to this address."""
        ...

    def can_ask(self, crm_id: str) -> bool:
        """Whether this lead can ask for a callback."""
        ...

    def ask(self, crm_id: str) -> None:
        """The lead asks for a callback."""
        ...

    def flag(self, crm_id: str) -> None:
        """A rep says on the record's page that its score is too high."""
        ...

    def values(self, crm_id: str, names: Sequence[str]) -> Mapping[str, Any]:
        """What stands in these fields of the record."""
        ...


class HubSpotSide:
    """HubSpot: webhooks of an app, a web form, the contact's page."""

    asking = "sends the web form for a callback"

    def __init__(self, crm: Mapping[str, Any]) -> None:
        self.secret: str = crm["hubspot_client_secret"]
        self._url, self._portal, self._app = crm["hubspot_url"], crm["portal_id"], crm["hubspot_app_id"]
        self._api = _session(crm["hubspot_token"])

    def prepare(self) -> None:
        """See `Side.prepare`: everybody sees them."""

    def listen(self, address: str, fields: Sequence[str]) -> None:
        """See `Side.listen`."""
        hooks = f"{self._url}/webhooks/v3/{self._app}"
        throttling = {"maxConcurrentRequests": 10}
        _said(self._api.put(f"{hooks}/settings", json={"targetUrl": address, "throttling": throttling}, timeout=30))
        asked = [{"eventType": f"object.{event}"} for event in EVENTS]
        told = [name for name in fields if name not in NOT_SUBSCRIBABLE]
        asked += [{"eventType": "object.propertyChange", "propertyName": name} for name in told]
        for one in asked:
            body = {**one, "objectTypeId": CONTACT, "active": True}
            _said(self._api.post(f"{hooks}/subscriptions", json=body, timeout=30))

    def can_ask(self, crm_id: str) -> bool:
        """See `Side.can_ask`: a form is known by its e-mail address."""
        return bool(self.values(crm_id, ["email"])["email"])

    def ask(self, crm_id: str) -> None:
        """See `Side.ask`."""
        email = self.values(crm_id, ["email"])["email"]
        path = f"/submissions/v3/integration/submit/{self._portal}/{form_id(CALLBACK_FORM)}"
        body = {"fields": [{"objectTypeId": CONTACT, "name": "email", "value": email}]}
        _said(self._api.post(self._url + path, json=body, timeout=30))

    def flag(self, crm_id: str) -> None:
        """See `Side.flag`."""
        page = f"{self._url}/contacts/{self._portal}/record/{CONTACT}/{crm_id}"
        _flag(page, f"{page}/flag")

    def values(self, crm_id: str, names: Sequence[str]) -> Mapping[str, Any]:
        """See `Side.values`."""
        path = f"/crm/v3/objects/contacts/{crm_id}?properties={','.join(names)}"
        found: Mapping[str, Any] = _said(self._api.get(self._url + path, timeout=30)).json()["properties"]
        return found


class SalesforceSide:
    """Salesforce: outbound messages, a response to a campaign, the lead's page."""

    secret = ""
    asking = "answers the campaign for callbacks"

    def __init__(self, crm: Mapping[str, Any]) -> None:
        self._url = crm["salesforce_url"]
        self._root = f"{self._url}/services/data/v{crm['salesforce_api_version']}"
        self._api = _session(crm["salesforce_session"])

    def prepare(self) -> None:
        """See `Side.prepare`: the reps get the permission set that shows the fields."""
        (found,) = self._ids("SELECT Id FROM PermissionSet WHERE Name = 'Leadtier_Reps'")
        reps = self._ids("SELECT Id FROM User WHERE IsActive = true AND Profile.Name = 'Standard User'")
        kind = {"type": "PermissionSetAssignment"}
        rows = [{"attributes": kind, "AssigneeId": rep, "PermissionSetId": found} for rep in reps]
        _said(self._api.post(f"{self._root}/composite/sobjects", json={"records": rows}, timeout=30))

    def listen(self, address: str, fields: Sequence[str]) -> None:  # noqa: ARG002 - a message tells of any change
        """See `Side.listen`."""
        for sobject in ("Lead", "Contact"):
            body = {"sobject": sobject, "fields": ["Id", "LastModifiedById"], "url": address}
            _said(self._api.post(f"{self._url}/_sandbox/salesforce/outbound", json=body, timeout=30))

    def can_ask(self, crm_id: str) -> bool:
        """See `Side.can_ask`: a lead that was not converted."""
        return crm_id.startswith("00Q")

    def ask(self, crm_id: str) -> None:
        """See `Side.ask`. What handles the form notes it on the lead, and changes of leads are told."""
        member = {"CampaignId": self._campaign(), "LeadId": crm_id, "Status": "Responded"}
        _said(self._api.post(f"{self._root}/sobjects/CampaignMember", json=member, timeout=30))
        note = {"Description": "Asks for a callback"}
        _said(self._api.patch(f"{self._root}/sobjects/Lead/{crm_id}", json=note, timeout=30))

    def flag(self, crm_id: str) -> None:
        """See `Side.flag`."""
        record = f"{self._url}/lightning/r/Lead/{crm_id}"
        _flag(f"{record}/view", f"{record}/flag")

    def values(self, crm_id: str, names: Sequence[str]) -> Mapping[str, Any]:
        """See `Side.values`."""
        path = f"/sobjects/Lead/{crm_id}?fields={','.join(names)}"
        found: Mapping[str, Any] = _said(self._api.get(self._root + path, timeout=30)).json()
        return found

    def _campaign(self) -> str:
        """This month's: the agency has one for each form and month."""
        return self._ids(
            "SELECT Id FROM Campaign WHERE Name LIKE '%Callback request%' ORDER BY StartDate DESC LIMIT 1"
        )[0]

    def _ids(self, soql: str) -> list[str]:
        found = _said(self._api.get(f"{self._root}/query?q={quote(soql)}", timeout=30)).json()
        return [row["Id"] for row in found["records"]]


def _session(token: str) -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    made.headers["Authorization"] = f"Bearer {token}"
    return made


def _said(answer: requests.Response) -> requests.Response:
    answer.raise_for_status()
    return answer


def _flag(page: str, form: str) -> None:
    """Opens the record's page and sends its form, as a browser does."""
    with requests.Session() as browser:
        browser.trust_env = False
        found = _TOKEN.search(_said(browser.get(page, timeout=30)).text)
        token = found.group(1) if found else ""
        _said(browser.post(form, data={"token": token, "flag": FLAG, "note": ""}, timeout=30))
