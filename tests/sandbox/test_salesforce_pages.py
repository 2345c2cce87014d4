"""The org's own screens: what a rep sees of a score, and how a flag gets back."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.sandbox.app import create_app
from adapters.sandbox.salesforce import dml
from adapters.sandbox.salesforce.book import fill
from adapters.sandbox.salesforce.catalog import make_field
from adapters.sandbox.salesforce.ids import make_id
from adapters.sandbox.salesforce.org import Org
from adapters.sandbox.salesforce.settings import OrgSettings
from adapters.sandbox.settings import Settings
from adapters.sandbox.store import Store
from tests.sandbox.org import SalesforceOrg, app_for

NOW = datetime(2026, 11, 22, 16, tzinfo=UTC)
FLAGS = ("too_high", "too_low", "do_not_contact")
HOUR, DAY = 3_600_000, 86_400_000


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An org with the agency's people in a file, to be copied."""
    path = tmp_path_factory.mktemp("book") / "org.db"
    org = Org(path, OrgSettings(clock=NOW.timestamp))
    fill(org, 120, 5, NOW)
    org.close()
    return path


@pytest.fixture
def filled(book: Path, tmp_path: Path) -> Iterator[Org]:
    org = Org(Path(shutil.copy(book, tmp_path / "org.db")), OrgSettings(clock=NOW.timestamp))
    yield org
    org.close()


@pytest.fixture
def visitor(filled: Org) -> FlaskClient:
    return app_for(filled).test_client()


def add_score_fields(org: Org, *, visible: bool = True) -> None:
    for sobject in ("Lead", "Contact"):
        for name, kind, facts in _score_fields():
            field = make_field(f"Leadtier_{name}__c", kind, label=f"Score {name}", custom=True, **facts)
            org.add_custom_field(sobject, field, visible=visible)


def _score_fields() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "score", "double", {"precision": 18}
    yield "tier", "picklist", {"picklist": ("Hot", "Warm", "Cold")}
    yield "stage", "picklist", {"picklist": ("none", "MQL", "SQL")}
    yield from ((name, "string", {}) for name in ("reason_1", "reason_2", "reason_3", "model_version"))
    yield from ((name, "string", {"length": 255}) for name in ("flag_note", "flag_status", "flag_link"))
    yield "rationale", "textarea", {"length": 32_768}
    yield "scored_at", "datetime", {}
    yield "flag", "picklist", {"picklist": FLAGS, "restricted": True}


def ids(org: Org, sobject: str, condition: str = "1") -> list[str]:
    with org.reading() as connection:
        rows = connection.execute(f'SELECT "Id" FROM "{sobject}" WHERE {condition} ORDER BY "Id"')
        return [key for (key,) in rows]


def open_lead(org: Org) -> str:
    """A lead of a rep who still works here."""
    return ids(org, "Lead", f'NOT "IsDeleted" AND NOT "IsConverted" AND "OwnerId" IN {_ACTIVE}')[0]


_ACTIVE = '(SELECT "Id" FROM "User" WHERE "IsActive" AND "FirstName" <> \'Leadtier\')'


def stored(org: Org, sobject: str, id: str) -> dict[str, Any]:
    with org.reading() as connection:
        found = connection.execute(f'SELECT * FROM "{sobject}" WHERE "Id" = ?', [id])
        return dict(zip([column[0] for column in found.description], found.fetchone(), strict=True))


def write(org: Org, sobject: str, id: str, **values: Any) -> None:
    """Puts stored values past every rule."""
    with org.writing() as connection:
        names = ", ".join(f'"{name}" = ?' for name in values)
        connection.execute(f'UPDATE "{sobject}" SET {names} WHERE "Id" = ?', [*values.values(), id])


def address(sobject: str, id: str) -> str:
    return f"/lightning/r/{sobject}/{id}/view"


def text(response: TestResponse) -> str:
    """What a person reads, tags and runs of blanks removed."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def send_flag(visitor: FlaskClient, page: str, **fields: str) -> TestResponse:
    token = re.search(r'name="token" value="([^"]+)"', visitor.get(page).get_data(as_text=True))
    assert token
    return visitor.post(page.removesuffix("view") + "flag", data={"token": token[1], **fields})


def test_every_record_of_the_book_has_a_page(visitor: FlaskClient, filled: Org) -> None:
    for sobject in ("Lead", "Contact", "Account"):
        for each in ids(filled, sobject, 'NOT "IsDeleted"'):
            assert visitor.get(address(sobject, each), follow_redirects=True).status_code == 200, each


def test_a_bare_record_id_leads_to_its_page_in_15_or_18_characters(visitor: FlaskClient, filled: Org) -> None:
    lead = open_lead(filled)
    assert visitor.get(f"/{lead}").location == address("Lead", lead)
    assert visitor.get(f"/{lead[:15]}").location == address("Lead", lead)
    assert visitor.get(address("Lead", lead[:15])).status_code == 200


@pytest.mark.parametrize("path", ["/apple-touch-icon", "/abcdefghijklmno", "/00Qnonsense", "/00QHs0000004C98MAX"])
def test_an_address_that_is_no_record_id_is_not_taken_for_one(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert answer.location is None
    assert answer.mimetype == "application/json"


def test_the_root_is_the_start_page_unless_hubspot_has_it(visitor: FlaskClient, filled: Org, tmp_path: Path) -> None:
    assert visitor.get("/").location == "/lightning/page/home"
    store = Store(tmp_path / "crm.db", Settings(clock=NOW.timestamp))
    both = create_app(store, org=filled).test_client()
    assert both.get("/").location is None
    assert both.get("/lightning/page/home").status_code == 200
    store.close()


def test_the_start_page_counts_and_links_the_lists(visitor: FlaskClient, filled: Org) -> None:
    page = visitor.get("/lightning/page/home")
    leads = len(ids(filled, "Lead", 'NOT "IsDeleted" AND NOT "IsConverted"'))
    assert f"Leads {leads}" in text(page)
    assert "/lightning/o/Contact/list" in page.get_data(as_text=True)


@pytest.mark.parametrize("kind", ["Lead", "Contact"])
def test_a_list_shows_everybody_once_in_pages(visitor: FlaskClient, filled: Org, kind: str) -> None:
    wanted = ids(filled, kind, 'NOT "IsDeleted"' + (' AND NOT "IsConverted"' if kind == "Lead" else ""))
    pages = -(-len(wanted) // 50)
    seen: list[str] = []
    for page in range(1, pages + 1):
        html = visitor.get(f"/lightning/o/{kind}/list?page={page}").get_data(as_text=True)
        seen += re.findall(rf"/lightning/r/{kind}/(\w{{18}})/view", html)
    assert sorted(seen) == wanted
    assert visitor.get(f"/lightning/o/{kind}/list?page=99").status_code == 200


def test_people_are_found_by_a_part_of_name_or_address_in_any_case(visitor: FlaskClient, filled: Org) -> None:
    write(filled, "Lead", open_lead(filled), Name="Zebulon O'Quux", Email="zeb@there.example")
    assert "Zebulon O&#39;Quux" in visitor.get("/lightning/o/Lead/list?q=o'QUU").get_data(as_text=True)
    assert "1 lead matching" in text(visitor.get("/lightning/o/Lead/list?q=ZEB@there"))
    assert "Nobody found" in text(visitor.get("/lightning/o/Lead/list?q=%25"))


def test_a_list_sorts_by_score_with_the_unscored_last(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    leads = ids(filled, "Lead", 'NOT "IsDeleted" AND NOT "IsConverted"')[:3]
    for each, score in zip(leads, (9.0, 100.0, 64.0), strict=True):
        write(filled, "Lead", each, Leadtier_score__c=score, Leadtier_tier__c="Cold")

    def first_three(sort: str) -> list[str]:
        html = visitor.get(f"/lightning/o/Lead/list?sort={sort}").get_data(as_text=True)
        return re.findall(r"/lightning/r/Lead/(\w{18})/view", html)[:3]

    assert first_three("-score") == [leads[1], leads[2], leads[0]]
    assert first_three("score") == [leads[0], leads[2], leads[1]]
    assert first_three("rubbish") == first_three("-score")


def test_without_score_fields_a_list_has_no_score_column(visitor: FlaskClient, filled: Org) -> None:
    assert "Score" not in text(visitor.get("/lightning/o/Lead/list"))
    add_score_fields(filled)
    assert "Not scored" in text(visitor.get("/lightning/o/Lead/list"))


def test_a_record_shows_labels_and_words_and_leaves_out_what_is_empty(visitor: FlaskClient, filled: Org) -> None:
    lead = open_lead(filled)
    write(filled, "Lead", lead, Coverage_Amount__c=250000.0, Renewal_Date__c="2027-03-01", DoNotCall=0, Rating=None)
    write(filled, "Lead", lead, City="Bath", State="ME", Street=None, PostalCode="04530", Country="US", Fax=None)
    page = text(visitor.get(address("Lead", lead)))
    assert "Coverage Amount $250,000" in page
    assert "Renewal Date Mar 1, 2027" in page
    assert "Address Bath, ME, 04530, US" in page
    assert not re.search(r"Do Not Call|Rating|Fax|OwnerId|__c", page.replace("Leadtier_flag__c", ""))


def test_the_owner_is_told_by_name(visitor: FlaskClient, filled: Org) -> None:
    lead = open_lead(filled)
    owner = stored(filled, "User", stored(filled, "Lead", lead)["OwnerId"])
    assert f"Owner {owner['Name']}" in text(visitor.get(address("Lead", lead)))


def test_times_are_told_in_the_orgs_time_zone(visitor: FlaskClient, filled: Org) -> None:
    at = int(datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC).timestamp() * 1000)
    lead = open_lead(filled)
    write(filled, "Lead", lead, Last_Page_At__c=at)
    assert "Last Page At Nov 1, 2026, 10:04 PM" in text(visitor.get(address("Lead", lead)))


def test_without_score_fields_the_card_says_who_makes_them(visitor: FlaskClient, filled: Org) -> None:
    page = text(visitor.get(address("Lead", open_lead(filled))))
    assert "Not scored yet. This org has no score fields" in page
    assert "There is no field Leadtier_flag__c yet" in page
    assert "<form method" not in visitor.get(address("Lead", open_lead(filled))).get_data(as_text=True)


def test_an_unscored_record_says_so(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    assert "Not scored yet. The score appears here" in text(visitor.get(address("Lead", open_lead(filled))))


def test_the_card_shows_score_tier_reasons_and_every_line(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    lead, at = open_lead(filled), int(NOW.timestamp() * 1000)
    write(
        filled,
        "Lead",
        lead,
        Leadtier_score__c=52.0,
        Leadtier_tier__c="Warm",
        Leadtier_stage__c="MQL",
        Leadtier_reason_1__c="Asked for a quote (+25)",
        Leadtier_reason_2__c="No activity for 30+ days (-20 %: -13)",
        Leadtier_rationale__c="line 1\nline 2",
        Leadtier_scored_at__c=at,
        Leadtier_model_version__c="term life 3",
    )
    page = text(visitor.get(address("Lead", lead)))
    assert "Score 52 of 100" in page
    assert "Warm MQL" in page
    assert "Asked for a quote +25" in page
    assert "No activity for 30+ days −20 %: −13" in page
    assert "line 1 line 2" in page
    assert "Scored Nov 22, 2026, 11:00 AM Model term life 3" in page


def test_what_became_of_a_flag_and_the_link_to_flag_with_are_shown(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    status, link = "Heard 22 Nov: score too high", "https://leads.example.com/flag/abc.def"
    write(filled, "Lead", open_lead(filled), Leadtier_flag_status__c=status, Leadtier_flag_link__c=link)
    page = visitor.get(address("Lead", open_lead(filled)))
    assert status in text(page)
    assert f'href="{link}"' in page.get_data(as_text=True)


def test_a_score_of_nought_is_a_score_and_no_stage_is_not_shown(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    write(filled, "Lead", open_lead(filled), Leadtier_score__c=0.0, Leadtier_tier__c="Cold", Leadtier_stage__c="none")
    page = text(visitor.get(address("Lead", open_lead(filled))))
    assert "Score 0 of 100" in page
    assert "Cold Is this score wrong?" in page


def test_saving_the_flag_writes_it_as_the_records_owner(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    lead = open_lead(filled)
    page = address("Lead", lead)
    answer = send_flag(visitor, page, flag="too_high", note="  Spoke today, no interest ")
    assert (answer.status_code, answer.location) == (303, f"{page}?saved=1#score")
    after = stored(filled, "Lead", lead)
    assert (after["Leadtier_flag__c"], after["Leadtier_flag_note__c"]) == ("too_high", "Spoke today, no interest")
    assert after["LastModifiedById"] == after["OwnerId"] != filled.user_id
    assert "Flagged: Too high" in text(visitor.get(page))


def test_saving_the_flag_runs_the_assignment_rule_as_every_screen_edit(org: SalesforceOrg) -> None:
    add_score_fields(org.org)
    lead, rep = org.add("Lead"), org.with_assignment_rule()
    send_flag(org.client, address("Lead", lead), flag="too_low")
    assert stored(org.org, "Lead", lead)["OwnerId"] == rep


@pytest.mark.parametrize("owner", ["queue", "gone"])
def test_the_integration_user_sits_before_records_nobody_owns(visitor: FlaskClient, filled: Org, owner: str) -> None:
    add_score_fields(filled)
    lead = open_lead(filled)
    new = ids(filled, "Group")[0] if owner == "queue" else ids(filled, "User", 'NOT "IsActive"')[0]
    write(filled, "Lead", lead, OwnerId=new)
    assert send_flag(visitor, address("Lead", lead), flag="too_low").status_code == 303
    assert stored(filled, "Lead", lead)["LastModifiedById"] == filled.user_id


def test_a_flag_can_be_taken_back_and_takes_its_note_along(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    lead = open_lead(filled)
    send_flag(visitor, address("Lead", lead), flag="too_low", note="Renews in May")
    send_flag(visitor, address("Lead", lead), flag="", note="Renews in May")
    after = stored(filled, "Lead", lead)
    assert (after["Leadtier_flag__c"], after["Leadtier_flag_note__c"]) == (None, None)


def test_a_note_without_a_flag_is_not_lost_silently(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    answer = send_flag(visitor, address("Lead", open_lead(filled)), flag="", note="Renews in May")
    assert answer.status_code == 400
    assert "choose what is wrong with the score" in text(answer)


def test_a_rep_without_permission_is_told_what_an_admin_does(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled, visible=False)
    page = visitor.get(address("Lead", open_lead(filled)))
    assert "may not edit “Score flag”" in text(page)
    assert "Setup &gt; Permission Sets" in text(page)
    assert "<form method" not in page.get_data(as_text=True)


def test_a_rule_that_refuses_the_change_is_told_in_its_own_words(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    filled.rules["no"] = dml.Rule("Lead", lambda row: True, "Call the office first", "Phone")
    answer = send_flag(visitor, address("Lead", open_lead(filled)), flag="too_high")
    assert answer.status_code == 400
    assert "The change was not saved: Call the office first" in text(answer)


def test_a_flag_that_is_no_value_of_the_picklist_is_refused(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    answer = send_flag(visitor, address("Lead", open_lead(filled)), flag="much_too_high")
    assert answer.status_code == 400
    assert "much_too_high" in text(answer)


def test_a_form_from_elsewhere_changes_nothing(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    lead = open_lead(filled)
    visitor.get(address("Lead", lead))
    answer = visitor.post(f"/lightning/r/Lead/{lead}/flag", data={"token": "guessed", "flag": "too_high"})
    assert answer.status_code == 400
    assert "came from another site" in text(answer)
    assert stored(filled, "Lead", lead)["Leadtier_flag__c"] is None


def test_a_person_account_is_one_person_with_the_contacts_score(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    account = ids(filled, "Account", f'"IsPersonAccount" AND NOT "IsDeleted" AND "OwnerId" IN {_ACTIVE}')[0]
    contact = stored(filled, "Account", account)["PersonContactId"]
    write(filled, "Contact", contact, Leadtier_score__c=71.0, Leadtier_tier__c="Hot")
    assert visitor.get(address("Contact", contact)).location == address("Account", account)
    page = text(visitor.get(address("Account", account)))
    assert "Person Account" in page
    assert "Score 71 of 100" in page
    assert stored(filled, "Contact", contact)["Email"] in page
    assert send_flag(visitor, address("Account", account), flag="too_high", note="Moved").status_code == 303
    after = stored(filled, "Contact", contact)
    assert (after["Leadtier_flag__c"], after["Leadtier_flag_note__c"]) == ("too_high", "Moved")


def test_a_business_account_lists_its_contacts(visitor: FlaskClient, filled: Org) -> None:
    contact = stored(filled, "Contact", ids(filled, "Contact", 'NOT "IsPersonAccount" AND NOT "IsDeleted"')[0])
    page = visitor.get(address("Account", contact["AccountId"])).get_data(as_text=True)
    assert address("Contact", contact["Id"]) in page
    assert "Lead scoring" not in page


def test_a_converted_lead_leads_to_its_contact_and_takes_no_flag(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    lead = stored(filled, "Lead", ids(filled, "Lead", '"IsConverted" AND NOT "IsDeleted"')[0])
    page = visitor.get(address("Lead", lead["Id"]))
    assert address("Contact", lead["ConvertedContactId"]) in page.get_data(as_text=True)
    assert "This lead was converted on" in text(page)
    assert "Flag the score on the contact instead" in text(page)


def test_a_form_sent_past_the_page_does_not_change_a_converted_lead(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    lead = ids(filled, "Lead", '"IsConverted" AND NOT "IsDeleted"')[0]
    token = re.search(r'name="token" value="([^"]+)"', visitor.get(address("Lead", open_lead(filled))).text)
    assert token
    answer = visitor.post(f"/lightning/r/Lead/{lead}/flag", data={"token": token[1], "flag": "too_high"})
    assert answer.status_code == 400
    assert stored(filled, "Lead", lead)["Leadtier_flag__c"] is None


def test_a_deleted_record_says_so(visitor: FlaskClient, filled: Org) -> None:
    lead = open_lead(filled)
    dml.delete(filled, filled.user_id, "Lead", [lead], auto_assign=False)
    answer = visitor.get(address("Lead", lead))
    assert answer.status_code == 410
    assert "This lead was deleted" in text(answer)


def test_a_merged_record_leads_to_the_last_winner(org: SalesforceOrg) -> None:
    first, second, third = (org.add("Lead", LastName=name) for name in ("One", "Two", "Three"))
    dml.merge(org.org, org.org.user_id, "Lead", second, [first])
    dml.merge(org.org, org.org.user_id, "Lead", third, [second])
    answer = org.client.get(address("Lead", first))
    assert answer.status_code == 410
    assert "This lead was merged" in text(answer)
    assert address("Lead", third) in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", [address("Lead", "nonsense"), address("Case", make_id("500", 1)), "/lightning/setup"])
def test_what_is_not_there_says_where_to_look(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "Look through the leads" in text(answer)


def test_the_timeline_runs_from_the_newest_to_the_first_entry(visitor: FlaskClient, filled: Org) -> None:
    busiest = 'SELECT "WhoId" FROM "Task" WHERE "IsClosed" AND "WhoId" LIKE \'00Q%\' GROUP BY 1 ORDER BY count(*) DESC'
    with filled.reading() as connection:
        (lead,) = connection.execute(f"{busiest} LIMIT 1").fetchone()
    html = visitor.get(f"{address('Lead', lead)}?all=1").get_data(as_text=True)
    days = re.findall(r"<h3>\w+, (\w+ \d+, \d{4})</h3>", html)
    assert len(days) > 5
    parsed = [datetime.strptime(day, "%b %d, %Y") for day in days]  # noqa: DTZ007 (days without a zone)
    assert parsed == sorted(set(parsed), reverse=True)


def test_a_long_timeline_is_cut_and_can_be_asked_for_whole(org: SalesforceOrg) -> None:
    lead = org.add("Lead")
    org.org.load("Task", [{"WhoId": lead, "Subject": f"No {n}", "CompletedDateTime": n * HOUR} for n in range(60)])
    cut = org.client.get(address("Lead", lead))
    assert cut.get_data(as_text=True).count("<time ") == 40
    assert "Show all 61 entries" in text(cut)
    assert org.client.get(f"{address('Lead', lead)}?all=1").get_data(as_text=True).count("<time ") == 61


def test_each_kind_of_activity_is_told_in_its_own_way(org: SalesforceOrg) -> None:
    lead, now = org.add("Lead"), org.org.now_ms()
    yesterday = {"WhoId": lead, "OwnerId": org.org.user_id, "CompletedDateTime": now - DAY, "IsClosed": 1}
    call = {"TaskSubtype": "Call", "CallType": "Inbound", "CallDisposition": "Connected", "CallDurationInSeconds": 200}
    org.org.load("Task", [yesterday | call | {"Subject": "Rang us", "Description": "Wants a quote"}])
    org.org.load("Task", [yesterday | {"Subject": "Text from Lee", "Type": "Text Received"}])
    org.org.load(
        "Task", [{"WhoId": lead, "Subject": "Ring back", "Status": "Not Started", "ActivityDate": "2026-01-02"}]
    )
    org.org.load("Event", [{"WhoId": lead, "Subject": "Review", "StartDateTime": now + DAY, "DurationInMinutes": 30}])
    page = text(org.client.get(address("Lead", lead)))
    assert re.search(r"Rang us \d+:\d\d [AP]M Inbound call · Connected · 3 min · Leadtier Integration Wants a", page)
    assert "Text Received" in page
    assert re.search(r"Upcoming and overdue Review .* 30 min Ring back Jan 2, 2026 Task · Not Started · overdue", page)
    assert "Yesterday, " in page


def test_an_email_stands_on_the_timeline_once(visitor: FlaskClient, filled: Org) -> None:
    with filled.reading() as connection:
        lead, message = connection.execute(
            'SELECT "RelationId", "EmailMessageId" FROM "EmailMessageRelation" WHERE "RelationObjectType" = \'Lead\''
        ).fetchone()
        (emails,) = connection.execute(
            'SELECT count(*) FROM "EmailMessageRelation" WHERE "RelationId" = ?', [lead]
        ).fetchone()
    html = visitor.get(f"{address('Lead', lead)}?all=1").get_data(as_text=True)
    assert html.count('class="dot dot-email"') == emails
    assert stored(filled, "EmailMessage", message)["Subject"] in text(visitor.get(f"{address('Lead', lead)}?all=1"))


def test_a_campaign_response_is_told_with_its_day_and_no_invented_hour(visitor: FlaskClient, filled: Org) -> None:
    members = ids(filled, "CampaignMember", f'"LeadId" IN (SELECT "Id" FROM "Lead" WHERE "OwnerId" IN {_ACTIVE})')
    member = stored(filled, "CampaignMember", members[0])
    html = visitor.get(f"{address('Lead', member['LeadId'])}?all=1").get_data(as_text=True)
    assert f'<time datetime="{member["FirstRespondedDate"]}"></time>' in html
    assert stored(filled, "Campaign", member["CampaignId"])["Name"] in html


def test_an_activity_shared_with_a_second_person_stands_on_both_pages(org: SalesforceOrg) -> None:
    first, second = org.add("Lead"), org.add("Lead")
    with org.org.writing() as connection:
        task = org.org.next_id("Task", connection)
    org.org.load("Task", [{"Id": task, "WhoId": first, "Subject": "Family call", "CompletedDateTime": HOUR}])
    org.org.load("TaskRelation", [{"TaskId": task, "RelationId": each, "IsWhat": 0} for each in (first, second)])
    for lead in (first, second):
        assert text(org.client.get(address("Lead", lead))).count("Family call") == 1


def test_what_people_typed_is_never_markup(visitor: FlaskClient, filled: Org) -> None:
    lead = open_lead(filled)
    write(filled, "Lead", lead, Name="<script>alert(1)</script>", Company="<img src=x>", Age__c="<b>9</b>")
    filled.load("Task", [{"WhoId": lead, "Subject": "<script>", "Description": "<img src=x>", "CompletedDateTime": 1}])
    for page in ("/lightning/o/Lead/list?q=alert", f"{address('Lead', lead)}?all=1", "/lightning/page/home"):
        html = visitor.get(page).get_data(as_text=True)
        assert "<script" not in html
        assert "<img src=x" not in html
        assert "<b>9" not in html


class Outside(HTMLParser):
    """Collects what a strict content policy forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            inline = name == "style" or name.startswith("on")
            outside = name in {"src", "href", "action"} and (value or "").startswith(("http", "//", "data:"))
            if inline or outside:
                self.found.append(f"<{tag} {name}={value}>")
        if tag in {"script", "style", "iframe"}:
            self.found.append(f"<{tag}>")


def test_nothing_is_loaded_from_outside_and_nothing_is_inline(visitor: FlaskClient, filled: Org) -> None:
    add_score_fields(filled)
    lead = open_lead(filled)
    write(filled, "Lead", lead, Leadtier_score__c=71.0, Leadtier_tier__c="Hot")
    for page in ("/lightning/page/home", "/lightning/o/Contact/list", address("Lead", lead), "/lightning/nowhere"):
        answer = visitor.get(page)
        outside = Outside()
        outside.feed(answer.get_data(as_text=True))
        assert outside.found == []
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_the_style_sheet_is_served_and_asks_for_nothing_else(visitor: FlaskClient) -> None:
    href = re.findall(r'rel="stylesheet" href="([^"]+)"', visitor.get("/lightning/page/home").get_data(as_text=True))[0]
    sheet = visitor.get(href)
    assert sheet.mimetype == "text/css"
    assert "url(" not in sheet.get_data(as_text=True)
    assert "prefers-color-scheme: dark" in sheet.get_data(as_text=True)


def test_looking_at_pages_costs_no_api_calls(visitor: FlaskClient, filled: Org) -> None:
    hub = visitor.application.extensions["sandbox_salesforce"]
    visitor.get(address("Lead", open_lead(filled)))
    assert hub.quota.used == 0
