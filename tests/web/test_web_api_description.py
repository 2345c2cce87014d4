"""What the ingest API says of itself is valid, and true."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path
from typing import Any

import pytest
from api_support import WHEN, Sender, counts, event, key_for, people, told_rows
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from web_support import Book

from connector.flows.services import Services
from connector.flows.telling import told_kinds

GUIDE = Path(__file__).parents[2] / "docs" / "ingest-api.md"


@pytest.fixture
def sender(svc: Services, client: FlaskClient, book: Book) -> Sender:
    people(svc, book.connect(), c51203="ann@x.com")
    return Sender(client, key_for(svc, svc.tenant.id))


def test_the_description_is_valid(sender: Sender) -> None:
    OpenAPIV31SpecValidator(sender.described).validate()
    assert sender.described["openapi"] == "3.1.0"


def test_every_answer_is_described_with_an_example(sender: Sender) -> None:
    responses = sender.described["paths"]["/api/v1/events"]["post"]["responses"]
    assert set(responses) == {"200", "400", "401", "413", "415", "500", "503"}
    assert all(answer["content"]["application/json"]["example"] for answer in responses.values())


def test_the_examples_can_be_sent_as_they_stand(sender: Sender) -> None:
    content = sender.described["paths"]["/api/v1/events"]["post"]["requestBody"]["content"]
    example = content["application/json"]["example"]
    assert sender.valid(example)
    assert counts(sender.tell(*example["events"])) == (0, 0, 1, 0)
    assert counts(sender.send(content["text/csv"]["example"], "text/csv").get_json()) == (0, 1, 0, 0)


def test_the_page_shows_how_to_send_and_loads_nothing_from_elsewhere(client: FlaskClient, svc: Services) -> None:
    page = client.get("/api/v1")
    assert page.status_code == 200
    assert "curl http://localhost/api/v1/events" in page.text
    assert all(kind in page.text for kind in told_kinds(svc.vocabulary))
    svc.public_url = "https://leads.example.com"
    assert "curl https://leads.example.com/api/v1/events" in client.get("/api/v1").text
    assert "<script" not in re.sub(r'<script src="/static/theme\.js[^"]*">', "", page.text)
    assert 'src="http' not in page.text
    assert svc.tenant.name not in page.text


def test_the_guide_names_every_kind_and_no_other(svc: Services) -> None:
    table = GUIDE.read_text(encoding="utf-8").split("## Kinds\n", 1)[1].split("\n## ", 1)[0]
    named = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert named == list(told_kinds(svc.vocabulary))


texts = st.text(max_size=12) | st.text(alphabet=st.characters(), max_size=4)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
ids = st.sampled_from(["e1", "e2", "e3"]) | st.text(string.printable, max_size=5)
good = st.builds(
    event,
    ids,
    who=st.sampled_from([{"email": "ann@x.com"}, {"crm_id": "51203"}, {"email": "ZOE@x.com"}, {"crm_id": "7"}]),
    kind=st.sampled_from(["callback_requested", "page_viewed"]),
    at=st.datetimes().map(lambda at: f"{at.isoformat()}Z") | st.just(WHEN),
)
spoilt = st.builds(
    lambda base, name, value: {**base, name: value},
    good,
    st.sampled_from(["id", "who", "kind", "at", "campaign"]) | texts,
    anything,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(good | spoilt | anything, min_size=1, max_size=6))
def test_whatever_the_events_are_each_is_counted_once(sender: Sender, svc: Services, events: list[Any]) -> None:
    before = told_rows(svc)
    answer = sender.send({"events": events})
    if "NaN" in (sent := json.dumps(events)) or "Infinity" in sent:
        assert answer.status_code in {200, 400}
    else:
        assert answer.status_code == 200
    if answer.status_code == 200:
        done = answer.get_json()
        assert sum(counts(done)) == len(events)
        assert told_rows(svc) - before == done["accepted"] + done["waiting"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")) |
    st.text(alphabet='id,kindatemail"\n\r\0 e1', max_size=60).map(lambda text: b"id,kind,at,email\n" + text.encode()),
    kind=st.sampled_from(["application/json", "text/csv", "text/html"]),
)  # fmt: skip
def test_whatever_the_body_is_the_answer_is_one_that_is_described(sender: Sender, body: bytes, kind: str) -> None:
    answer = sender.send(body, kind)
    assert answer.status_code in {200, 400, 415}
