"""A short chaos: processes are killed at random while everything runs, and nothing is lost, doubled or left wrong.

The long one is `make chaos`; see benchmarks/chaos.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.chaos.world import ALONE, SEVERAL, Plan, run
from tests.postgres import database

KILLS, SEED = 6, 20


def plan(name: str, commands: tuple[tuple[str, ...], ...]) -> Plan:
    return Plan(name, commands, KILLS, SEED, leads=60, between=(0.5, 2.0), actions=8.0)


def test_killed_at_random_on_sqlite_nothing_is_lost_doubled_or_different(tmp_path: Path) -> None:
    verdict, kills = run(plan("sqlite", ALONE), f"sqlite:///{tmp_path}/leadtier.db", tmp_path)
    assert list(verdict.lines()) == []
    assert kills == KILLS
    assert verdict.events > 0


def test_killed_at_random_on_postgresql_with_three_workers_nothing_is_lost_doubled_or_different(
    postgres: str, tmp_path: Path
) -> None:
    with database(postgres) as address:
        verdict, kills = run(plan("postgresql", SEVERAL), address, tmp_path)
    assert list(verdict.lines()) == []
    assert kills == KILLS
    assert verdict.events > 0
