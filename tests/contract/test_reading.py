"""Reading: everything at least once, in passes that may be cut off anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from adapters.contract import Adapter, OutcomeState, Page, Record
from tests.contract.stage import Stage


def ids(pages: Iterable[Page[Record]]) -> list[str]:
    return [record.id for page in pages for record in page.items]


def read(adapter: Adapter, cursor: str | None, fields: Sequence[str] = ()) -> tuple[list[Record], str]:
    """A whole pass: its records, and the cursor it leaves."""
    pages = list(adapter.contacts(cursor, fields))
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
    return [record for page in pages for record in page.items], pages[-1].cursor


def first_page(stream: Iterator[Page[Record]]) -> Page[Record]:
    """The first one with anything on it."""
    return next(page for page in stream if page.items)


def test_a_full_pass_reads_everything_once(stage: Stage, adapter: Adapter) -> None:
    made = stage.add_contacts(250)
    found, _ = read(adapter, None)
    assert sorted(record.id for record in found) == sorted(made)


def test_values_and_times_come_as_the_crm_has_them(stage: Stage, adapter: Adapter) -> None:
    (one,) = stage.add_contacts(1)
    stage.time.pass_by(hours=1)
    stage.change(one, "Dayton")
    (record,), _ = read(adapter, None, [stage.text_field])
    assert record.properties[stage.text_field] == "Dayton"
    assert record.updated_at == stage.time.now()
    assert record.created_at is not None
    assert record.created_at < record.updated_at


def test_an_empty_account_is_one_complete_page(adapter: Adapter) -> None:
    assert read(adapter, None)[0] == []


def test_records_of_one_instant_are_neither_lost_nor_read_for_ever(stage: Stage, adapter: Adapter) -> None:
    _, cursor = read(adapter, None)
    stage.time.pass_by(hours=1)
    made = stage.add_contacts(250)
    stage.time.pass_by(minutes=1)
    found, _ = read(adapter, cursor)
    assert sorted(record.id for record in found) == sorted(made)


def test_records_of_one_instant_come_in_the_order_of_their_ids(stage: Stage, adapter: Adapter) -> None:
    _, cursor = read(adapter, None)
    made = stage.add_contacts(250)
    stage.time.pass_by(minutes=1)
    found = [record.id for record in read(adapter, cursor)[0]]
    assert found == stage.in_order(made)


def test_a_later_pass_reads_only_what_has_changed(stage: Stage, adapter: Adapter) -> None:
    made = stage.add_contacts(30)
    stage.time.pass_by(hours=1)
    _, cursor = read(adapter, None)
    stage.time.pass_by(hours=1)
    stage.change(made[7], "Toledo")
    stage.time.pass_by(hours=1)
    found, after = read(adapter, cursor)
    assert [record.id for record in found] == [made[7]]
    stage.time.pass_by(hours=1)
    assert read(adapter, after)[0] == []


def test_a_record_that_appears_late_with_an_old_time_is_read_by_the_next_pass(stage: Stage, adapter: Adapter) -> None:
    _, cursor = read(adapter, None)
    stage.time.pass_by(hours=1)
    stage.hide(240)
    (late,) = stage.add_contacts(1)
    stage.time.pass_by(minutes=1)
    found, cursor = read(adapter, cursor)
    assert found == []
    stage.time.pass_by(minutes=5)
    assert [record.id for record in read(adapter, cursor)[0]] == [late]


def test_what_changes_during_a_pass_is_read_again_by_the_next(stage: Stage, adapter: Adapter) -> None:
    made = stage.add_contacts(250)
    stream = adapter.contacts(None, [])
    seen = first_page(stream).items[0].id
    stage.time.pass_by(minutes=30)
    stage.change(seen, "Akron")
    cursor = list(stream)[-1].cursor
    stage.time.pass_by(minutes=30)
    assert seen in ids(adapter.contacts(cursor, []))
    assert seen in made


def test_a_pass_cut_off_goes_on_behind_its_last_page(stage: Stage) -> None:
    made = stage.add_contacts(450)
    first = stage.open().contacts(None, [])
    before = [next(first), next(first)]
    after = list(stage.open().contacts(before[-1].cursor, []))
    assert sorted(ids(before) + ids(after)) == sorted(made)


def test_a_later_pass_cut_off_goes_on_behind_its_last_page(stage: Stage, adapter: Adapter) -> None:
    _, cursor = read(adapter, None)
    stage.time.pass_by(hours=1)
    made = stage.add_contacts(450)
    stage.time.pass_by(minutes=1)
    before = first_page(adapter.contacts(cursor, []))
    assert not before.complete
    after = list(stage.open().contacts(before.cursor, []))
    assert sorted(ids([before]) + ids(after)) == sorted(made)


def test_no_cursor_lies_beyond_the_start_of_its_first_attempt(stage: Stage, adapter: Adapter) -> None:
    """Cut off, changed behind our back, resumed a day later: the change must not fall between the passes."""
    made = stage.add_contacts(250)
    first = first_page(adapter.contacts(None, []))
    stage.time.pass_by(seconds=1)
    stage.change(first.items[0].id, "Canton")
    stage.time.pass_by(days=1)
    cursor = list(adapter.contacts(first.cursor, []))[-1].cursor
    stage.time.pass_by(minutes=1)
    assert first.items[0].id in ids(adapter.contacts(cursor, []))
    assert len(made) == 250


def test_deleted_contacts_are_reported_by_a_full_pass(stage: Stage, adapter: Adapter) -> None:
    kept, gone = stage.add_contacts(2)
    stage.archive(gone)
    found = {record.id: record.archived for record in read(adapter, None)[0]}
    assert found == ({kept: False, gone: True} if adapter.capabilities.sees_deletes else {kept: False})


def test_a_merge_is_reported_by_the_contact_that_is_left(stage: Stage, adapter: Adapter) -> None:
    winner, loser, other = stage.add_contacts(3)
    stage.time.pass_by(hours=1)
    _, cursor = read(adapter, None)
    stage.time.pass_by(hours=1)
    merged = stage.merge(winner, loser)
    stage.time.pass_by(minutes=1)
    for since in (cursor, None):
        pages = list(adapter.contacts(since, []))
        (record,) = [record for page in pages for record in page.items if record.id == merged]
        became = {old for page in pages for old, new in page.became.items() if new == merged}
        assert {merged, *record.replaces, *became} >= {winner, loser}
        assert other not in {*record.replaces, *became}


def test_contacts_by_id_are_the_truth_now(stage: Stage, adapter: Adapter) -> None:
    changed, gone, winner, loser = stage.add_contacts(4)
    stage.hide(3600)
    stage.change(changed, "Lima")
    stage.archive(gone)
    merged = stage.merge(winner, loser)
    page = adapter.contacts_by_id([changed, gone, loser, winner], [stage.text_field])
    found = {record.id: record for record in page.items}
    assert set(found) == {changed, merged}
    assert found[changed].properties[stage.text_field] == "Lima"
    assert {merged, *found[merged].replaces} >= {winner, loser}


def test_any_number_of_contacts_can_be_asked_by_id(stage: Stage, adapter: Adapter) -> None:
    made = stage.add_contacts(250)
    assert sorted(record.id for record in adapter.contacts_by_id(made, []).items) == sorted(made)
    assert adapter.contacts_by_id([], []).items == []


def test_activities_come_with_all_their_contacts(stage: Stage, adapter: Adapter) -> None:
    one, other = stage.add_contacts(2)
    for kind in adapter.capabilities.activity_types:
        with_whom = [one, other][: stage.together(kind)]
        made = stage.add_activity(kind, with_whom)
        found = [activity for page in adapter.activities(kind, None) for activity in page.items]
        assert [set(activity.contact_ids) for activity in found] == [set(with_whom)]
        assert [activity.type for activity in found] == [kind]
        assert made in found[0].id
        assert found[0].occurred_at == stage.time.now()


def test_an_activity_has_the_same_id_however_it_is_read(stage: Stage, adapter: Adapter) -> None:
    (one,) = stage.add_contacts(1)
    kinds = adapter.capabilities.activity_types
    for kind in kinds:
        stage.add_activity(kind, [one])
    by_pass = {activity.id for kind in kinds for page in adapter.activities(kind, None) for activity in page.items}
    by_contact = {activity.id for page in adapter.activities_of([one]) for activity in page.items}
    assert len(by_pass) == len(kinds)
    assert by_contact == by_pass


def test_a_later_pass_over_activities_reads_the_new_ones(stage: Stage, adapter: Adapter) -> None:
    (one,) = stage.add_contacts(1)
    kind = adapter.capabilities.activity_types[0]
    stage.add_activity(kind, [one])
    stage.time.pass_by(hours=1)
    cursor = list(adapter.activities(kind, None))[-1].cursor
    stage.time.pass_by(hours=1)
    new = stage.add_activity(kind, [one])
    stage.time.pass_by(minutes=1)
    (only,) = [activity for page in adapter.activities(kind, cursor) for activity in page.items]
    assert new in only.id
    assert only.contact_ids == (one,)


def test_activities_asked_by_contact_name_the_other_contacts_too(stage: Stage, adapter: Adapter) -> None:
    one, other, third = stage.add_contacts(3)
    kind = adapter.capabilities.activity_types[0]
    stage.add_activity(kind, [one, other])
    stage.add_activity(kind, [third])
    (only,) = [activity for page in adapter.activities_of([one]) for activity in page.items]
    assert set(only.contact_ids) == {one, other}


def test_outcomes_say_whether_the_lead_bought(stage: Stage, adapter: Adapter) -> None:
    one, other = stage.add_contacts(2)
    won, lost = stage.add_deal([one], won=True), stage.add_deal([other], won=False)
    found = {outcome.id: outcome for page in adapter.outcomes(None) for outcome in page.items}
    assert (found[won].state, found[won].contact_ids, found[won].amount) == (OutcomeState.WON, (one,), 1200.0)
    assert found[lost].state is OutcomeState.LOST


def test_history_keeps_what_a_field_held_before(stage: Stage, adapter: Adapter) -> None:
    (one,) = stage.add_contacts(1)
    for city in ("Parma", "Mentor"):
        stage.time.pass_by(hours=1)
        stage.change(one, city)
    past = adapter.history([one], [stage.text_field])[one][stage.text_field]
    assert [version.value for version in past][:2] == ["Mentor", "Parma"]
    assert past[0].at > past[1].at


def test_the_field_a_test_writes_is_among_the_live_fields(stage: Stage, adapter: Adapter) -> None:
    field = next(field for field in adapter.fields() if field.name == stage.text_field)
    assert not field.read_only


def test_the_account_knows_where_its_contacts_are_shown(stage: Stage, adapter: Adapter) -> None:
    account = adapter.check()
    assert account.id
    assert "{id}" in account.record_url
    assert account.time_zone


def test_everything_needed_is_granted_to_a_full_credential(adapter: Adapter) -> None:
    assert [permission.scope for permission in adapter.permissions() if not permission.granted] == []
