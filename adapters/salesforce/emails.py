"""E-mails: `EmailMessage` has no WhoId, its people are in `EmailMessageRelation`, which is what is read.

One relation is a row here; the rows of one mail come together and become one activity. An incoming mail belongs to
whom it is from, an outgoing one to whom it was sent: a lead in copy of somebody's reply has not replied.
https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_emailmessagerelation.htm
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from adapters.contract import ActivityRecord
from adapters.salesforce.org import Org
from adapters.salesforce.soql import ID, STAMP, Phase, among
from adapters.salesforce.values import Column, Row, batches, columns, json_reader, moment

EMAIL, RELATION, KEY = "EmailMessage", "EmailMessageRelation", "EmailMessageId"

FIELDS = ("Incoming", "Status", "MessageDate", "IsBounced", "IsTracked", "FirstOpenedDate", "CreatedDate")
NEEDED = ("IsDeleted", STAMP)
OWN = (ID, KEY, "RelationId", "RelationType", "RelationObjectType")
OF_MAIL = f"{EMAIL}."
OF_PEOPLE = "RelationObjectType IN ('Lead', 'Contact')"

BATCH = 400
"""Ids in one short query; an id is 27 characters of an address."""

FROM = "From"
"""How the type of the sender's relation begins (``FromAddress``)."""


def phase(org: Org) -> Phase:
    """How mails are read. Raises `Misconfigured` where our user may not."""
    return Phase(EMAIL, RELATION, tuple(_columns(org)), (OF_PEOPLE,), (OF_MAIL + STAMP,), KEY)


def records(rows: Sequence[Row]) -> list[ActivityRecord]:
    """Rows in the order of their mails, as one activity a mail."""
    return [_record(list(group)) for _, group in groupby(rows, key=lambda row: row[KEY])]


def of_people(org: Org, ids: Sequence[str]) -> Iterator[ActivityRecord]:
    """All mails of these people, with their other people. Raises the error family."""
    if org.describes.get(EMAIL) is None or org.describes.get(RELATION) is None:
        return
    soql = f"SELECT {KEY} FROM {RELATION} WHERE {among('RelationId', ids)}"  # noqa: S608
    mails = list(dict.fromkeys(str(row[KEY]) for row in org.client.all(soql, deleted=True)))
    for batch in batches(mails, BATCH):
        yield from records(_of_mails(org, batch))


def _of_mails(org: Org, mails: Sequence[str]) -> list[Row]:
    selected = _columns(org)
    names = ", ".join(one.asked for one in selected)
    soql = f"SELECT {names} FROM {RELATION} WHERE {OF_PEOPLE} AND {among(KEY, mails)} ORDER BY {KEY}, {ID}"  # noqa: S608
    return list(map(json_reader(selected), org.client.all(soql, deleted=True)))


def _columns(org: Org) -> list[Column]:
    relation, mail = org.describes.need(RELATION), org.describes.need(EMAIL)
    return columns(relation, OWN) + columns(mail, [*NEEDED, *FIELDS], OF_MAIL)


def _record(rows: list[Row]) -> ActivityRecord:
    first = rows[0]
    incoming = first.get(f"{OF_MAIL}Incoming") == "true"
    people = [row["RelationId"] for row in rows if (row["RelationType"] or "").startswith(FROM) == incoming]
    return ActivityRecord(
        f"{EMAIL}:{first[KEY]}",
        EMAIL,
        tuple(one for one in dict.fromkeys(people) if one),
        moment(first.get(f"{OF_MAIL}MessageDate")) or moment(first.get(f"{OF_MAIL}CreatedDate")),
        {name: first[OF_MAIL + name] for name in FIELDS if OF_MAIL + name in first},
        updated_at=moment(first.get(OF_MAIL + STAMP)),
        archived=first.get(f"{OF_MAIL}IsDeleted") == "true",
    )
