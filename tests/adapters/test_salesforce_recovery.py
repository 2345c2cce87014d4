"""What Salesforce, an old cursor or a foreign address may do to a reading, and what it must not cost."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
import requests

from adapters.contract import Adapter, Misconfigured, Reauthorise, Retry
from adapters.salesforce import CRM, csvs, wire
from adapters.salesforce.client import ROUNDS, Client
from adapters.salesforce.errors import Refused, Unfinished
from adapters.salesforce.merges import Merges
from adapters.salesforce.org import Org
from adapters.salesforce.people import owners
from adapters.salesforce.rest_query import VAIN
from adapters.salesforce.tokens import opened
from adapters.salesforce.values import Column, clean, csv_reader, json_reader
from tests.adapters.canned import Canned, Reply, Seen, Time
from tests.adapters.salesforce_fake import ROOT, TOKEN, FakeOrg, error, fake, org
from tests.adapters.salesforce_pages import Queries, lead, page, reads, soqls
from tests.adapters.salesforce_pages import opened as adapter_at

__all__ = ["fake", "org", "reads"]

SLOW = Reply(400, error("QUERY_TIMEOUT", "Your query request was running for too long."))
GONE = Reply(400, error("INVALID_QUERY_LOCATOR", "invalid query locator"))
LEADS = "IsConverted = false"
MERGED = "MasterRecordId != null"
CUT = "Zo\ud83d"


def leads_of(adapter: Adapter, cursor: str | None = None) -> list[str]:
    return [record.id for one in adapter.contacts(cursor, []) for record in one.items]


def only_leads(server: Canned, time: Time) -> Adapter:
    return adapter_at(server, time, records="Lead")


def test_a_query_cut_by_us_goes_on_though_its_pages_are_shorter(
    server: Canned, time: Time, reads: Queries, fake: FakeOrg
) -> None:
    """Salesforce hands a LIMIT of 250 over in pages of 200, or fewer, as it likes."""
    all_of_them = [lead(number) for number in range(260)]
    fake.will("GET", "query/x-200", page(all_of_them[200:250], total=250))
    reads.will(LEADS, SLOW, SLOW, SLOW, SLOW, page(all_of_them[:200], more="x-200", total=250), page(all_of_them[250:]))
    assert leads_of(only_leads(server, time)) == [one["Id"] for one in all_of_them]


def test_rows_deleted_between_two_pages_do_not_pass_for_the_end(
    server: Canned, time: Time, reads: Queries, fake: FakeOrg
) -> None:
    all_of_them = [lead(number) for number in range(260)]
    fake.will("GET", "query/x-200", page(all_of_them[201:250], total=250))
    reads.will(LEADS, SLOW, SLOW, SLOW, SLOW, page(all_of_them[:200], more="x-200", total=250), page(all_of_them[250:]))
    assert len(leads_of(only_leads(server, time))) == 259


def test_a_page_of_rows_nobody_can_read_is_not_asked_for_ever(server: Canned, time: Time, reads: Queries) -> None:
    reads.will(LEADS, SLOW, *[page([{"Id": None}] * 2000)] * (VAIN + 1))
    with pytest.raises(Retry):
        leads_of(only_leads(server, time))


def test_a_query_nobody_answers_in_time_is_cut_like_one_salesforce_gives_up(
    server: Canned, time: Time, reads: Queries, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = wire.Wire.send

    def send(self: wire.Wire, request: Any, token: str) -> Any:
        if LEADS in request.query.get("q", "") and "LIMIT" not in request.query["q"]:
            raise requests.ReadTimeout
        return plain(self, request, token)

    monkeypatch.setattr(wire.Wire, "send", send)
    reads.will(LEADS, page([lead(1)]))
    assert leads_of(only_leads(server, time)) == [lead(1)["Id"]]
    assert time.slept == []


def test_any_other_call_without_an_answer_is_sent_again(
    org: Org, server: Canned, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(self: wire.Wire, request: Any, token: str) -> Any:
        raise requests.ReadTimeout

    monkeypatch.setattr(wire.Wire, "send", send)
    with pytest.raises(Retry, match="could not be reached"):
        org.client.patch("composite/sobjects", {"records": []})
    assert len(time.slept) == 3


def test_a_small_query_that_lost_its_place_is_read_again(org: Org, fake: FakeOrg) -> None:
    fake.will("GET", "query", page([{"Id": "1"}], more="u-1", total=2), page([{"Id": "1"}], more="u-2", total=2))
    fake.will("GET", "query/u-1", GONE)
    fake.will("GET", "query/u-2", page([{"Id": "2"}], total=2))
    assert [row["Id"] for row in org.client.all("SELECT Id FROM User")] == ["1", "2"]


def test_one_that_loses_it_again_and_again_is_left_for_later(org: Org, server: Canned, fake: FakeOrg) -> None:
    fake.will("GET", "query", page([{"Id": "1"}], more="u-1", total=2))
    fake.will("GET", "query/u-1", GONE)
    with pytest.raises(Unfinished, match="tries again"):
        org.client.all("SELECT Id FROM User")
    assert len(server.asked(ROOT + "query/u-1")) == ROUNDS


def test_many_merges_are_paged_by_key(org: Org, server: Canned, reads: Queries, fake: FakeOrg) -> None:
    fake.will("GET", "query/m-1", GONE)
    first, second = (lead(one, IsDeleted=True, MasterRecordId=lead(9)["Id"]) for one in (1, 2))
    reads.will(MERGED, page([first], more="m-1", total=2), page([second]))
    merges = Merges()
    merges.load(org.client, "Lead")
    assert set(merges.losers(lead(9)["Id"])) == {first["Id"], second["Id"]}
    assert f"Id > '{first['Id']}'" in soqls(server)[-1]


@pytest.mark.parametrize("reply", [SLOW, Reply(400, error("INVALID_FIELD", "no"))])
def test_merges_that_cannot_be_had_stop_nothing(
    org: Org, reads: Queries, reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    reads.will(MERGED, *[reply] * 9)
    Merges().load(org.client, "Lead")
    assert "merges of Lead" in caplog.text


@pytest.mark.parametrize("reply", [SLOW, GONE])
def test_owners_that_cannot_be_had_stop_no_sync(org: Org, fake: FakeOrg, reply: Reply) -> None:
    fake.will("GET", "query", reply)
    with pytest.raises(Misconfigured, match="owners"):
        owners(org)


@pytest.mark.parametrize("text", [CUT, "a\0b", "\udc00", "Zoë 😀", "plain"])
def test_every_text_we_read_can_be_kept(text: str) -> None:
    row = json_reader([Column("Id"), Column("Account.Name"), Column("Rows", "children"), Column("X", "anyType")])(
        {"Id": "1", "Account": {"Name": text}, "Rows": {"records": [{"Name": text}]}, "X": text}
    )
    kept = json.dumps(row, ensure_ascii=False)
    assert "\\u0000" not in kept
    kept.encode()
    assert clean(text) == row["Account.Name"] == row["Rows"]["records"][0]["Name"] == row["X"]


def test_good_text_stays_as_it_is_and_half_an_emoji_leaves_the_rest() -> None:
    assert [clean(one) for one in ("Zoë 😀", CUT, "a\0b")] == ["Zoë 😀", "Zo\ufffd", "ab"]


def test_owners_names_can_be_kept(org: Org, fake: FakeOrg) -> None:
    users = page([{"Id": "005", "Name": CUT, "Email": "z\0@x", "IsActive": True}])
    fake.will("GET", "query", users, page([]))
    (owner,) = owners(org)
    assert (owner.name, owner.email) == ("Zo\ufffd", "z@x")


def test_bulk_rows_say_the_same() -> None:
    header, rows = csvs.read(io.BytesIO(b"Id,Name\n1,a\0b\n"))
    assert csv_reader([Column("Id"), Column("Name")], header)(next(rows)) == {"Id": "1", "Name": "ab"}


@pytest.mark.parametrize(
    "change",
    [
        {"started": "x"},
        {"started": 99999999999999999999},
        {"since": -1},
        {"since": True},
        {"row": 1e9},
        {"job": "../../../services/oauth2/userinfo"},
        {"after": 7},
        {"after": "0' OR Name != '"},
        {"phase": None},
        {"locator": []},
    ],
)
def test_a_cursor_nobody_wrote_means_a_full_pass(
    server: Canned, time: Time, reads: Queries, change: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    good = {
        "phase": "Lead",
        "started": 1795356001,
        "since": 1795350000,
        "after": "",
        "job": "",
        "locator": "",
        "row": 0,
    }
    reads.will(LEADS, page([lead(1)]))
    assert leads_of(only_leads(server, time), json.dumps(good | change)) == [lead(1)["Id"]]
    assert "SystemModstamp >=" not in soqls(server)[0]
    assert "starting a full pass" in caplog.text


ADDRESSES = [
    "http://agency.my.salesforce.com",
    "https://user:password@agency.my.salesforce.com",
    "https://agency.my.salesforce.com:8443",
    "https://agency.my.salesforce.com/path",
    "https://agency.my.salesforce.com?x=1",
    "https://agency.my.salesforce.com#x",
    "https://evil.example",
    "https://evil.example\\.my.salesforce.com",
    "https://evilsalesforce.com",
    "https://agency.my.salesforce.com.evil.example",
    "ftp://agency.my.salesforce.com",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_token_goes_to_an_address_that_is_not_salesforces(time: Time, address: str) -> None:
    for given, name in (({"token": TOKEN}, "instance_url"), ({"client_id": "k", "client_secret": "s"}, "login_url")):
        with pytest.raises(Misconfigured, match=r"My Domain|programs are refused") as caught:
            opened(given | {name: address}, base_url=None, clock=time.now, vault=None)
        assert caught.value.what == (name,)
        assert "password" not in caught.value.admin + caught.value.log


def test_not_even_when_a_token_answer_names_it(server: Canned, time: Time) -> None:
    kept = {"client_id": "k", "refresh_token": "r", "access_token": "a", "instance_url": server.url}
    tokens, host = opened(kept, base_url=None, clock=time.now, vault=None)
    client = Client(host=host, tokens=tokens, free=0.2, clock=time.now, sleep=time.sleep)
    with pytest.raises(Misconfigured):
        client.get("limits")
    assert server.seen == []


@pytest.mark.parametrize(
    "address",
    [
        "agency.my.salesforce.com",
        "https://Agency--test.sandbox.my.salesforce.com/",
        "https://na30.salesforce.com",
        "https://agency.my.salesforce.mil",
        "https://agency.my.sfcrmproducts.cn",
    ],
)
def test_the_addresses_orgs_have_are_taken(time: Time, address: str) -> None:
    _, host = opened({"token": TOKEN, "instance_url": address}, base_url=None, clock=time.now, vault=None)
    assert host() == "https://" + address.lower().removeprefix("https://").rstrip("/")


def test_with_an_address_for_the_connection_all_goes_there(server: Canned, time: Time) -> None:
    given = {"client_id": "k", "refresh_token": "r", "instance_url": "https://evil.example", "login_url": server.url}
    assert opened(given, base_url=server.url, clock=time.now, vault=None)[1]() == server.url


def test_a_session_id_that_has_ended_says_what_to_do(server: Canned, time: Time) -> None:
    server.will_answer(Reply(401, error("INVALID_SESSION_ID", "Session expired or invalid")))
    with pytest.raises(Reauthorise, match=r"session id.*[Cc]onnect again"):
        only_leads(server, time).check()


def test_the_settings_say_what_a_session_id_needs() -> None:
    said = {setting.name: setting.help for setting in CRM.settings}
    assert "address of the org" in said["token"]


def test_debug_logs_hold_no_query(org: Org, server: Canned, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.route = lambda _: page([])
    org.client.query("SELECT Id FROM Lead WHERE Id = '00Q5e0000000001EAA'")
    assert "00Q5e0000000001EAA" not in caplog.text
    assert "query" in caplog.text


def test_a_refused_query_is_still_refused_at_once(org: Org, fake: FakeOrg) -> None:
    def once(seen: Seen) -> Reply:
        return Reply(400, error("MALFORMED_QUERY", seen.query["q"]))

    fake.will("GET", "query", once)
    with pytest.raises(Refused):
        org.client.all("SELECT")
