"""What Salesforce pushes: taken only at the secret address, read without trusting it, and one hint per record."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, strategies

from adapters.contract import EventKind, HookRejected, InboundEvent, InboundRequest, Parsed, Unread
from adapters.salesforce.inbound import LARGEST, SalesforceInbound, to_18
from tests.adapters.canned import NOON

INBOUND = SalesforceInbound()
SECRET = "kQ3v-unguessable-9f"
URL = f"https://score.example.com/hooks/salesforce/{SECRET}"
ORG, LEAD, CONTACT = "00D5e000000KQ2eEAG", "00Q5e00000ZkM3hEAF", "0035e00000ZkM3hAAF"


def request(body: bytes | str = b"", url: str = URL, **changes: Any) -> InboundRequest:
    sent = body.encode() if isinstance(body, str) else body
    fields: dict[str, Any] = {"method": "POST", "url": url, "headers": {}, "body": sent, "received_at": NOON}
    return InboundRequest(**fields | changes)


def notification(number: int, record: str = LEAD, type: str = "Lead") -> str:
    return (
        f"<Notification><Id>04l5e00000Gx{number:06d}</Id>"
        f'<sObject xsi:type="sf:{type}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
        f"<sf:Id>{record}</sf:Id><sf:City>Zoë &amp; co</sf:City></sObject></Notification>"
    )


def message(*notifications: str, org: str = ORG, head: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
        '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        f'<OrganizationId>{org}</OrganizationId><ActionId>04k5e000000CaRk</ActionId><SessionId xsi:nil="true"/>'
        f"{''.join(notifications)}</notifications></soapenv:Body></soapenv:Envelope>"
    )


def parsed(body: Any, received_at: datetime = NOON) -> Parsed:
    sent = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return INBOUND.parse(request(sent, received_at=received_at))


def parse(body: Any, received_at: datetime = NOON) -> Any:
    return parsed(body, received_at).events


@pytest.mark.parametrize("url", [URL, URL + "/", URL + "?x=y", "http://10.0.0.7:8080/hooks/salesforce/" + SECRET])
def test_the_secret_at_the_end_of_the_path_lets_in(url: str) -> None:
    INBOUND.verify(request(url=url), [SECRET])


def test_a_secret_with_signs_that_are_escaped_in_an_address_lets_in() -> None:
    INBOUND.verify(request(url="https://score.example.com/hooks/salesforce/a%2Bb%C3%A4"), ["a+bä"])


def test_any_of_several_secrets_will_do_so_that_one_can_be_replaced() -> None:
    INBOUND.verify(request(), ["the-next-one", SECRET])


@pytest.mark.parametrize(
    "what",
    [
        request(url=URL[:-1]),
        request(url=URL + "x"),
        request(url="https://score.example.com/hooks/salesforce/"),
        request(url=f"https://score.example.com/hooks/salesforce/{SECRET}/other"),
        request(url=f"https://score.example.com/hooks/salesforce?secret={SECRET}"),
        request(method="GET"),
    ],
)
def test_any_other_address_or_method_is_refused(what: InboundRequest) -> None:
    with pytest.raises(HookRejected) as caught:
        INBOUND.verify(what, [SECRET])
    assert SECRET not in caught.value.admin + caught.value.log


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nobody_gets_in(secrets: list[str]) -> None:
    with pytest.raises(HookRejected):
        INBOUND.verify(request(url="https://score.example.com/"), secrets)


def test_a_body_larger_than_salesforce_sends_is_refused_before_it_is_read() -> None:
    INBOUND.verify(request(b"x" * LARGEST), [SECRET])
    with pytest.raises(HookRejected, match="larger"):
        INBOUND.verify(request(b"x" * (LARGEST + 1)), [SECRET])


def test_each_notification_is_a_hint_at_a_record_of_the_account() -> None:
    lead, contact = parse(message(notification(1), notification(2, CONTACT, "Contact")))
    assert (lead.event_id, lead.account_id, lead.record_id) == ("04l5e00000Gx000001", ORG, LEAD)
    assert (lead.kind, contact.kind, contact.record_id) == (EventKind.CHANGED, EventKind.CHANGED, CONTACT)
    assert (lead.field, lead.value, lead.occurred_at) == (None, None, NOON)


def test_fifteen_character_ids_become_eighteen() -> None:
    (event,) = parse(message(notification(1, LEAD[:15]), org=ORG[:15]))
    assert (event.record_id, event.account_id) == (LEAD, ORG)


def test_a_redelivery_has_the_same_id() -> None:
    first, again = parse(message(notification(7))), parse(message(notification(7)), NOON + timedelta(hours=3))
    assert first[0].event_id == again[0].event_id


def test_a_record_that_is_no_lead_to_us_is_unknown() -> None:
    (event,) = parse(message(notification(1, "5005e00000ZkM3h", "Case")))
    assert event.kind is EventKind.UNKNOWN


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "<html></html>",
        message(),
        message(notification(1), org=""),
        message(notification(1), org=LEAD),
        message(notification(1), head="<!DOCTYPE x [<!ENTITY a 'b'>]>"),
        message(notification(1), head="<!DOCTYPE x SYSTEM 'http://evil.example/x.dtd'>"),
        message(notification(1)).replace("UTF-8", "no-such-encoding"),
        b"\xff\xfe<",
    ],
)
def test_rubbish_and_tricks_in_xml_are_refused_whole(body: str | bytes) -> None:
    with pytest.raises(HookRejected):
        parse(body)


def test_a_hundred_notifications_are_read() -> None:
    assert len(parse(message(*[notification(number) for number in range(100)]))) == 100


@pytest.mark.parametrize(
    "bad",
    [
        notification(2, "nonsense"),
        notification(2, LEAD[:17] + "A"),
        notification(2, ""),
        notification(2).replace("04l5e00000Gx000002", " "),
        "<Notification/>",
    ],
)
def test_one_bad_notification_costs_none_of_the_good_ones_beside_it(bad: str) -> None:
    found = parsed(message(notification(1), bad, notification(3, CONTACT)))
    assert [one.record_id for one in found.events] == [LEAD, CONTACT]
    ((reason, text),) = found.rejected
    assert reason
    assert text


@pytest.mark.parametrize(
    "bad",
    [
        "1",
        "null",
        "{}",
        '{"recordId": 5}',
        '{"recordId": ' + "9" * 5000 + "}",
        '{"recordId": ["00Q"]}',
        '{"recordId": {"x": 1e999}, "id": [], "changedAt": {}}',
    ],
)
def test_one_bad_event_of_a_flow_costs_none_of_the_good_ones_beside_it(bad: str) -> None:
    good, other = (json.dumps({"recordId": record, "id": record}) for record in (LEAD, CONTACT))
    found = parsed(f'{{"organizationId": "{ORG}", "events": [{good}, {bad}, {other}]}}')
    assert [one.record_id for one in found.events] == [LEAD, CONTACT]
    assert len(found.rejected) == 1


def test_who_changed_it_last_is_told_where_the_message_says_so() -> None:
    user = "0055e000000AbCdAAK"
    sent = notification(1).replace("<sf:City>", f"<sf:LastModifiedById>{user}</sf:LastModifiedById><sf:City>")
    (said,), (silent,) = parse(message(sent)), parse(message(notification(1)))
    (flow,) = parse({"organizationId": ORG, "recordId": LEAD, "changedBy": user})
    assert (said.who, silent.who, flow.who) == (user, "", user)


def test_what_to_set_up_names_the_address_and_the_fields() -> None:
    steps = "\n".join(INBOUND.setup(URL, ["Email", "Phone"]))
    assert URL in steps
    assert "Email, Phone" in steps


WORDS = strategies.text() | strategies.sampled_from((ORG, LEAD, CONTACT, "2026-11-22T11:58:00Z"))
ANYTHING = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | WORDS,
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(strategies.text(), inner, max_size=3),
    max_leaves=5,
)
FLOWS = strategies.fixed_dictionaries(
    {"organizationId": strategies.just(ORG) | ANYTHING},
    optional={
        "events": strategies.lists(
            ANYTHING
            | strategies.dictionaries(strategies.sampled_from(("id", "recordId", "changedAt", "changedBy")), ANYTHING),
            max_size=4,
        ),
        "recordId": ANYTHING,
    },
)


@given(FLOWS.map(json.dumps) | strategies.binary() | strategies.text(alphabet="<>/?!&;:[]{}aN\"'=- "))
def test_whatever_is_sent_is_events_reasons_or_a_refusal(body: str | bytes) -> None:
    try:
        found = parsed(body)
    except HookRejected:
        return
    assert all(isinstance(one, Unread) for one in found.rejected)
    for one in found.events:
        assert isinstance(one, InboundEvent)
        assert (one.account_id, len(one.record_id)) == (ORG, 18)


def test_a_flow_sends_one_event_or_several() -> None:
    (one,) = parse({"organizationId": ORG, "recordId": LEAD, "object": "Lead", "id": "e1"})
    several = parse({"organizationId": ORG[:15], "events": [{"recordId": LEAD, "id": "e1"}, {"recordId": CONTACT}]})
    assert (one.event_id, one.account_id, one.record_id, one.kind) == ("e1", ORG, LEAD, EventKind.CHANGED)
    assert [event.record_id for event in several] == [LEAD, CONTACT]


def test_a_flow_that_names_a_time_is_known_again_whenever_it_comes() -> None:
    body = {"organizationId": ORG, "recordId": LEAD, "changedAt": "2026-11-22T11:58:00Z"}
    (first,), (again,) = parse(body), parse(body, NOON + timedelta(hours=1))
    (later,) = parse(body | {"changedAt": "2026-11-22T11:59:00Z"})
    assert first.event_id == again.event_id != later.event_id
    assert first.occurred_at == datetime(2026, 11, 22, 11, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    "given", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1850-01-01", "2031-01-01"]
)
def test_a_time_at_which_nothing_can_have_happened_is_that_of_arrival(given: str) -> None:
    (event,) = parse({"organizationId": ORG, "recordId": LEAD, "changedAt": given})
    assert event.occurred_at == NOON


def test_an_id_that_no_database_takes_is_known_by_its_digest() -> None:
    body = {"organizationId": ORG, "recordId": LEAD}
    (long,) = parse(body | {"id": "x" * 4_000_000})
    (again,) = parse(body | {"id": "x" * 4_000_000})
    (other,) = parse(body | {"id": "x" * 3_999_999})
    (kept,) = parse(body | {"id": "x" * 200})
    assert long.event_id == again.event_id != other.event_id
    assert len(long.event_id) <= 200
    assert kept.event_id == "x" * 200
    (halved,) = parse(json.dumps(body | {"id": "04l\ud800"}))
    assert halved.event_id.encode() == b"04l?"


def test_a_flow_that_names_neither_id_nor_time_does_not_lose_a_later_change() -> None:
    body = {"organizationId": ORG, "recordId": LEAD}
    (first,), (twin,), (later,) = (parse(body, NOON + timedelta(seconds=wait)) for wait in (0, 2, 600))
    assert first.event_id == twin.event_id != later.event_id


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[" * 100_000,
        [],
        {},
        {"organizationId": ORG, "events": []},
        {"organizationId": ORG, "events": {"recordId": LEAD}},
        {"organizationId": "acme", "recordId": LEAD},
        {"recordId": LEAD},
    ],
)
def test_rubbish_in_json_is_refused_whole(body: Any) -> None:
    with pytest.raises(HookRejected):
        parse(body)


def test_the_acknowledgement_is_what_salesforce_waits_for() -> None:
    kind, body = INBOUND.ack()
    assert kind.startswith("text/xml")
    (ack,) = fromstring(body).iter("{http://soap.sforce.com/2005/09/outbound}Ack")
    assert ack.text == "true"


@pytest.mark.parametrize(
    ("given", "made"), [(LEAD[:15], LEAD), (LEAD, LEAD), (LEAD[:15] + "AAA", None), ("00Q", None), ("", None)]
)
def test_check_characters_are_made_and_checked(given: str, made: str | None) -> None:
    assert to_18(given) == made
