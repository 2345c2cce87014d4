"""A Salesforce org to write to without HTTP, with a clock the test winds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adapters.sandbox.salesforce import dml
from adapters.sandbox.salesforce.catalog import make_field
from adapters.sandbox.salesforce.changes import Change
from adapters.sandbox.salesforce.opening import open_org
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.settings import OrgSettings
from tests.sandbox.account import NOON, Clock
from tests.sandbox.org import opened_org

NOW = int(NOON * 1000)


class Desk:
    """Writes as the integration user does, and reads rows as they are stored."""

    def __init__(self, org: Org, clock: Clock) -> None:
        self.org, self.clock, self.user = org, clock, org.user_id
        self.told: list[Change] = []
        org.listeners.append(self.told.extend)

    def add(self, sobject: str, **values: Any) -> str:
        """A new record's id. Leads and contacts get a name."""
        row = {**_REQUIRED.get(sobject, {}), **values}
        (result,) = dml.insert(self.org, self.user, sobject, [row], auto_assign=False)
        assert result.success, result.errors
        return str(result.id)

    def write(self, sobject: str, id: str, *, auto_assign: bool = False, **values: Any) -> dml.RowResult:
        """The result of changing one record."""
        return dml.update(self.org, self.user, sobject, [{"Id": id, **values}], auto_assign=auto_assign)[0]

    def refusal(self, sobject: str, **values: Any) -> str:
        """The code with which a new record is refused."""
        (result,) = dml.insert(self.org, self.user, sobject, [{**_REQUIRED.get(sobject, {}), **values}])
        assert not result.success
        return code(result)

    def row(self, sobject: str, id: str) -> dict[str, Any]:
        """A record as it is stored."""
        return self.rows(sobject, Id=id)[0]

    def rows(self, sobject: str, **where: Any) -> list[dict[str, Any]]:
        """Records as they are stored, deleted ones too, oldest first."""
        condition = " AND ".join(f'"{name}" = ?' for name in where) or "1"
        sql = f'SELECT * FROM "{sobject}" WHERE {condition} ORDER BY "Id"'
        with self.org.reading() as connection:
            found = connection.execute(sql, [*where.values()])
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found]

    def custom(self, sobject: str, name: str, type: str = "string", **facts: Any) -> None:
        """A custom field the user may write."""
        self.org.add_custom_field(
            sobject, make_field(name, type, label=name.removesuffix("__c"), custom=True, **facts), visible=True
        )


@contextmanager
def desk_in(directory: Path, **switches: Any) -> Iterator[Desk]:
    """A desk over an org just opened; `switches` are those of `OrgSettings`."""
    clock, path = Clock(), directory / "org.db"
    if not {"person_accounts", "shared_activities"} & set(switches):
        shutil.copy(opened_org(), path)
    org = Org(path, OrgSettings(clock=clock, **switches))
    open_org(org)
    yield Desk(org, clock)
    org.close()


def code(result: dml.RowResult) -> str:
    """The code of a refused row's one error."""
    (error,) = result.errors
    return error.code


_REQUIRED: dict[str, dict[str, str]] = {
    "Lead": {"LastName": "Lee", "Company": "Household"},
    "Contact": {"LastName": "Lee"},
    "Opportunity": {"Name": "Auto policy", "StageName": "Prospecting", "CloseDate": "2026-12-01"},
}
