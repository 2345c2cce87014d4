"""The shipped Salesforce mapping: what a record and an activity of an org say in our words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from mapping_support import CREATED, UPDATED, VOCABULARY, live_fields, parsed

import mappings
from adapters.contract import ActivityRecord, CrmField, FieldType, Record
from connector.core.mapping import (
    BoundMapping,
    MappedActivity,
    bind,
    map_activity,
    map_record,
    signal_activities,
    wanted_fields,
)
from connector.core.types import FieldValue

MAPPING = parsed(mappings.package_text("salesforce.yaml"))
STANDARD = {
    *("FirstName", "LastName", "Email", "Phone", "MobilePhone", "City", "State", "PostalCode", "Title", "Company"),
    *("Industry", "NumberOfEmployees", "AnnualRevenue", "LeadSource", "HasOptedOutOfEmail", "DoNotCall", "OwnerId"),
    *("Status", "EmailBouncedDate"),
}
"""What every org has."""
AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SECONDS = 1_795_168_800
MADE = "2026-11-18T08:00:00.000+0000"


def bound_to(*names: str) -> BoundMapping:
    """The mapping bound to an org with these fields."""
    return bind(MAPPING, [CrmField(name, name, FieldType.TEXT) for name in names])[0]


BOUND = bind(MAPPING, live_fields(MAPPING))[0]


def lead(**values: str | None) -> Record:
    return Record("00QHs00001000002MAA", values, CREATED, UPDATED)


def mapped(type: str, values: Mapping[str, str | None], at: datetime = AT) -> MappedActivity:
    found = map_activity(BOUND, ActivityRecord(f"{type}:1", type, ("00Q",), at, values))
    assert found is not None
    return found


def kind(type: str, **values: str | None) -> str:
    return mapped(type, values).kind


def test_it_serves_every_field_of_the_vocabulary_and_every_activity_type_of_the_adapter() -> None:
    read = {spec.name for spec in MAPPING.fields} | {s.reads.name for s in MAPPING.score_fields.fields if s.reads}
    assert read == set(VOCABULARY.fields)
    assert {type_map.type for type_map in MAPPING.activities} == {"Task", "Event", "EmailMessage", "CampaignMember"}


def test_the_score_fields_are_the_same_as_in_hubspot_under_salesforces_kind_of_names() -> None:
    ours = {field.wanted.name: (field.value, field.wanted.type) for field in MAPPING.score_fields.fields}
    hubspot = parsed(mappings.package_text("hubspot.yaml")).score_fields.fields
    assert ours == {field.wanted.name: (field.value, field.wanted.type) for field in hubspot}
    names = [wanted.name for wanted in wanted_fields(MAPPING)]
    assert names[:2] == ["Leadtier_score__c", "Leadtier_tier__c"]
    assert all(name.startswith("Leadtier_") and name.endswith("__c") for name in names)


@pytest.mark.parametrize(
    ("property", "raw", "field", "value"),
    [
        ("FirstName", "Zoë", "first_name", "Zoë"),
        ("State", "Texas", "state", "TX"),
        ("PostalCode", "78701-1234", "zip", "78701"),
        ("County__c", "Travis County", "county", "Travis"),
        ("Title", "Owner", "job_title", "Owner"),
        ("Company", "Cedar Plumbing LLC", "company", "Cedar Plumbing LLC"),
        ("Industry", "Construction", "industry", "construction"),
        ("NumberOfEmployees", "12", "employer_size", 12),
        ("AnnualRevenue", "1250000.0", "annual_revenue", 1_250_000),
        ("Age__c", "42 years", "age", 42),
        ("Household_Income__c", "$85k", "household_income", 85_000),
        ("Homeowner__c", "Yes", "homeowner", True),
        ("Homeowner__c", "Rent", "homeowner", False),
        ("Number_of_Dependents__c", "0", "dependents", 0),
        ("Coverage_Amount__c", "500000.0", "coverage_amount", 500_000),
        ("Product_Interest__c", "Medicare Supplement", "product_interest", "medicare_supplement"),
        ("Currently_Insured__c", "No", "currently_insured", False),
        ("Renewal_Date__c", "2026-12-01", "renewal_date", "2026-12-01"),
        ("HasOptedOutOfEmail", "true", "email_opt_out", True),
        ("Do_Not_Contact__c", "false", "do_not_contact", False),
        ("LeadSource", "Quote comparison site", "lead_source", "quote_comparison"),
        ("LeadSource", "Web", "lead_source", "website"),
        ("LeadSource", "Phone Inquiry", "lead_source", "phone_in"),
        ("LeadSource", "Partner Referral", "lead_source", "referral"),
        ("LeadSource", "Purchased List", "lead_source", "purchased_list"),
        ("OwnerId", "005Hs000000001fIAA", "owner_id", "005Hs000000001fIAA"),
        ("Leadtier_flag__c", "too_high", "flag", "too_high"),
    ],
)
def test_a_value_is_read(property: str, raw: str, field: str, value: FieldValue) -> None:
    assert map_record(BOUND, lead(**{property: raw})) == ({field: value}, [])


@pytest.mark.parametrize(
    ("name", "label", "field"),
    [
        ("DOB__c", "DOB", "date_of_birth"),
        ("Birthdate__c", "Birthdate", "date_of_birth"),
        ("HH_Inc__c", "Household Income", "household_income"),
        ("Income__c", "Income", "household_income"),
        ("Line_of_Business__c", "Line of Business", "product_interest"),
        ("agency__LOB__c", "Line of Business", "product_interest"),
        ("X_Date__c", "X-Date", "renewal_date"),
        ("DoNotCall", "Do Not Call", "do_not_contact"),
    ],
)
def test_other_orgs_names_are_found_by_name_or_label(name: str, label: str, field: str) -> None:
    bound, _ = bind(MAPPING, [CrmField(name, label, FieldType.TEXT)])
    assert [(found.name, found.property) for found in bound.fields] == [(field, name)]


def test_an_org_with_standard_fields_only_still_gives_a_lead() -> None:
    bound = bound_to(*STANDARD)
    read = {field.name for field in bound.fields}
    assert {"email", "state", "company", "employer_size", "lead_source", "email_opt_out", "owner_id"} <= read
    assert set(bound.properties) <= STANDARD | {"Email_Last_Send_At__c", "Email_Last_Open_At__c"}


# --------------------------------------------------------------------------------------------------------------- tasks

CLOSED = {"IsClosed": "true", "Status": "Completed"}


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        ("Connected", "call_answered"),
        ("connected - interested", "call_answered"),
        ("Spoke with lead", "call_answered"),
        ("Meaningful Connect", "call_answered"),
        ("Not interested", "call_answered"),
        ("Left voicemail", "voicemail_left"),
        ("LVM", "voicemail_left"),
        ("Left message", "voicemail_left"),
        ("No answer - left voicemail", "voicemail_left"),
        ("Left message on machine", "voicemail_left"),
        ("Left live message", "call_attempted"),
        ("No answer", "call_attempted"),
        ("no-answer", "call_attempted"),
        ("NO_ANSWER", "call_attempted"),
        ("Unanswered", "call_attempted"),
        ("Did not connect", "call_attempted"),
        ("Voicemail full", "call_attempted"),
        ("Busy", "call_attempted"),
        ("Wrong number", "wrong_number"),
        ("Number disconnected", "wrong_number"),
        ("Purple", "other"),
        (None, "other"),
    ],
)
def test_a_call_is_told_by_what_the_dialer_wrote(disposition: str | None, expected: str) -> None:
    call = {**CLOSED, "TaskSubtype": "Call", "CallType": "Outbound", "CallDisposition": disposition}
    assert kind("Task", **call) == expected


def test_every_call_that_came_in_is_the_leads_own_act() -> None:
    assert kind("Task", **CLOSED, TaskSubtype="Call", CallType="Inbound", CallDisposition="No answer") == "called_us"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"Type": "Text Sent"}, "message_sent"),
        ({"Type": "SMS"}, "message_sent"),
        ({"Type": "Text Received"}, "message_received"),
        ({"Type": "Inbound SMS"}, "message_received"),
        ({"Type": "SMS", "CallType": "Inbound"}, "message_received"),
        ({"Type": "Note"}, "note_logged"),
        ({"Type": "Email", "TaskSubtype": "Email"}, "email_sent"),
        ({"Type": "Email Received"}, "email_replied"),
        ({"TaskSubtype": "ListEmail"}, "other"),
        ({"Type": "Call", "TaskSubtype": "Task"}, "other"),
        ({"TaskSubtype": "Task"}, "task_logged"),
        ({"Type": "Send proposal"}, "task_logged"),
    ],
)
def test_a_closed_task_is_told_by_its_type(values: dict[str, str], expected: str) -> None:
    assert kind("Task", **CLOSED, **values) == expected


def test_a_plan_counts_when_it_was_made_whatever_is_planned() -> None:
    planned = mapped("Task", {"IsClosed": "false", "Type": "Call", "TaskSubtype": "Call", "CreatedDate": MADE})
    done = mapped("Task", {**CLOSED, "TaskSubtype": "Task", "CreatedDate": MADE})
    assert planned == done == MappedActivity("Task:1", "task_logged", SECONDS - 50 * 3600)


def test_a_call_counts_when_it_was_held() -> None:
    call = {**CLOSED, "CallDisposition": "Connected", "CreatedDate": MADE}
    assert mapped("Task", call) == MappedActivity("Task:1", "call_answered", SECONDS)


# ------------------------------------------------------------------------------------------- events, mails, campaigns


@pytest.mark.parametrize("field", ["Meeting_Outcome__c", "Meeting_Status__c", "Appointment_Status__c", "Outcome__c"])
@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("Completed", "meeting_held"),
        ("Showed", "meeting_held"),
        ("No Show", "meeting_missed"),
        ("no-show", "meeting_missed"),
        ("Canceled", "meeting_canceled"),
        ("Cancelled by client", "meeting_canceled"),
        ("Rescheduled", "meeting_booked"),
        ("Scheduled", "meeting_booked"),
        ("Postponed by rain", "other"),
    ],
)
def test_a_meeting_is_told_by_the_orgs_own_outcome_field(field: str, outcome: str, expected: str) -> None:
    assert kind("Event", **{field: outcome}) == expected


def test_a_meeting_without_outcome_counts_as_booked_when_it_was_put_in_the_calendar() -> None:
    booked = mapped("Event", {"CreatedDate": MADE, "StartDateTime": "2026-11-20T10:00:00.000+0000"})
    held = mapped("Event", {"CreatedDate": MADE, "Meeting_Outcome__c": "Completed"})
    assert booked == MappedActivity("Event:1", "meeting_booked", SECONDS - 50 * 3600)
    assert held == MappedActivity("Event:1", "meeting_held", SECONDS)


def test_an_incoming_mail_is_a_reply_and_one_that_did_not_go_out_is_nothing() -> None:
    assert kind("EmailMessage", Incoming="true", Status="1") == "email_replied"
    assert kind("EmailMessage", Incoming="false", Status="3", IsBounced="false") == "email_sent"
    assert kind("EmailMessage", Incoming="false", Status="3", IsBounced="true") == "other"
    assert kind("EmailMessage", Incoming="false", Status="5") == "other"


@pytest.mark.parametrize(
    ("campaign", "expected"),
    [
        ("Request a quote: Quote form 2026-11", "quote_requested"),
        ("Talk to an agent: Callback request 2026-11", "callback_requested"),
        ("Comparison guide: Guide download 2026-11", "comparison_guide_downloaded"),
        ("Quote comparison guide", "comparison_guide_downloaded"),
        ("Medicare webinar", "form_submitted"),
    ],
)
def test_a_response_is_told_by_the_campaigns_name_and_being_in_a_campaign_is_nothing(
    campaign: str, expected: str
) -> None:
    values = {"Campaign.Name": campaign, "Status": "Responded"}
    assert kind("CampaignMember", **values, HasResponded="true") == expected
    assert kind("CampaignMember", **values, HasResponded="false") == "other"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Attended", "form_submitted"),
        ("Registered", "form_submitted"),
        ("Opened", "email_opened"),
        ("Clicked", "email_clicked"),
        ("Unsubscribed", "unsubscribed"),
        ("No Show", "other"),
    ],
)
def test_what_a_mailing_tool_writes_as_the_members_status_decides_before_the_campaigns_name(
    status: str, expected: str
) -> None:
    assert kind("CampaignMember", Status=status, HasResponded="true", **{"Campaign.Name": "Webinar"}) == expected


def test_the_mails_of_a_campaign_named_quote_are_no_request() -> None:
    values = {"Campaign.Name": "Quote follow-up", "Status": "Opened"}
    assert kind("CampaignMember", **values, HasResponded="true") == "email_opened"


# ------------------------------------------------------------------------------------------------------------- signals


def test_pages_opens_and_opt_outs_are_read_from_the_record_with_salesforces_times() -> None:
    when = "2026-11-20T10:00:00.000+0000"
    acts = signal_activities(
        BOUND,
        lead(
            Last_Page_At__c=when,
            Last_Page_URL__c="https://agency.example/pricing",
            Email_Opens__c="2.0",
            Email_First_Open_At__c="2026-11-19T10:00:00.000+0000",
            Email_Last_Open_At__c=when,
            Email_Last_Campaign__c="Mail 2",
            HasOptedOutOfEmail="true",
            Email_Last_Send_At__c=when,
        ),
    )
    assert acts == [
        MappedActivity("signal:page:2026-11-20T10:00:00Z:pricing_page_viewed", "pricing_page_viewed", SECONDS),
        MappedActivity("signal:unsubscribed", "unsubscribed", SECONDS),
        MappedActivity("signal:email_opened:1", "email_opened", SECONDS - 86_400),
        MappedActivity("signal:email_opened:2", "email_opened", SECONDS, "Mail 2"),
    ]


def test_an_unticked_opt_out_is_no_act() -> None:
    assert signal_activities(BOUND, lead(HasOptedOutOfEmail="false")) == []
