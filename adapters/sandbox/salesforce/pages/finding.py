"""List views of leads and contacts: by name, sorted by score, a page at a time."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import NamedTuple

from adapters.sandbox.salesforce.catalog import SObject
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.pages.display import Display
from adapters.sandbox.salesforce.pages.scorecard import STEM
from adapters.sandbox.screens.reasons import tone

PAGE_SIZE = 50

_ORDERS = {
    "-score": "score IS NULL, score DESC",
    "score": "score IS NULL, score",
    "name": '"LastName" COLLATE NOCASE, "FirstName" COLLATE NOCASE',
    "-name": '"LastName" COLLATE NOCASE DESC, "FirstName" COLLATE NOCASE DESC',
}
_BEST_FIRST = "-score"
_WHO = """lower(coalesce("Name", '') || ' ' || coalesce("Email", ''))"""
_MATCHES = f"(:text = '' OR instr({_WHO}, :text) > 0)"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for. `sort` is a key of `_ORDERS`; any other means the best score first."""

    text: str = ""
    sort: str = ""
    page: int = 1

    @property
    def order(self) -> str:
        """The order that holds."""
        return self.sort if self.sort in _ORDERS else _BEST_FIRST


class Line(NamedTuple):
    """A record in a list. `status` is a lead's status; a contact, which has none, tells its source."""

    id: str
    name: str
    email: str
    company: str
    status: str
    owner: str
    score: int | None
    tier: str
    tone: str


class Found(NamedTuple):
    """One page of a list."""

    total: int
    lines: list[Line]
    page: int
    pages: int
    scores_exist: bool


def find_people(org: Org, connection: sqlite3.Connection, kind: str, wish: Wish, size: int = PAGE_SIZE) -> Found:
    """Live records that fit; converted leads are left to their contacts. Unknown pages give the nearest one."""
    sobject = org.catalog.objects[kind.lower()]
    where = f'"IsDeleted" = 0 AND {_MATCHES}' + (' AND "IsConverted" = 0' if kind == "Lead" else "")
    values = {"text": wish.text.strip().lower()}
    total = int(connection.execute(f'SELECT count(*) FROM "{kind}" WHERE {where}', values).fetchone()[0])  # noqa: S608
    pages = max(1, -(-total // size))
    page = min(max(1, wish.page), pages)
    sql = (
        f'SELECT {_columns(sobject)} FROM "{kind}" WHERE {where} ORDER BY {_ORDERS[wish.order]}, '  # noqa: S608
        f'"SystemModstamp" DESC, "Id" LIMIT {size} OFFSET {(page - 1) * size}'
    )
    display = Display(org, connection)
    lines = [_line(row, display) for row in connection.execute(sql, values)]
    return Found(total, lines, page, pages, _has(sobject, "score"))


def _columns(sobject: SObject) -> str:
    """Id, name, e-mail, company, status, owner, score and tier; what the org does not have is empty."""
    if sobject.name == "Lead":
        company, status = '"Company"', '"Status"'
    else:
        account = '(SELECT "Name" FROM "Account" WHERE "Id" = "AccountId")'
        household = sobject.field("IsPersonAccount") is not None
        company = f"CASE \"IsPersonAccount\" WHEN 1 THEN 'Person account' ELSE {account} END" if household else account
        status = '"LeadSource"'
    scores = (
        f'"{STEM}{role}__c" AS {role}' if _has(sobject, role) else f"NULL AS {role}" for role in ("score", "tier")
    )
    return f'"Id", "Name", "Email", {company}, {status}, "OwnerId", {", ".join(scores)}'


def _has(sobject: SObject, role: str) -> bool:
    return sobject.field(f"{STEM}{role}__c") is not None


def _line(row: tuple[str | None, ...], display: Display) -> Line:
    key, name, email, company, status, owner, score, tier = row
    return Line(
        id=str(key),
        name=name or email or "No name",
        email=email or "",
        company=company or "",
        status=status or "",
        owner=display.name(owner),
        score=None if score is None else round(float(score)),
        tier=tier or "",
        tone=tone(tier or ""),
    )
