"""One result per row, in order, whatever Salesforce answers; nothing it does not confirm counts as written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.contract import Misconfigured, Reauthorise, Retry, Update, WriteStatus
from adapters.salesforce.org import Org
from adapters.salesforce.verdicts import ACTS, Act, Refusal, of_row, of_text, trouble_of_account
from adapters.salesforce.writing import write
from tests.adapters.canned import Canned, Reply, Seen
from tests.adapters.salesforce_fake import COLLECTIONS, FakeOrg, contact, error, failed, fake, field, lead, org, sent
from tests.adapters.salesforce_fake import written as all_but

__all__ = ["fake", "org"]

PATCH = ("PATCH", COLLECTIONS)
TOO_MANY = "Too many batch retries in the presence of Apex triggers and partial failures."


def updates(*ids: str, **values: str | None) -> list[Update]:
    return [Update(one, values or {"Score__c": "83"}) for one in ids]


def leads(count: int) -> list[Update]:
    return updates(*(lead(number) for number in range(count)))


def statuses(org: Org, rows: list[Update]) -> list[str]:
    return [result.status for result in write(org, rows)]


def patches(server: Canned) -> list[Seen]:
    return [seen for seen in server.seen if seen.method == "PATCH"]


def written(org: Org, fake: FakeOrg, server: Canned, **values: str | None) -> dict[str, Any]:
    """What went out for one lead with these values."""
    fake.will(*PATCH, all_but)
    write(org, updates(lead(1), **values))
    (record,) = sent(patches(server)[0])
    return record


def test_leads_and_contacts_go_in_one_call_each_object_in_one_run(org: Org, fake: FakeOrg, server: Canned) -> None:
    fake.will(*PATCH, all_but)
    ids = [contact(1), lead(1), contact(2), lead(2)]
    results = write(org, updates(*ids))
    assert [(result.contact_id, result.status) for result in results] == [(one, WriteStatus.OK) for one in ids]
    (call,) = patches(server)
    assert call.body["allOrNone"] is False
    assert [(row["attributes"]["type"], row["id"]) for row in sent(call)] == [
        ("Lead", lead(1)),
        ("Lead", lead(2)),
        ("Contact", contact(1)),
        ("Contact", contact(2)),
    ]


def test_no_write_sets_off_the_assignment_rules(org: Org, fake: FakeOrg, server: Canned) -> None:
    fake.will(*PATCH, all_but)
    write(org, leads(1))
    assert patches(server)[0].headers["sforce-auto-assign"] == "FALSE"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("Score__c", "83", 83),
        ("Score__c", "8.5", 8.5),
        ("Score__c", None, None),
        ("Reason__c", "", ""),
        ("Reason__c", "Called — “now”", "Called — “now”"),
        ("Reason__c", None, None),
        ("Tier__c", "Hot", "Hot"),
        ("Hold__c", "true", True),
        ("Hold__c", "false", False),
        ("Hold__c", None, False),
        ("Seen_on__c", "2026-11-22", "2026-11-22"),
        ("Scored_at__c", "2026-11-22T12:00:00Z", "2026-11-22T12:00:00.000Z"),
        ("Scored_at__c", "2026-11-22T07:00:00-05:00", "2026-11-22T12:00:00.000Z"),
    ],
)
def test_values_go_out_as_the_field_wants_them(
    org: Org, fake: FakeOrg, server: Canned, name: str, text: str | None, value: Any
) -> None:
    record = written(org, fake, server, **{name: text})
    assert record == {"attributes": {"type": "Lead"}, "id": lead(1), name: value}
    assert type(record[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Score__c", "warm"),
        ("Score__c", "nan"),
        ("Hold__c", "maybe"),
        ("Seen_on__c", "yesterday"),
        ("Scored_at__c", "noon"),
        ("Reason__c", "x" * 256),
    ],
)
def test_a_value_its_field_cannot_hold_is_refused_here_and_the_others_go_out(
    org: Org, fake: FakeOrg, server: Canned, name: str, text: str
) -> None:
    fake.will(*PATCH, all_but)
    bad, good = write(org, [Update(lead(1), {name: text}), *updates(lead(2))])
    assert (bad.status, good.status) == (WriteStatus.REJECTED, WriteStatus.OK)
    assert name in bad.message
    assert [row["id"] for row in sent(patches(server)[0])] == [lead(2)]


def test_a_contacts_fields_go_by_a_leads_names(org: Org, fake: FakeOrg, server: Canned) -> None:
    fake.will(*PATCH, all_but)
    write(org, updates(lead(1), contact(1), City="Kent"))
    assert [set(row) & {"City", "MailingCity"} for row in sent(patches(server)[0])] == [{"City"}, {"MailingCity"}]


def test_a_row_whose_object_lacks_one_of_the_fields_is_refused_and_never_called_written(
    org: Org, fake: FakeOrg, server: Canned
) -> None:
    fake.will(*PATCH, all_but)
    results = write(org, [Update(contact(1), {"Score__c": "1", "Leads_only__c": "x"}), *updates(contact(2), lead(1))])
    assert [result.status for result in results] == ["rejected", "ok", "ok"]
    assert "Contact has no field Leads_only__c" in results[0].message
    assert "permission set Leadtier" in results[0].message
    assert [row["id"] for row in sent(patches(server)[0])] == [lead(1), contact(2)]


def test_a_field_no_row_of_an_object_can_have_is_one_problem_before_anything_is_sent(
    org: Org, fake: FakeOrg, server: Canned
) -> None:
    fake.will(*PATCH, all_but)
    with pytest.raises(Misconfigured, match=r"Contact\.Leads_only__c") as caught:
        write(org, updates(lead(1), contact(1), contact(2), Score__c="1", Leads_only__c="x"))
    assert caught.value.what == ("Contact.Leads_only__c",)
    assert patches(server) == []


@pytest.mark.parametrize("wrong", ["999999999", "0015e0000000001", "00Q", "00Q5e00000000'1", "", "00Q5e000000000é"])
def test_what_is_no_lead_or_contact_is_gone_without_asking(org: Org, fake: FakeOrg, server: Canned, wrong: str) -> None:
    fake.will(*PATCH, all_but)
    assert statuses(org, [*updates(wrong), *leads(1)]) == ["gone", "ok"]
    assert len(sent(patches(server)[0])) == 1


def test_results_are_told_by_place_since_a_failed_row_has_no_id(org: Org, fake: FakeOrg) -> None:
    fake.will(
        *PATCH,
        lambda seen: all_but(
            seen,
            **{
                lead(1): failed("ENTITY_IS_DELETED", "entity is deleted"),
                lead(2): failed("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Phone is required", "Phone"),
                contact(2): failed("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access"),
            },
        ),
    )
    rows = updates(contact(1), lead(1), lead(2), contact(2), lead(3))
    results = write(org, rows)
    assert [(result.contact_id, result.status, result.message) for result in results] == [
        (contact(1), WriteStatus.OK, ""),
        (lead(1), WriteStatus.GONE, "entity is deleted."),
        (lead(2), WriteStatus.REJECTED, "Phone is required."),
        (contact(2), WriteStatus.RETRY, "unable to obtain exclusive access."),
        (lead(3), WriteStatus.OK, ""),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        [{"id": lead(1), "success": True}],
        [{"id": lead(1), "success": True}, {"id": lead(9), "success": True}],
        [{"id": lead(1), "success": True}, {"id": lead(2), "success": "true"}],
        [{"id": lead(1), "success": True}, None],
    ],
)
def test_a_row_the_answer_does_not_confirm_is_never_taken_for_written(org: Org, fake: FakeOrg, answer: Any) -> None:
    fake.will(*PATCH, Reply(200, answer))
    assert statuses(org, updates(lead(1), lead(2)))[1] != "ok"


STATUSES = {
    Act.RETRY: WriteStatus.RETRY,
    Act.GONE: WriteStatus.GONE,
    Act.SCHEMA: WriteStatus.REJECTED,
    Act.ACCOUNT: WriteStatus.REJECTED,
    Act.RECORD: WriteStatus.REJECTED,
}


@pytest.mark.parametrize(
    ("code", "act"),
    [
        ("UNABLE_TO_LOCK_ROW", Act.RETRY),
        ("SERVER_UNAVAILABLE", Act.RETRY),
        ("REQUEST_LIMIT_EXCEEDED", Act.RETRY),
        ("ENTITY_IS_DELETED", Act.GONE),
        ("INVALID_CROSS_REFERENCE_KEY", Act.GONE),
        ("NOT_FOUND", Act.GONE),
        ("MALFORMED_ID", Act.GONE),
        ("CANNOT_UPDATE_CONVERTED_LEAD", Act.GONE),
        ("INVALID_FIELD", Act.SCHEMA),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", Act.SCHEMA),
        ("INSUFFICIENT_ACCESS_OR_READONLY", Act.ACCOUNT),
        ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", Act.ACCOUNT),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", Act.ACCOUNT),
        ("STRING_TOO_LONG", Act.ACCOUNT),
        ("NUMBER_OUTSIDE_VALID_RANGE", Act.ACCOUNT),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", Act.RECORD),
        ("REQUIRED_FIELD_MISSING", Act.RECORD),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", Act.RECORD),
        ("DUPLICATES_DETECTED", Act.RECORD),
        ("APEX_DATA_ACCESS_RESTRICTION", Act.RECORD),
        ("A_CODE_OF_NEXT_YEAR", Act.RECORD),
    ],
)
def test_every_code_has_its_verdict_from_collections_and_from_bulk(code: str, act: Act) -> None:
    by_row, by_text = of_row(failed(code, "Why: so", "A__c")), of_text(f"{code}:Why: so:A__c --")
    assert by_row == by_text == Refusal(code, "Why: so", ("A__c",))
    assert by_row.act is act
    result = by_row.result("1")
    assert (result.status, result.message) == (STATUSES[act], "Why: so.")


def test_the_table_is_tested_whole() -> None:
    parameters = test_every_code_has_its_verdict_from_collections_and_from_bulk.pytestmark[0].args[1]
    assert {code for code, _ in parameters} >= set(ACTS)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("ENTITY_IS_DELETED:entity is deleted:--", Refusal("ENTITY_IS_DELETED", "entity is deleted")),
        ("X:no:A__c,B__c--", Refusal("X", "no", ("A__c", "B__c"))),
        ("X:no", Refusal("X", "no")),
        ("X", Refusal("X", "")),
    ],
)
def test_a_bulk_error_is_read_whatever_it_lacks(text: str, refusal: Refusal) -> None:
    assert of_text(text) == refusal


def test_an_error_without_words_still_says_something() -> None:
    assert of_row({"success": False}).result("1").message
    assert of_text("X").result("1").message == "X."
    assert of_text("X:Who?:--").result("1").message == "Who?"


@pytest.mark.parametrize(
    ("codes", "raised"),
    [
        (["INVALID_FIELD"], True),
        (["INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"], True),
        (["INVALID_FIELD", "ENTITY_IS_DELETED"], True),
        (["INSUFFICIENT_ACCESS_OR_READONLY"] * 2, True),
        (["INSUFFICIENT_ACCESS_OR_READONLY"], False),
        (["STRING_TOO_LONG", "FIELD_CUSTOM_VALIDATION_EXCEPTION"], False),
        (["INVALID_FIELD", "UNABLE_TO_LOCK_ROW"], False),
        (["ENTITY_IS_DELETED"] * 2, False),
        (["INVALID_CROSS_REFERENCE_KEY"], False),
        (["INVALID_CROSS_REFERENCE_KEY", "UNABLE_TO_LOCK_ROW"], False),
        ([], False),
    ],
)
def test_what_hits_every_row_alike_is_one_problem_of_the_account(codes: list[str], raised: bool) -> None:
    refusals = [Refusal(code, "text of a record", ("Lead.Score__c",)) for code in codes]
    trouble = trouble_of_account(refusals)
    assert (trouble is not None) == raised
    if trouble is not None:
        assert trouble.what == ("Lead.Score__c",)
        assert "Leadtier" in trouble.admin
        assert "text of a record" not in trouble.admin + trouble.log


def test_a_field_missing_on_every_row_is_named_and_asked_for_again_first(
    org: Org, fake: FakeOrg, server: Canned
) -> None:
    fake.will(*PATCH, all_but)
    for name in ("Lead", "Contact"):
        fake.objects[name] = [field("Score__c", "double", updateable=False), field("Reason__c")]
    with pytest.raises(Misconfigured, match="permission set Leadtier") as caught:
        write(org, updates(lead(1), contact(1)))
    assert caught.value.what == ("Lead.Score__c", "Contact.Score__c")
    assert patches(server) == []
    for name in ("Lead", "Contact"):
        fake.objects[name] = [field("Score__c", "double")]
    assert statuses(org, updates(lead(1), contact(1))) == ["ok", "ok"]


def test_a_field_closed_on_one_object_is_one_problem_named(org: Org, fake: FakeOrg) -> None:
    fake.will(*PATCH, all_but)
    fake.objects["Contact"][0] = field("Score__c", "double", updateable=False)
    with pytest.raises(Misconfigured) as caught:
        write(org, updates(lead(1), contact(1)))
    assert caught.value.what == ("Contact.Score__c",)
    assert statuses(org, updates(lead(1))) == ["ok"]


def test_a_field_closed_since_it_was_described_is_one_problem(org: Org, fake: FakeOrg, server: Canned) -> None:
    text = "Unable to create/update fields: Score__c."
    fake.will(*PATCH, Reply(200, [failed("INVALID_FIELD_FOR_INSERT_UPDATE", text, "Score__c")] * 3))
    with pytest.raises(Misconfigured) as caught:
        write(org, leads(3))
    assert caught.value.what == ("Score__c",)


def test_a_whole_call_refused_for_a_field_is_not_searched_for_bad_rows(org: Org, fake: FakeOrg, server: Canned) -> None:
    text = "No such column 'Score__c' on sobject of type Lead"
    fake.will(*PATCH, Reply(400, error("INVALID_FIELD", text)))
    with pytest.raises(Misconfigured) as caught:
        write(org, leads(200))
    assert caught.value.what == ("Lead.Score__c",)
    assert len(patches(server)) == 1


def test_rows_without_the_field_the_call_was_refused_for_go_out(org: Org, fake: FakeOrg, server: Canned) -> None:
    refusal = Reply(400, error("INVALID_FIELD", "No such column 'Score__c' on sobject of type Lead"))
    fake.will(*PATCH, lambda seen: refusal if any("Score__c" in row for row in sent(seen)) else all_but(seen))
    rows = [*updates(lead(1)), *updates(lead(2), Reason__c="x"), *updates(lead(3))]
    assert statuses(org, rows) == ["rejected", "ok", "rejected"]
    assert len(patches(server)) == 2


def test_a_field_one_object_lacks_does_not_stop_the_other(org: Org, fake: FakeOrg, server: Canned) -> None:
    refusal = Reply(400, error("INVALID_FIELD", "No such column 'Score__c' on sobject of type Contact"))

    def answer(seen: Seen) -> Reply:
        return refusal if any(row["attributes"]["type"] == "Contact" for row in sent(seen)) else all_but(seen)

    fake.will(*PATCH, answer)
    assert statuses(org, updates(lead(1), contact(1), lead(2))) == ["ok", "rejected", "ok"]
    assert len(patches(server)) == 3


def choosy(bad: set[str], refuse: Reply) -> Callable[[Seen], Reply]:
    return lambda seen: refuse if bad & {row["id"] for row in sent(seen)} else all_but(seen)


@pytest.mark.parametrize("bad", [{0}, {77}, {199}, {3, 4, 120}])
def test_a_call_refused_without_naming_a_row_is_halved_down_to_it(
    org: Org, fake: FakeOrg, server: Canned, bad: set[int]
) -> None:
    fake.will(*PATCH, choosy({lead(one) for one in bad}, Reply(400, error("JSON_PARSER_ERROR", "odd"))))
    results = write(org, leads(200))
    assert {result.contact_id for result in results if result.status is WriteStatus.REJECTED} == {
        lead(one) for one in bad
    }
    assert {result.message for result in results} == {"", "odd."}
    assert len(patches(server)) <= 1 + 16 * len(bad)


def test_a_chunk_too_much_for_the_orgs_own_code_is_sent_again_in_smaller_ones(
    org: Org, fake: FakeOrg, server: Canned
) -> None:
    def answer(seen: Seen) -> Reply:
        rows = sent(seen)
        whole = {row["id"]: failed("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", TOO_MANY) for row in rows}
        return all_but(seen, **(whole if len(rows) > 50 else {}))

    fake.will(*PATCH, answer)
    assert set(statuses(org, leads(200))) == {"ok"}
    assert [len(sent(seen)) for seen in patches(server)] == [200, 100, 50, 50, 100, 50, 50]


def test_a_row_that_fails_so_even_alone_waits(org: Org, fake: FakeOrg, server: Canned) -> None:
    fake.will(*PATCH, lambda seen: Reply(200, [failed("UNKNOWN_EXCEPTION", TOO_MANY)] * len(sent(seen))))
    assert statuses(org, leads(2)) == ["retry", "retry"]
    assert len(patches(server)) == 1


def test_a_failure_half_way_says_which_rows_to_send_again(org: Org, fake: FakeOrg) -> None:
    odd = Reply(400, error("JSON_PARSER_ERROR", "odd"))
    fake.will(*PATCH, odd, all_but, Reply(503, "down"))
    assert statuses(org, leads(4)) == ["ok", "ok", "retry", "retry"]


def test_a_failure_among_smaller_chunks_does_not_forget_what_was_written(org: Org, fake: FakeOrg) -> None:
    def first(seen: Seen) -> Reply:
        return all_but(seen, **{lead(one): failed("UNKNOWN_EXCEPTION", TOO_MANY) for one in (1, 2)})

    fake.will(*PATCH, first, Reply(503, "down"))
    assert statuses(org, leads(3)) == ["ok", "retry", "retry"]


def test_a_failure_before_anything_is_written_is_raised(org: Org, fake: FakeOrg) -> None:
    fake.will(*PATCH, Reply(503, "down"))
    with pytest.raises(Retry):
        write(org, leads(3))
    fake.will(*PATCH, Reply(400, error("JSON_PARSER_ERROR", "odd")), Reply(401, error("INVALID_SESSION_ID", "expired")))
    with pytest.raises(Reauthorise):
        write(org, leads(2))


def test_an_update_without_values_costs_no_call(org: Org, server: Canned) -> None:
    assert [result.status for result in write(org, [Update(lead(1), {})])] == ["ok"]
    assert write(org, []) == []
    assert server.seen == []


def test_more_than_two_hundred_rows_or_a_record_twice_is_a_mistake_of_ours(org: Org) -> None:
    with pytest.raises(ValueError, match="at most 200"):
        write(org, leads(201))
    with pytest.raises(ValueError, match="twice"):
        write(org, [*leads(1), *leads(1)])


def test_two_hundred_rows_are_one_call_besides_the_description_and_one_look_for_orphans(
    org: Org, fake: FakeOrg, server: Canned
) -> None:
    fake.will(*PATCH, all_but)
    for _ in range(3):
        write(org, leads(200))
    assert [seen.method for seen in server.seen] == ["POST", "GET", "PATCH", "PATCH", "PATCH"]
