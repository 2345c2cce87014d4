"""The main job at the command line, from connecting to the fields on the record."""

from __future__ import annotations

import json

from tests.cli.agency import REASONS, Agency

MODEL = "starter"


def cards(agency: Agency, *words: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in agency.run("explain", "--all", "--json", *words).stdout.splitlines()]


def test_every_line_of_every_card_adds_up_to_its_score(scored: Agency) -> None:
    found = cards(scored)
    assert len(found) == 40
    for card in found:
        assert {"score", "stage", "tier", "lines", "reasons"} <= set(card)
        assert sum(line["points"] for line in card["lines"]) == card["score"]
        assert all(line["text"] for line in card["lines"])
    assert len({card["score"] for card in found}) > 3


def test_the_record_in_the_crm_says_what_explain_says(scored: Agency) -> None:
    held = scored.properties()
    for card in cards(scored):
        record = held[card["lead"]]
        assert record["leadtier_score"] == str(card["score"])
        assert (record["leadtier_tier"], record["leadtier_stage"]) == (card["tier"], card["stage"])
        assert [record[name] for name in REASONS if record.get(name)] == card["reasons"]


def test_explain_limits_the_number_of_cards_and_keeps_their_order(scored: Agency) -> None:
    assert cards(scored, "--limit", "3") == cards(scored)[:3]


def test_explain_shows_people_the_running_total_and_the_record(scored: Agency) -> None:
    best = max(cards(scored), key=lambda card: card["score"])
    said = scored.run("explain", str(best["lead"])).stdout
    assert f"{best['score']} points, {best['tier']}" in said
    assert str(best["reasons"][0]) in said
    assert f"/record/0-1/{best['lead']}" in said


def test_explain_knows_a_card_of_another_time(scored: Agency) -> None:
    best = max(cards(scored), key=lambda card: card["score"])
    later = json.loads(scored.run("explain", str(best["lead"]), "--as-of", "2027-06-01", "--json").stdout)
    assert later["as_of"] == "2027-06-01T23:59:59+00:00"
    assert later["score"] == sum(line["points"] for line in later["lines"]) == 0
    assert cards(scored) == cards(scored), "nothing of it was kept"


def test_a_what_if_keeps_and_writes_nothing(scored: Agency) -> None:
    held, kept, calls = scored.properties(), cards(scored), sum(scored.crm.hub.calls.values())
    what = scored.json("rescore", "--as-of", "2027-06-01")["hubspot"]
    assert set(what) == {"as_of", "scored", "tiers", "moves", "would_write"}
    assert what["scored"] == sum(what["tiers"].values()) == sum(what["moves"].values()) == 40
    assert what["tiers"]["Cold"] == 40
    assert what["would_write"] > 0
    assert (scored.properties(), cards(scored)) == (held, kept)
    assert sum(scored.crm.hub.calls.values()) == calls


def test_a_what_if_of_now_would_write_nothing(scored: Agency) -> None:
    now = scored.clock.now().isoformat()
    assert scored.json("rescore", "--as-of", now)["hubspot"]["would_write"] == 0


def test_a_rescore_with_nothing_moved_writes_nothing(scored: Agency) -> None:
    calls = sum(scored.crm.hub.calls.values())
    done = scored.json("rescore")["hubspot"]
    assert (done["state"], done["scored"], done["written"], done["api_calls"]) == ("done", 40, 0, 0)
    assert sum(scored.crm.hub.calls.values()) == calls


def test_the_doctor_finds_nothing_to_mend_after_a_sync(scored: Agency) -> None:
    said = scored.run("doctor").stdout
    assert "mend" not in said
    found = scored.json("doctor")
    assert found["healthy"] is True
    assert {"about", "what", "state", "text", "mend"} == set(found["findings"][0])
    assert {"account", "scope", "score fields", "quota", "last sync"} <= {f["what"] for f in found["findings"]}


def test_connecting_again_renews_the_token_and_keeps_what_is_known(scored: Agency) -> None:
    before = cards(scored)
    again = scored.json("connect", "hubspot", "--token", scored.crm.token, "--base-url", scored.crm.url)
    assert (again["connection"], again["problems"], again["missing_scopes"]) == ("hubspot", [], [])
    assert set(again["fields"].values()) == {"exists"}
    assert cards(scored) == before


def test_the_linter_counts_what_reaches_the_sql_line_of_the_starter_model(scored: Agency) -> None:
    assert "3 of 32 patterns" in scored.run("lint", MODEL).stdout
    assert any("3 of 32" in found["text"] for found in scored.json("lint", MODEL)["findings"])


def test_models_lists_what_ships_and_prints_one_to_start_from(scored: Agency) -> None:
    names = scored.run("models").stdout.split()
    assert names[0] == MODEL
    assert {"term_life", "whole_life", "medicare_supplement", "personal_auto", "home"} <= set(names)
    mine = scored.folder / "mine.yaml"
    mine.write_text(scored.run("models", "term_life").stdout)
    scored.run("lint", str(mine))


def test_key_prints_a_fresh_key_each_time(scored: Agency) -> None:
    keys = {scored.run("key").stdout.strip() for _ in range(2)}
    assert len(keys) == 2
    scored.run("models", LEADTIER_SECRET_KEY=" ".join(keys))


def test_a_published_model_scores_from_the_next_rescore_on(fresh: Agency) -> None:
    fresh.sync()
    mine = fresh.folder / "double.yaml"
    mine.write_text(fresh.run("models", MODEL).stdout.replace("points: 25", "points: 50"))
    assert fresh.json("publish", str(mine)) == {"name": "double", "version": 2}
    done = fresh.json("rescore")["hubspot"]
    assert 0 < done["written"] < done["scored"] == 12
    held = fresh.properties()
    assert all(held[card["lead"]]["leadtier_score"] == str(card["score"]) for card in cards(fresh))
    assert {card["model_version"] for card in cards(fresh)} == {"double v2"}
    assert fresh.json("publish", str(mine))["version"] == 2, "publishing the same again changes nothing"
