"""`leadtier demo`: a fresh machine, both CRMs, and what is live after the first sync."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from connector.cli import demo_live
from connector.cli.demo_live import Shown


def test_the_demo_scores_both_crms_and_shows_a_change_and_a_flag_arrive(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "connector", "demo", "--once", "--leads", "40"]
    ran = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    assert set(found) == {"hubspot", "salesforce"}
    for done in found.values():
        assert (done["state"], done["scored"]) == ("done", done["written"])
        assert 0 < done["live_seconds"] < 60
        assert 0 < done["flag_seconds"] < 60
    assert ran.stdout.count("sends the web form for a callback") == 1
    assert ran.stdout.count("Heard") == 2


class Record:
    """A record that nobody writes to."""

    secret = asking = ""

    def prepare(self) -> None: ...

    def listen(self, address: str, fields: Sequence[str]) -> None: ...

    def can_ask(self, crm_id: str) -> bool:
        return True

    def ask(self, crm_id: str) -> None: ...

    def flag(self, crm_id: str) -> None: ...

    def values(self, crm_id: str, names: Sequence[str]) -> Mapping[str, Any]:
        return dict.fromkeys(names, "15")


def test_a_record_that_does_not_change_in_time_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_live, "LIMIT", 0.02)
    monkeypatch.setattr(demo_live, "LOOK", 0.005)
    leads = {"hubspot": Shown(Record(), "1", "score", "status", 15)}
    seconds = demo_live.seconds_until(leads, Shown.moved, lambda lead: lead.side.ask(lead.crm_id))
    assert seconds == {"hubspot": None}
    assert demo_live.missed({"hubspot": {"live_seconds": None, "flag_seconds": 1.0}})
    assert not demo_live.missed({"hubspot": {"live_seconds": 2.0, "flag_seconds": 1.0}})
