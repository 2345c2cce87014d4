"""A rep's flag on the record of each CRM: heard, acknowledged on the record, answered, and the flag field emptied."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from adapters.salesforce.naming import CONTACT, LEAD
from adapters.salesforce.verdicts import REPS
from adapters.sandbox.hubspot.screen import change_by_hand
from adapters.sandbox.salesforce import dml
from adapters.sandbox.salesforce.dml.rows import fetch
from connector.flows import flags
from connector.store import flag_lists
from connector.store import flags as flag_rows
from connector.store.database import Scope
from tests.crms.conftest import Agency

KINDS = ("hubspot", "salesforce")


class Record:
    """One lead's record, as the rep sees it: fields by the names of our own, without prefix and suffix."""

    def __init__(self, agency: Agency, kind: str) -> None:
        self.agency, self.kind = agency, kind
        self.scope = agency.scopes[kind]
        self.id = next(crm_id for crm_id, card in agency.cards(kind).items() if card.tier == "Hot")

    def held(self) -> Mapping[str, str | None]:
        """What stands in the record."""
        sandbox = self.agency.sandbox
        if self.kind == "hubspot":
            found = sandbox.hub.store.find("contacts", self.id)
            assert found is not None
            return {name.removeprefix("leadtier_"): value for name, value in found.properties.items()}
        with sandbox.org.reading() as connection:
            row = fetch(connection, self._object(), [self.id])[self.id]
        return {name.removeprefix("Leadtier_").removesuffix("__c"): value for name, value in row.items()}

    def flag(self, kind: str, note: str) -> str:
        """A rep flags the score; who that is."""
        self.agency.time.pass_by(minutes=1)
        sandbox = self.agency.sandbox
        if self.kind == "hubspot":
            values = {"leadtier_flag": kind, "leadtier_flag_note": note}
            change_by_hand(sandbox.hub.store, "contacts", self.id, values, 61_000_001)
            return ""
        with sandbox.org.reading() as connection:
            owner = fetch(connection, self._object(), [self.id])[self.id]["OwnerId"]
            name = fetch(connection, "User", [owner])[owner]["Name"]
            (reps,) = connection.execute('SELECT "Id" FROM "PermissionSet" WHERE "Name" = ?', (REPS,)).fetchone()
        may = {"AssigneeId": owner, "PermissionSetId": reps}
        dml.insert(sandbox.org, sandbox.org.user_id, "PermissionSetAssignment", [may])
        values = {"Id": self.id, "Leadtier_flag__c": kind, "Leadtier_flag_note__c": note}
        (result,) = dml.update(sandbox.org, owner, self._object(), [values])
        assert result.success, result.errors
        return str(name)

    def _object(self) -> str:
        return LEAD if self.id.startswith("00Q") else CONTACT


@pytest.mark.parametrize("kind", KINDS)
def test_a_flag_on_the_record_is_heard_acknowledged_and_answered_there(agency: Agency, kind: str) -> None:
    record = Record(agency, kind)
    score = record.held()["score"]
    who = record.flag("too_high", "Spoke today")
    agency.time.pass_by(minutes=1)
    agency.sync(kind)
    (flag,) = known(agency, record.scope)
    assert (flag.kind, flag.note, flag.who) == ("too_high", "Spoke today", who)
    held = record.held()
    assert (held["flag"], held["score"]) == ("too_high", score)
    assert str(held["flag_status"]).startswith("Heard ")
    flags.answer(agency.svc, flag.id, "She asked for a quote.", "Cleo")
    agency.time.pass_by(minutes=1)
    agency.sync(kind)
    held = record.held()
    assert str(held["flag_status"]).endswith(": She asked for a quote.")
    assert (held.get("flag") or None, held.get("flag_note") or None) == (None, None)
    agency.time.pass_by(minutes=1)
    assert agency.sync(kind).run.written == 0
    assert len(known(agency, record.scope)) == 1


def known(agency: Agency, scope: Scope) -> list[flag_rows.Flag]:
    with agency.svc.store.read() as conn:
        found = [one for is_open in (True, False) for one in flag_lists.page(conn, scope.tenant_id, is_open=is_open)]
    return [one.flag for one in found if one.flag.connection_id == scope.connection_id]
