"""The queries of a scoring connector, every one of which must run, over REST and where it applies as a bulk job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sandbox.salesforce.soql import SoqlError
from tests.sandbox.soql import Soql, open_org


def _queries(text: str) -> list[str]:
    """The queries of a text, which has a blank line between them."""
    return [" ".join(query.split()) for query in text.split("\n\n")]


_SINCE = "SystemModstamp >= 2026-11-01T10:00:00Z AND SystemModstamp < 2026-11-22T10:00:00+00:00"
_DELTAS = _queries(f"""
SELECT Id, IsDeleted, MasterRecordId, IsConverted, ConvertedDate, ConvertedContactId, ConvertedAccountId,
ConvertedOpportunityId, FirstName, LastName, Email, Phone, Company, Title, LeadSource, Status, OwnerId, CreatedDate,
LastModifiedDate, LastModifiedById, SystemModstamp FROM Lead WHERE {_SINCE} ORDER BY SystemModstamp, Id

SELECT Id, IsDeleted, AccountId, Account.Name, Account.Industry, SystemModstamp FROM Contact WHERE {_SINCE}

SELECT Id, IsDeleted, MasterRecordId, Name, Industry, NumberOfEmployees, SystemModstamp FROM Account WHERE {_SINCE}

SELECT Id, WhoId, WhatId, AccountId, OwnerId, Subject, TaskSubtype, CallType, CallDurationInSeconds, Status,
IsClosed, Priority, ActivityDate, CompletedDateTime, CreatedDate, CreatedById, IsDeleted, IsArchived, SystemModstamp
FROM Task WHERE {_SINCE} AND Who.Type IN ('Lead','Contact') ORDER BY SystemModstamp, Id

SELECT Id, WhoId, WhatId, OwnerId, Subject, EventSubtype, ActivityDateTime, ActivityDate, StartDateTime,
EndDateTime, DurationInMinutes, IsChild, IsGroupEvent, CreatedDate, CreatedById, IsDeleted, IsArchived,
SystemModstamp FROM Event WHERE {_SINCE}

SELECT Id, EmailMessageId, RelationId, RelationType, RelationObjectType, EmailMessage.Incoming,
EmailMessage.MessageDate, EmailMessage.Status, EmailMessage.IsBounced, EmailMessage.FirstOpenedDate,
EmailMessage.LastOpenedDate FROM EmailMessageRelation WHERE RelationObjectType IN ('Lead','Contact') AND
SystemModstamp >= 2026-11-01T10:00:00Z

SELECT Id, FirstOpenedDate, LastOpenedDate FROM EmailMessage WHERE SystemModstamp >= 2026-11-01T10:00:00Z

SELECT Id, CampaignId, Campaign.Name, Campaign.Type, LeadId, ContactId, Status, HasResponded, FirstRespondedDate,
CreatedDate, SystemModstamp, IsDeleted FROM CampaignMember WHERE {_SINCE}

SELECT Id, AccountId, StageName, IsClosed, IsWon, Amount, CloseDate, CreatedDate, OwnerId, IsDeleted, SystemModstamp
FROM Opportunity WHERE {_SINCE}

SELECT Id, OpportunityId, ContactId, Role, IsPrimary, CreatedDate, IsDeleted, SystemModstamp FROM
OpportunityContactRole WHERE {_SINCE}

SELECT Id, OpportunityId, StageName, Amount, Probability, CloseDate, CreatedDate FROM OpportunityHistory WHERE
CreatedDate >= 2026-11-01T10:00:00Z

SELECT Id, LeadId, Field, OldValue, NewValue, CreatedDate, CreatedById FROM LeadHistory WHERE CreatedDate >=
2026-11-01T10:00:00Z AND Field IN ('Status','Owner','leadConverted')

SELECT Id, Name, Email, IsActive, UserType, TimeZoneSidKey, ManagerId FROM User WHERE SystemModstamp >=
2026-11-01T10:00:00Z
""")
_SETUP = _queries("""
SELECT ApiName, IsClosed, IsWon FROM OpportunityStage WHERE IsActive = true

SELECT ApiName, IsConverted FROM LeadStatus

SELECT QualifiedApiName, IsFieldHistoryTracked FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Lead'

SELECT Id, DeveloperName, Name FROM Group WHERE Type = 'Queue'

SELECT Id, Name, OrganizationType, IsSandbox, InstanceName, TimeZoneSidKey FROM Organization LIMIT 1

SELECT COUNT() FROM Lead

SELECT Id, Name, Active, SobjectType FROM AssignmentRule WHERE SobjectType = 'Lead'

SELECT Id, DeveloperName, IsActive, SobjectType FROM DuplicateRule

SELECT Id, Parent.Name, Field, PermissionsRead FROM FieldPermissions WHERE SobjectType = 'Lead'

SELECT Id, PermissionSet.Name, Assignee.Username FROM PermissionSetAssignment

SELECT WhoId, COUNT(Id) n, MAX(ActivityDate) last FROM Task WHERE IsClosed = true GROUP BY WhoId
""")


@pytest.fixture(scope="module")
def soql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soql]:
    org = open_org(tmp_path_factory.mktemp("org"))
    yield Soql(org)
    org.close()


@pytest.mark.parametrize("query", _DELTAS)
def test_a_delta_gives_the_same_rows_by_rest_and_by_bulk(soql: Soql, query: str) -> None:
    paged = soql.records(query, everything=True)
    flat = soql.flat(query, everything=True)
    assert sorted(row[0] for row in flat.rows) == sorted(record["Id"] for record in paged)


@pytest.mark.parametrize("query", _SETUP)
def test_a_look_at_the_set_up_runs(soql: Soql, query: str) -> None:
    assert soql.run(query, everything=True).total >= 0


def test_the_lead_delta_finds_changed_and_deleted_leads_in_order(soql: Soql) -> None:
    found = soql.records(_DELTAS[0], everything=True)
    assert [(record["LastName"], record["IsDeleted"]) for record in found] == [
        ("Gone", True),
        ("o'Hara", False),
        ("Ellis", False),
    ]


def test_the_task_delta_finds_archived_ones_too(soql: Soql) -> None:
    found = soql.records(_DELTAS[3], everything=True)
    assert {record["Subject"] for record in found if record["IsArchived"]} == {"Old call"}


def test_keyset_queries_walk_an_index(soql: Soql) -> None:
    with soql.org.reading() as connection:
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        soql.run(_DELTAS[0], everything=False)
        connection.set_trace_callback(None)
        wanted = next(each for each in statements if "ORDER BY" in each)
        plan = " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {wanted}"))
    assert "USING INDEX Lead_SystemModstamp" in plan


_RICH = _queries("""
SELECT Id, (SELECT Subject FROM Tasks WHERE IsClosed = true ORDER BY Id LIMIT 2), Account.Owner.Name FROM Contact

SELECT TYPEOF Who WHEN Lead THEN Company WHEN Contact THEN Account.Name ELSE Name END FROM Task ORDER BY Who.Name

SELECT CALENDAR_YEAR(CreatedDate) y, COUNT(Id) FROM Lead GROUP BY CALENDAR_YEAR(CreatedDate) HAVING COUNT(Id) > 1

SELECT FIELDS(ALL) FROM Lead WHERE Id NOT IN (SELECT WhoId FROM Task WHERE ActivityDate = LAST_N_DAYS:5) LIMIT 9

SELECT FORMAT(AnnualRevenue) a, toLabel(Status), Address FROM Lead WHERE Status LIKE 'a%' AND (NOT Id > '00Q')
""")
_TOKENS = [re.findall(r"'[^']*'|[\w.:+-]+|\S", text) for text in (*_DELTAS, *_SETUP, *_RICH)]
_ALL = sorted({token for tokens in _TOKENS for token in tokens})


@st.composite
def _broken(draw: st.DrawFn) -> str:
    """A sound query with a few words taken out, put in or exchanged."""
    tokens = list(draw(st.sampled_from(_TOKENS)))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(tokens) - 1))
        tokens[place : place + draw(st.integers(0, 1))] = draw(st.lists(st.sampled_from(_ALL), max_size=2)) or ["Id"]
    return " ".join(tokens)


@settings(max_examples=400, deadline=None)
@given(_broken())
def test_a_broken_query_is_answered_or_refused_and_nothing_else(soql: Soql, text: str) -> None:
    for everything in (False, True):
        with suppress(SoqlError):
            soql.records(text, everything=everything)
    with suppress(SoqlError):
        assert all(isinstance(cell, str) for row in soql.flat(text).rows for cell in row)
