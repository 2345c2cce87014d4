"""Single records: lists, nulls, history, the bin, merges, erasure."""

from __future__ import annotations

from tests.sandbox.account import Account

CONTACTS = "/crm/v3/objects/contacts"


def test_a_list_shows_ten_records_by_default_and_leads_to_the_rest(account: Account) -> None:
    ids = account.contacts(23)
    seen, path = [], CONTACTS
    while path:
        page = account.get(path)
        seen += [row["id"] for row in page["results"]]
        path = page.get("paging", {}).get("next", {}).get("link", "").removeprefix("http://localhost")
    assert seen == ids


def test_a_page_holds_at_most_a_hundred_and_half_of_that_with_history(account: Account) -> None:
    assert account.call("GET", f"{CONTACTS}?limit=101").status_code == 400
    assert account.call("GET", f"{CONTACTS}?limit=51&propertiesWithHistory=city").status_code == 400
    assert account.call("GET", f"{CONTACTS}?limit=50&propertiesWithHistory=city").status_code == 200


def test_an_empty_property_is_null_and_an_unknown_one_is_missing_without_a_word(account: Account) -> None:
    lead = account.add(email="a@example.com")
    properties = account.get(f"{CONTACTS}/{lead}?properties=city,no_such_thing")["properties"]
    assert properties["city"] is None
    assert "no_such_thing" not in properties


def test_property_lists_may_be_repeated_or_comma_joined(account: Account) -> None:
    lead = account.add(email="a@example.com", city="Toledo", zip="43604")
    joined = account.get(f"{CONTACTS}/{lead}?properties=city,zip")
    assert joined == account.get(f"{CONTACTS}/{lead}?properties=city&properties=zip")
    assert (joined["properties"]["city"], joined["properties"]["zip"]) == ("Toledo", "43604")


def test_without_named_properties_a_contact_shows_its_six_usual_ones(account: Account) -> None:
    shown = account.get(f"{CONTACTS}/{account.add(email='a@example.com', city='Toledo')}")["properties"]
    assert sorted(shown) == ["createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"]


def test_a_record_is_found_by_email_in_any_case(account: Account) -> None:
    lead = account.add(email="Ada.L@Example.com")
    assert account.get(f"{CONTACTS}/ADA.l@example.com?idProperty=email")["id"] == lead


def test_a_property_that_is_not_unique_finds_nobody(account: Account) -> None:
    account.add(email="a@example.com", city="Toledo")
    assert account.call("GET", f"{CONTACTS}/Toledo?idProperty=city").status_code == 400


def test_an_update_moves_the_modified_date_and_nothing_else(account: Account) -> None:
    lead = account.add(email="a@example.com")
    before = account.get(f"{CONTACTS}/{lead}")
    account.clock.forward(60)
    after = account.call("PATCH", f"{CONTACTS}/{lead}", {"properties": {"city": "Toledo"}}).json
    assert after["createdAt"] == before["createdAt"] == "2026-11-22T12:00:00Z"
    assert after["updatedAt"] == after["properties"]["lastmodifieddate"] == "2026-11-22T12:01:00Z"


def test_writing_the_same_values_again_leaves_the_modified_date_alone(account: Account) -> None:
    lead = account.add(email="a@example.com", city="Toledo")
    account.clock.forward(60)
    same = account.call("PATCH", f"{CONTACTS}/{lead}", {"properties": {"city": "Toledo"}}).json
    assert same["updatedAt"] == "2026-11-22T12:00:00Z"


def test_a_switch_lets_identical_writes_touch_a_record(account: Account) -> None:
    lead = account.add(email="a@example.com", city="Toledo")
    account.hub.settings.identical_write_touches = True
    account.clock.forward(60)
    same = account.call("PATCH", f"{CONTACTS}/{lead}", {"properties": {"city": "Toledo"}}).json
    assert same["updatedAt"] == "2026-11-22T12:01:00Z"


def test_history_shows_every_value_newest_first_down_to_the_very_first(account: Account) -> None:
    lead = account.add(email="a@example.com", city="Toledo")
    for city in ("Akron", "", "Dayton"):
        account.clock.forward(60)
        account.call("PATCH", f"{CONTACTS}/{lead}", {"properties": {"city": city}})
    body = account.get(f"{CONTACTS}/{lead}?propertiesWithHistory=city,zip")
    assert [version["value"] for version in body["propertiesWithHistory"]["city"]] == ["Dayton", "", "Akron", "Toledo"]
    assert body["propertiesWithHistory"]["city"][0]["sourceType"] == "INTEGRATION"
    assert body["propertiesWithHistory"]["zip"] == []


def test_history_keeps_to_twenty_versions(account: Account) -> None:
    lead = account.add(email="a@example.com")
    for number in range(30):
        account.clock.forward(1)
        account.call("PATCH", f"{CONTACTS}/{lead}", {"properties": {"city": f"Town {number}"}})
    versions = account.get(f"{CONTACTS}/{lead}?propertiesWithHistory=city")["propertiesWithHistory"]["city"]
    assert [versions[0]["value"], len(versions)] == ["Town 29", 20]


def test_an_archived_record_is_seen_only_by_those_who_ask_for_the_bin(account: Account) -> None:
    kept, gone = account.contacts(2)
    assert account.call("DELETE", f"{CONTACTS}/{gone}").status_code == 204
    assert [row["id"] for row in account.get(CONTACTS)["results"]] == [kept]
    assert [row["id"] for row in account.get(f"{CONTACTS}?archived=True")["results"]] == [gone]
    assert account.call("GET", f"{CONTACTS}/{gone}").status_code == 404
    assert account.get(f"{CONTACTS}/{gone}?archived=true")["archivedAt"] == "2026-11-22T12:00:00Z"


def test_archiving_somebody_nobody_knows_is_no_error(account: Account) -> None:
    answer = account.call("DELETE", f"{CONTACTS}/999")
    assert (answer.status_code, answer.data) == (204, b"")


def test_an_unknown_id_is_a_404_with_a_correlation_id(account: Account) -> None:
    answer = account.call("GET", f"{CONTACTS}/999")
    assert answer.status_code == 404
    assert (answer.json["status"], answer.json["message"]) == ("error", "resource not found")
    assert len(answer.json["correlationId"]) == 36


def test_a_merge_makes_a_new_record_to_which_both_old_ids_lead(account: Account) -> None:
    winner = account.add(email="w@example.com", city="Toledo")
    loser = account.add(email="l@example.com", city="Akron", zip="44301")
    merged = account.post(f"{CONTACTS}/merge", {"primaryObjectId": winner, "objectIdToMerge": loser})
    assert merged["id"] not in (winner, loser)
    assert merged["properties"]["hs_merged_object_ids"] == f"{winner};{loser}"
    for old in (winner, loser):
        body = account.get(f"{CONTACTS}/{old}?properties=city,zip,email")
        assert body["id"] == merged["id"]
        values = [body["properties"][name] for name in ("city", "zip", "email")]
        assert values == ["Toledo", "44301", "w@example.com"]
    assert [row["id"] for row in account.get(CONTACTS)["results"]] == [merged["id"]]


def test_a_second_merge_still_leads_everybody_to_the_last_winner(account: Account) -> None:
    first, second, third = account.contacts(3)
    one = account.post(f"{CONTACTS}/merge", {"primaryObjectId": first, "objectIdToMerge": second})["id"]
    two = account.post(f"{CONTACTS}/merge", {"primaryObjectId": third, "objectIdToMerge": one})["id"]
    assert {account.get(f"{CONTACTS}/{old}")["id"] for old in (first, second, third, one)} == {two}
    merged = account.get(f"{CONTACTS}/{two}?properties=hs_merged_object_ids")["properties"]["hs_merged_object_ids"]
    assert set(merged.split(";")) == {first, second, third, one}


def test_writing_to_a_merged_away_id_reaches_the_winner(account: Account) -> None:
    winner, loser = account.contacts(2)
    merged = account.post(f"{CONTACTS}/merge", {"primaryObjectId": winner, "objectIdToMerge": loser})["id"]
    assert account.call("PATCH", f"{CONTACTS}/{loser}", {"properties": {"city": "Lima"}}).json["id"] == merged


def test_merged_contacts_keep_both_lots_of_activities(account: Account) -> None:
    winner, loser = account.contacts(2)
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]
    notes = {account.add("notes", ties=[{"to": {"id": each}, "types": spec}]) for each in (winner, loser)}
    merged = account.post(f"{CONTACTS}/merge", {"primaryObjectId": winner, "objectIdToMerge": loser})["id"]
    ties = account.get(f"/crm/v4/objects/contacts/{merged}/associations/notes")["results"]
    assert {str(tie["toObjectId"]) for tie in ties} == notes


def test_an_erased_contact_is_gone_for_good_and_its_id_is_never_used_again(account: Account) -> None:
    account.contacts(2)
    lead = account.add(email="x@example.com")
    assert account.call("POST", f"{CONTACTS}/gdpr-delete", {"objectId": lead}).status_code == 204
    assert account.call("GET", f"{CONTACTS}/{lead}").status_code == 404
    assert account.get(f"{CONTACTS}?archived=true")["results"] == []
    assert int(account.add(email="x@example.com")) > int(lead)


def test_lists_show_associations_in_line_when_asked(account: Account) -> None:
    lead = account.add(email="a@example.com")
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}]
    call = account.add("calls", ties=[{"to": {"id": lead}, "types": spec}])
    shown = account.get("/crm/v3/objects/calls?associations=contacts")["results"]
    assert shown[0]["associations"] == {"contacts": {"results": [{"id": lead, "type": "call_to_contact"}]}}
    assert account.get(f"{CONTACTS}/{lead}?associations=call")["associations"]["calls"]["results"][0]["id"] == call


def test_logging_a_call_moves_the_contacts_own_activity_dates(account: Account) -> None:
    lead = account.add(email="a@example.com")
    account.clock.forward(60)
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 194}]
    account.add("calls", ties=[{"to": {"id": lead}, "types": spec}])
    shown = account.get(f"{CONTACTS}/{lead}?properties=notes_last_contacted,num_notes")["properties"]
    assert (shown["notes_last_contacted"], shown["num_notes"]) == ("2026-11-22T12:01:00Z", "1")
    assert shown["lastmodifieddate"] == "2026-11-22T12:01:00Z"


def test_type_names_may_be_plural_singular_or_numeric(account: Account) -> None:
    lead = account.add(email="a@example.com")
    for name in ("contacts", "contact", "0-1", "CONTACTS"):
        assert account.get(f"/crm/v3/objects/{name}/{lead}")["id"] == lead
    answer = account.call("GET", "/crm/v3/objects/penguins")
    assert (answer.status_code, answer.json["message"]) == (400, "Unable to infer object type from: penguins")
