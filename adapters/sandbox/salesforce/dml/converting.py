"""Converting a lead into an account, a contact and, if wanted, an opportunity.

Facts: SOAP API Developer Guide, "convertLead()": the lead stays, closed for changes; in records that are there already
only empty fields are filled; activities, campaign memberships and mails go over to the contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from adapters.sandbox.salesforce.dml.activities import touch
from adapters.sandbox.salesforce.dml.effects import create, write
from adapters.sandbox.salesforce.dml.history import remember_event
from adapters.sandbox.salesforce.dml.locking import check_locks
from adapters.sandbox.salesforce.dml.mapping import mapped
from adapters.sandbox.salesforce.dml.moving import change_rows, move_children
from adapters.sandbox.salesforce.dml.persons import through
from adapters.sandbox.salesforce.dml.reading import read_id
from adapters.sandbox.salesforce.dml.results import RowResult, bad_reference, deleted, missing
from adapters.sandbox.salesforce.dml.rows import Row, fetch, fetch_by, live
from adapters.sandbox.salesforce.dml.storing import store_changed
from adapters.sandbox.salesforce.dml.updating import find
from adapters.sandbox.salesforce.dml.work import Draft, Work, working
from adapters.sandbox.salesforce.ids import prefix_of
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.values import RowError
from adapters.sandbox.salesforce.zones import local_day

_ALREADY = RowError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ())
_STATUS = 'SELECT "ApiName" FROM "LeadStatus" WHERE "IsConverted" = 1 ORDER BY "SortOrder" LIMIT 1'
_STAGE = 'SELECT "ApiName" FROM "OpportunityStage" WHERE "IsActive" = 1 AND "IsClosed" = 0 ORDER BY "SortOrder" LIMIT 1'
_USER = "005"


@dataclass(frozen=True, slots=True)
class ConvertResult(RowResult):
    """What a lead became; `id` is the lead's."""

    account_id: str | None = None
    contact_id: str | None = None
    opportunity_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Parties:
    account: str
    contact: str


def convert_lead(
    org: Org,
    user_id: str,
    lead_id: str,
    *,
    account_id: str | None = None,
    contact_id: str | None = None,
    opportunity_name: str | None = None,
) -> ConvertResult:
    """Converts a lead, into records that are there when they are named. Nothing is written on an error.

    A lead without a company becomes a Person Account where the org has them. `opportunity_name` None: no opportunity.
    """
    try:
        with working(org, user_id) as work:
            return _converted(work, _lead(work, lead_id), account_id, contact_id, opportunity_name)
    except RowError as error:
        return ConvertResult(None, False, (error,))


def _converted(
    work: Work, lead: Row, account_id: str | None, contact_id: str | None, opportunity_name: str | None
) -> ConvertResult:
    parties = _parties(work, lead, account_id, contact_id)
    opportunity = _opportunity(work, lead, parties, opportunity_name) if opportunity_name else None
    _close(work, lead, parties, opportunity)
    _hand_over(work, lead["Id"], parties.contact)
    return ConvertResult(lead["Id"], True, (), False, parties.account, parties.contact, opportunity)


def _lead(work: Work, id: str) -> Row:
    sobject = work.sobject("Lead")
    draft = Draft(id=read_id(sobject, id))
    find(work, sobject, [draft])
    check_locks(work, [draft])
    if draft.error or draft.before is None:
        raise draft.error or bad_reference()
    if draft.before["IsConverted"]:
        raise _ALREADY
    return draft.before


def _parties(work: Work, lead: Row, account_id: str | None, contact_id: str | None) -> _Parties:
    contact = _existing(work, "Contact", contact_id)
    account = _existing(work, "Account", account_id or (contact or {}).get("AccountId"))
    if contact is not None and account is not None:
        _fill(work, contact, lead)
        return _Parties(account["Id"], contact["Id"])
    if account is None and not lead.get("Company"):
        return _person(work, lead)
    return _business(work, lead, account)


def _existing(work: Work, name: str, id: str | None) -> Row | None:
    if id is None:
        return None
    found = fetch(work.connection, name, [read_id(work.sobject(name), id)])
    for row in found.values():
        if row["IsDeleted"]:
            raise deleted()
        return row
    raise bad_reference()


def _person(work: Work, lead: Row) -> _Parties:
    if not work.org.settings.person_accounts:
        raise missing("Company")
    account, contact = work.sobject("Account"), work.sobject("Contact")
    values = mapped(lead, work.sobject("Lead"), contact)
    seen = {name: values[there] for name, there in through(account).items() if there in values}
    own = {name: value for name, value in values.items() if account.field(name) and name != "Description"}
    draft = Draft(after=own | seen | {"OwnerId": _owner(work, lead)}, given={"LastName": lead["LastName"]})
    create(work, "Account", [draft])
    return _Parties(str(draft.id), str(draft.after["PersonContactId"]))


def _business(work: Work, lead: Row, account: Row | None) -> _Parties:
    owner = {"OwnerId": _owner(work, lead)}
    if account is None:
        made = Draft(after=mapped(lead, work.sobject("Lead"), work.sobject("Account")) | owner)
        create(work, "Account", [made])
        account = made.after
    elif account.get("IsPersonAccount"):
        person = fetch(work.connection, "Contact", [account["PersonContactId"]])[account["PersonContactId"]]
        _fill(work, person, lead)
        return _Parties(account["Id"], person["Id"])
    values = mapped(lead, work.sobject("Lead"), work.sobject("Contact")) | owner | {"AccountId": account["Id"]}
    contact = Draft(after=values)
    create(work, "Contact", [contact])
    return _Parties(account["Id"], str(contact.id))


def _fill(work: Work, contact: Row, lead: Row) -> None:
    """Values of the lead for what the contact leaves empty."""
    sobject = work.sobject("Contact")
    values = mapped(lead, work.sobject("Lead"), sobject)
    empty = {name: value for name, value in values.items() if contact.get(name) is None}
    write(work, sobject, [Draft(contact, contact | empty, empty)])


def _opportunity(work: Work, lead: Row, parties: _Parties, name: str) -> str:
    stage = work.connection.execute(_STAGE).fetchone()
    values = {
        "Name": name,
        "AccountId": parties.account,
        "ContactId": parties.contact,
        "OwnerId": _owner(work, lead),
        "StageName": stage[0] if stage else None,
        "CloseDate": _quarter_end(local_day(work.now, work.org.settings.time_zone)),
    }
    made = Draft(after=mapped(lead, work.sobject("Lead"), work.sobject("Opportunity")) | values)
    create(work, "Opportunity", [made])
    role = {"OpportunityId": made.id, "ContactId": parties.contact, "IsPrimary": 1}
    create(work, "OpportunityContactRole", [Draft(after=role)])
    return str(made.id)


def _owner(work: Work, lead: Row) -> str:
    """The lead's owner; a queue can own no account, so then it is who converts."""
    owner = str(lead.get("OwnerId"))
    return owner if prefix_of(owner) == _USER else work.user_id


def _quarter_end(today: str) -> str:
    """The last day of the quarter, which a new opportunity is expected to close on."""
    day = date.fromisoformat(today)
    after = (day.month - 1) // 3 * 3 + 4
    first = date(day.year + after // 13, (after - 1) % 12 + 1, 1)
    return date.fromordinal(first.toordinal() - 1).isoformat()


def _close(work: Work, lead: Row, parties: _Parties, opportunity: str | None) -> None:
    status = work.connection.execute(_STATUS).fetchone()
    closed = {
        "IsConverted": 1,
        "ConvertedDate": local_day(work.now, work.org.settings.time_zone),
        "ConvertedAccountId": parties.account,
        "ConvertedContactId": parties.contact,
        "ConvertedOpportunityId": opportunity,
        "Status": status[0] if status else "Closed - Converted",
        "IsUnreadByOwner": 0,
    }
    store_changed(work, "Lead", [Draft(lead, lead | closed)])
    remember_event(work, work.sobject("Lead"), [lead["Id"]], "leadConverted")
    work.note("Lead", lead["Id"], "converted")


def _hand_over(work: Work, lead: str, contact: str) -> None:
    parents = {lead: contact}
    for name in ("Task", "Event"):
        move_children(work, name, "WhoId", parents)
        move_children(work, f"{name}Relation", "RelationId", parents)
    move_children(work, "EmailMessageRelation", "RelationId", parents)
    members = live(fetch_by(work.connection, "CampaignMember", "LeadId", [lead]))
    there = {row["CampaignId"] for row in live(fetch_by(work.connection, "CampaignMember", "ContactId", [contact]))}
    alone = [row for row in members if row["CampaignId"] not in there]
    change_rows(work, "CampaignMember", [Draft(row, row | {"ContactId": contact}) for row in alone])
    touch(work, [lead, contact])
