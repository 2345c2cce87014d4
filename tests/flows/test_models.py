"""Model files that people hand in, and a published one that a later version of the program no longer takes."""

from __future__ import annotations

from pathlib import Path

import pytest

import mappings
from connector.flows.doctor import examine
from connector.flows.explain import explain
from connector.flows.findings import State
from connector.flows.parts import DirectSteps
from connector.flows.publish import model_text, publish, published_text
from connector.flows.rescore import begin_rescore, rescore
from connector.flows.services import Refused
from connector.store import models as model_rows
from connector.store import runs as run_rows
from tests.flows.conftest import World

OUTDATED = "weights: 5\n" + mappings.model_text("starter")


@pytest.mark.parametrize(
    "content", ["name: Müller".encode("latin-1"), b"\x7fELF\x02\xff\xfe", "name: x".encode("utf-16")]
)
def test_a_file_in_another_encoding_is_to_be_saved_as_utf_8(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.yaml"
    path.write_bytes(content)
    with pytest.raises(Refused, match=r"model\.yaml is not UTF-8 text\. Save it as plain text in UTF-8"):
        model_text(str(path))


def test_a_name_that_is_no_file_is_answered_with_the_models_that_ship(tmp_path: Path) -> None:
    for name in (str(tmp_path), str(tmp_path / "none.yaml")):
        with pytest.raises(Refused, match=r"neither a readable file nor a model that ships with us \(starter, "):
            model_text(name)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (OUTDATED, "line 1: 'weights' means nothing here."),
        ("name: [1, 2\n", "line 2: this is not readable YAML"),
    ],
)
def test_a_stored_model_that_is_no_longer_taken_ends_a_run_with_its_first_problem(
    world: World, document: str, told: str
) -> None:
    scope = world.connect()
    world.sync(scope)
    svc = world.services()
    with svc.store.write() as conn:
        stored = model_rows.publish_model(conn, svc.tenant.id, "ours", document, "ana", svc.now())
    run = begin_rescore(svc, scope)
    rescore(svc, scope, run.id, DirectSteps(svc.sleep))
    with svc.store.read() as conn:
        ended = run_rows.run_by_id(conn, scope, run.id)
    assert ended.state == "failed"
    assert ended.message.startswith(
        f"This version of the program does not take the published model {stored.label}: {told}"
    )
    assert "`leadtier publish`" in ended.message
    assert "`leadtier models`" in ended.message


def test_publishing_a_mended_model_lets_scoring_go_on(world: World) -> None:
    scope = world.connect()
    svc = world.services()
    with svc.store.write() as conn:
        model_rows.publish_model(conn, svc.tenant.id, "ours", OUTDATED, "ana", svc.now())
    assert world.sync(scope).run.state == "failed"
    publish(svc, "starter", "ana")
    assert world.sync(scope).run.state == "done"
    assert explain(svc, "1003", None).card.score


def test_doctor_says_when_the_published_model_is_not_taken_any_more(world: World) -> None:
    scope = world.connect()
    with world.store.write() as conn:
        model_rows.publish_model(conn, scope.tenant_id, "ours", OUTDATED, "an older version", 0)
    finding = next(found for found in examine(world.services()) if found.about == "model")
    assert finding.state is State.BAD
    assert published_text(world.services()) == OUTDATED
