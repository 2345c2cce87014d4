"""Salesforce on the stage: the sandbox CRM in a thread, reached as Salesforce is. Its leads here are Contacts.

Contacts share activities and have opportunities, which Leads cannot; what only Leads do (converting above all) is in
``tests/adapters/test_salesforce_leads.py``.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests

from adapters.contract import Adapter, EventKind, Inbound, InboundRequest, Vault
from adapters.salesforce import CRM
from adapters.sandbox.salesforce.dml import merge
from adapters.sandbox.salesforce.settings import OrgSettings
from adapters.sandbox.server import Sandbox, running
from tests.adapters.canned import Canned, Reply, Seen
from tests.adapters.vaults import Told
from tests.contract.stage import Time, Trouble
from tests.sandbox.org import app_for, opened_org

FIELD = "Phone"
"""A text whose history the org keeps."""
HOOK_SECRET = "the-secret-part-of-the-address"
RECIPIENT = {"RelationType": "ToAddress"}


@contextmanager
def salesforce_stage() -> Iterator[SalesforceStage]:
    """An empty org whose clock is the test's, with small pages: an org may always give fewer records than asked."""
    time = Time()
    settings = OrgSettings(clock=lambda: time.now().timestamp(), page_size=100, session_seconds=1800)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        # Making the application and the org takes longer than most clauses.
        patch.setattr("adapters.sandbox.server.create_app", lambda _, *, org: app_for(org))
        shutil.copy(opened_org(), Path(folder) / "crm-salesforce.db")
        side = running(hubspot=False, salesforce=lambda _: None, org_settings=settings, path=Path(folder) / "crm.db")
        with side as sandbox:
            yield from _played(sandbox, time)


def _played(sandbox: Sandbox, time: Time) -> Iterator[SalesforceStage]:
    stage = SalesforceStage(sandbox, time)
    yield stage
    stage.close()


class SalesforceStage:
    """See `tests.contract.stage.Stage`."""

    text_field = FIELD
    scope = "Opportunity"
    knows = frozenset(Trouble) - {Trouble.BUSY_FOR_A_WHILE}
    paced = False
    signed = frozenset[str]()
    told = frozenset({EventKind.CHANGED})

    def __init__(self, sandbox: Sandbox, time: Time) -> None:
        self.time = time
        self.secret = sandbox.session
        self._sandbox = sandbox
        self._session = requests.Session()
        self._opened: list[Adapter] = []
        self._numbers = itertools.count(1)
        self._commit_after = 0.0
        self._ear = Canned()
        self._heard: SimpleQueue[Seen] = SimpleQueue()

    def named(self, name: str) -> str:
        return f"{name}__c"

    def in_order(self, ids: Sequence[str]) -> list[str]:
        return sorted(ids)

    def together(self, type: str) -> int:
        return 1 if type == "CampaignMember" else 2

    def open(self) -> Adapter:
        return self._open({"token": self.secret}, None)

    def open_renewable(self, keep: Callable[[Mapping[str, str]], None]) -> Adapter:
        hub = self._sandbox.salesforce
        self._grant = hub.sessions.grant(hub.user_id, "api refresh_token")
        credentials = {
            "client_id": hub.settings.client_id,
            "client_secret": hub.settings.client_secret,
            "refresh_token": self._grant.refresh,
            "access_token": hub.sessions.open_for(self._grant).token,
        }
        return self._open(credentials, Told(credentials, keep))

    def withdraw(self) -> None:
        self._sandbox.salesforce.sessions.revoke(self._grant.refresh)

    def add_contacts(self, count: int) -> Sequence[str]:
        ids: list[str] = []
        for start in range(0, count, 200):
            rows = [
                {"attributes": {"type": "Contact"}, "LastName": f"Lead {next(self._numbers)}"}
                for _ in range(min(200, count - start))
            ]
            ids += [row["id"] for row in self._call("POST", "composite/sobjects", {"records": rows})]
        if self._commit_after:
            self._commit_late(ids)
        return ids

    def _commit_late(self, ids: Sequence[str]) -> None:
        marks = ",".join("?" * len(ids))
        with self._sandbox.org.writing() as connection:
            rows = connection.execute(f'SELECT * FROM "Contact" WHERE Id IN ({marks})', ids).fetchall()
            connection.execute(f'DELETE FROM "Contact" WHERE Id IN ({marks})', ids)
        self.time.later(self._commit_after, lambda: self._commit(rows))

    def _commit(self, rows: Sequence[Sequence[Any]]) -> None:
        marks = ",".join("?" * len(rows[0]))
        with self._sandbox.org.writing() as connection:
            connection.executemany(f'INSERT INTO "Contact" VALUES ({marks})', [tuple(row) for row in rows])

    def change(self, contact_id: str, value: str) -> None:
        self._call("PATCH", f"sobjects/Contact/{contact_id}", {FIELD: value})

    def value(self, contact_id: str) -> str | None:
        found: str | None = self._call("GET", f"sobjects/Contact/{contact_id}?fields={FIELD}")[FIELD]
        return found

    def archive(self, contact_id: str) -> None:
        self._call("DELETE", f"sobjects/Contact/{contact_id}")

    def merge(self, winner: str, loser: str) -> str:
        merge(self._sandbox.org, self._sandbox.salesforce.user_id, "Contact", winner, [loser])
        return winner

    def hide(self, seconds: float) -> None:
        """Queries see what is committed; a long transaction commits records late, with the time they were saved at."""
        self._commit_after = seconds

    def add_activity(self, type: str, contact_ids: Sequence[str]) -> str:
        now = self.time.now().strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        match type:
            case "Task":
                return self._about("Task", {"Status": "Completed", "TaskSubtype": "Call"}, contact_ids)
            case "Event":
                return self._about("Event", {"StartDateTime": now, "DurationInMinutes": 30}, contact_ids)
            case "EmailMessage":
                made = self._add("EmailMessage", {"MessageDate": now, "Incoming": False, "Status": "3"})
                for one in contact_ids:
                    self._add("EmailMessageRelation", {"EmailMessageId": made, "RelationId": one, **RECIPIENT})
                return made
            case _:
                campaign = self._add("Campaign", {"Name": f"Campaign {next(self._numbers)}"})
                values = {"CampaignId": campaign, "ContactId": contact_ids[0], "Status": "Responded"}
                return self._add("CampaignMember", values)

    def _about(self, type: str, values: dict[str, Any], contact_ids: Sequence[str]) -> str:
        made = self._add(type, {"Subject": "Work", "WhoId": contact_ids[0], **values})
        for other in contact_ids[1:]:
            self._add(f"{type}Relation", {f"{type}Id": made, "RelationId": other, "IsWhat": False})
        return made

    def add_deal(self, contact_ids: Sequence[str], *, won: bool) -> str:
        stage = "Closed Won" if won else "Closed Lost"
        values = {"Name": "Policy", "StageName": stage, "Amount": 1200, "CloseDate": self.time.now().date().isoformat()}
        made = self._add("Opportunity", values)
        for one in contact_ids:
            self._add("OpportunityContactRole", {"OpportunityId": made, "ContactId": one})
        return made

    def refuse_writes_to(self, *contact_ids: str, nameless: bool = False) -> None:
        self._sandbox.salesforce.faults.add("rows_rejected", ids=list(contact_ids), whole_batch=nameless)

    def strike(self, trouble: Trouble) -> None:
        kind, count, more = _FAULTS[trouble]
        self._sandbox.salesforce.faults.add(kind, count=count, path="^/services/data/", **more)

    def allow_calls(self, count: int, seconds: float) -> None:
        raise NotImplementedError("Salesforce sets no limit in seconds")

    @property
    def inbound(self) -> Inbound:
        assert CRM.inbound is not None
        return CRM.inbound

    @property
    def hook_secret(self) -> str:
        return HOOK_SECRET

    def listen(self) -> None:
        self._ear.__enter__()
        self._ear.route = self._hear
        self._sandbox.salesforce.outbound.add({"sobject": "Contact", "fields": ["Id", FIELD], "url": self._hook_url})

    def received(self) -> InboundRequest:
        seen = self._heard.get(timeout=5)
        return InboundRequest(seen.method, self._hook_url, seen.headers, seen.raw, self.time.now())

    def close(self) -> None:
        if self._ear.route is not None:
            self._ear.__exit__()
        for adapter in self._opened:
            adapter.close()
        self._session.close()

    @property
    def _hook_url(self) -> str:
        return f"{self._ear.url}/hooks/salesforce/{HOOK_SECRET}"

    def _hear(self, seen: Seen) -> Reply:
        self._heard.put(seen)
        return Reply(200, ACK, {"Content-Type": "text/xml"})

    def _open(self, credentials: Mapping[str, str], vault: Vault | None) -> Adapter:
        adapter = CRM.open(
            credentials, base_url=self._sandbox.url, clock=self.time.now, sleep=self.time.sleep, vault=vault
        )
        self._opened.append(adapter)
        return adapter

    def _add(self, type: str, values: dict[str, Any]) -> str:
        return str(self._call("POST", f"sobjects/{type}", values)["id"])

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.secret}"}
        url = f"{self._sandbox.url}/services/data/v67.0/{path}"
        answer = self._session.request(method, url, json=body, headers=headers, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else {}


ACK = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)

_FAULTS: dict[Trouble, tuple[str, int | None, dict[str, Any]]] = {
    Trouble.BUSY_WITHOUT_A_TIME: ("concurrent_limit", None, {}),
    Trouble.DAY_SPENT: ("request_limit", None, {}),
    Trouble.TOKEN_EXPIRED_ONCE: ("session_expired", 1, {}),
    Trouble.TOKEN_REVOKED: ("session_expired", None, {}),
    Trouble.SCOPE_TAKEN: ("object_hidden", None, {"sobject": SalesforceStage.scope}),
    Trouble.WEB_PAGE: ("html", None, {}),
    Trouble.GATEWAY_ONCE: ("unavailable", 1, {}),
    Trouble.GATEWAY_FOR_GOOD: ("unavailable", None, {}),
    Trouble.CUT_OFF_ONCE: ("dropped", 1, {}),
}
